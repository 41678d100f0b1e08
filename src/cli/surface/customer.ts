/** The customer's side: a license on a device, with or without network. None of these needs an authority. */

import { type Command, command } from '../declare.ts'
import { changing, onDevice } from './flags.ts'

export const CUSTOMER: readonly Command[] = [
  command({
    usage: 'install [license...]',
    audience: 'customer',
    summary: 'take a license, a revocation list or a trust bundle in, from whatever form it came in',
    flags: {
      '--root <file>': "the vendor's root public keys; needed once",
      '--proof <file>...':
        "a proof of the vendor's log, for a license whose key was stolen later; may be repeated with proofs of growth",
      '--checkpoint <file>...': 'a checkpoint that the proof must lead to; may be repeated',
      ...changing,
    },
    examples: [
      'lic install acme.lic --root root.pub',
      'lic install photo.png --root root.pub',
      'lic install revoked.lrl',
      'lic install trust.lic',
      'lic install acme.lic --proof acme.tlog-proof',
      'cat mail.txt | lic install - --root root.pub',
    ],
    run: async () => (await import('../commands/install.ts')).install,
  }),
  command({
    usage: 'request [key]',
    audience: 'customer',
    summary: 'ask for an activation: two lines to type, a QR code or a file',
    flags: {
      '--product <slug>': 'which product of the license',
      '--bind <what>': 'machine, hostname, url=TEXT or id=TEXT: what the activation is bound to',
      '--new': 'another request, although one is not answered yet',
      '--prolong': 'another activation in the place of the one there is',
      '--label <text>': 'a name for this device, sent along in QR code and file',
      '--app-version <version>': 'the version of the product, sent along in QR code and file',
      '--minimal': 'send nothing along: no label, machine name, system or time',
      '--explain': 'show every value of this machine, and what of it is sent',
      '--qr <file>': 'write it as .png or .svg; - draws it on the terminal',
      '--out <file>': 'write it to this file; - is stdout',
      '--force': 'replace files that exist',
      ...changing,
    },
    examples: [
      'lic request EDIT-7Q4MW',
      'lic request EDIT-7Q4MW --qr -',
      'lic request EDIT-7Q4MW --bind id=press-4 --out request.txt',
      'lic request --explain',
    ],
    run: async () => (await import('../commands/request.ts')).request,
  }),
  command({
    usage: 'activate [response...]',
    audience: 'customer',
    summary: "take the vendor's answer in: file, text, QR code or five typed lines",
    flags: { ...changing },
    examples: ['lic activate answer.lic', 'lic activate photo.png', 'lic activate', 'cat lines.txt | lic activate -'],
    run: async () => (await import('../commands/activate.ts')).activate,
  }),
  command({
    usage: 'status [key]',
    audience: 'customer',
    summary: 'what holds on this device, and what to do next: exit 0 when the product may run, else 7',
    flags: {
      '--product <slug>': 'for this product alone',
      '--warn <term>': 'warn so long before an end (default 14d)',
      '--allow-test': 'accept test licenses, as a test build does',
      ...onDevice,
    },
    examples: ['lic status', 'lic status --product editor --json', 'lic status --warn 30d'],
    run: async () => (await import('../commands/status.ts')).status,
  }),
  command({
    usage: 'usage export [key]',
    audience: 'customer',
    summary: 'what the product counted here, as a report for the vendor: text, file or QR code',
    flags: {
      '--product <slug>': 'which product of the license',
      '--usage <dir>': 'where the product keeps its counters, when not in the state',
      '--qr <file>': 'write it as .png or .svg, in parts where it is long; - draws it on the terminal',
      '--out <file>': 'write it to this file; - is stdout',
      '--force': 'replace files that exist',
      ...changing,
    },
    examples: ['lic usage export', 'lic usage export EDIT-7Q4MW --out usage.lic', 'lic usage export --qr usage.png'],
    run: async () => (await import('../commands/usage-export.ts')).usageExport,
  }),
  command({
    usage: 'deactivate [key]',
    audience: 'customer',
    summary:
      'give the place of this device up and show the release code, again as often as asked: by key or activation',
    flags: { '--product <slug>': 'which product of the license', ...changing },
    examples: ['lic deactivate EDIT-7Q4MW', 'lic deactivate EDIT-7Q4MW --yes --json', 'lic deactivate 7Q4MW2AB'],
    run: async () => (await import('../commands/deactivate.ts')).deactivate,
  }),
  command({
    usage: 'unlock [code...]',
    audience: 'customer',
    summary: "take an emergency code: 24 hours, by this machine's clock, which it shows",
    flags: { ...changing },
    examples: ['lic unlock', 'lic unlock M4ZCM-45C6H-NA7DB-M1NJ9-5NCVG'],
    run: async () => (await import('../commands/unlock.ts')).unlock,
  }),
  command({
    usage: 'uninstall [key]',
    audience: 'customer',
    summary: 'take a license away; release codes stay',
    flags: { '--force': 'although it is activated here, and its place stays taken', ...changing },
    examples: ['lic uninstall EDIT-7Q4MW'],
    run: async () => (await import('../commands/uninstall.ts')).uninstall,
  }),
]
