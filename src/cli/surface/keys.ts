/** Keys from their making to their end, and what products that are out there are told of them. */

import { type Command, command } from '../declare.ts'
import { mutating, signing, unkeyed, unlocking } from './flags.ts'

/** For commands that the root signs for. */
const byRoot = {
  '--root-key <file>': 'where the file of the root key is, on a medium that is plugged in',
  '--root-passphrase-file <file>': 'read the passphrase of the root key from the first line of this file',
} as const

/** For commands that make a key file. */
const newFile = {
  '--expires <term>': 'how long its certificate runs (default 5y)',
  '--new-passphrase-file <file>': 'read the passphrase of the new file from the first line of this one',
  '--no-passphrase': 'leave the new key unlocked on disk',
  ...byRoot,
} as const

/** For signed objects that are handed over. */
const handed = {
  '--out <file>': 'write it to this file; - is stdout',
  '--qr <file>': 'as QR codes, .png or .svg, while they are few; - draws them on the terminal',
  '--armor': 'as text that survives an e-mail: in --out, else on stdout',
  '--text': 'as LIC1- text: in --out, else on stdout',
  '--force': 'replace files that exist',
} as const

export const KEYS: readonly Command[] = [
  command({
    usage: 'key list',
    audience: 'vendor',
    summary: 'the keys of this authority, what each may sign, until when',
    flags: {},
    examples: ['lic key list'],
    run: async () => (await import('../commands/key-list.ts')).keyList,
  }),
  command({
    usage: 'key show <key>',
    audience: 'vendor',
    summary: 'everything about one key: rights, chain, what it signed, which sites know no other',
    flags: {},
    examples: ['lic key show issuing', 'lic key show 01565176 --json'],
    run: async () => (await import('../commands/key-show.ts')).keyShow,
  }),
  command({
    usage: 'key create',
    audience: 'vendor',
    summary: 'make one more key, which the root certifies; an issuing key with fewer rights signs when it is asked for',
    flags: {
      '--role <role>': 'issuing, list or audit',
      '--name <name>': 'what it is called (default: the role, numbered)',
      '--products <product>...': 'licenses for these products alone; with commas, or repeated',
      '--tiers <tier>...': 'licenses of these tiers alone; with commas, or repeated',
      '--max-term <term>': 'the longest license (default 5y)',
      '--max-grace <term>': 'the longest grace (default: any)',
      '--perpetual': 'licenses without an end, too (default: only while no other right is named)',
      '--test': 'test licenses alone',
      '--live': 'no test licenses',
      ...newFile,
      ...unlocking,
      ...unkeyed,
    },
    examples: [
      'lic key create --role issuing --name desk --tiers basic,free --max-term 1y --live',
      'lic key create --role list --expires 2y',
    ],
    run: async () => (await import('../commands/key-create.ts')).keyCreate,
  }),
  command({
    usage: 'key delegate',
    audience: 'vendor',
    summary: 'make a key that may sign some licenses and nothing else, for a CI or a reseller',
    flags: {
      '--name <name>': 'what the key is called; no two have one name',
      '--tiers <tier>...': 'what it may open, as these tiers stand now; with commas, or repeated',
      '--products <product>...': 'what for; with commas, or repeated',
      '--max-term <term>': 'the longest license (default: the term of each tier)',
      '--expires <when>': 'when the key ends: a term or a date (default 90d)',
      '--test': 'its licenses are for test builds alone',
      '--live': 'its licenses are for release builds (default)',
      '--seats <n>': 'at most so many seats a license (default: as the tier says); 0 is unlimited',
      '--devices <n>': 'at most so many devices a license; 0 is unlimited',
      '--count <n>': 'how many licenses are meant to be made; told when the ledger takes in more',
      '--reseller <name>': 'who uses it; stands in each license',
      '--out <file>': 'the file of the new key; a key is never overwritten',
      '--new-passphrase-file <file>': 'lock the new file with the first line of this one',
      '--no-passphrase': 'leave the new file unlocked (default where nobody can be asked)',
      '--brand <brand>': 'the brand of the products (LIC_BRAND)',
      '--reason <text>': 'why; kept in the ledger',
      ...signing,
      ...unkeyed,
    },
    examples: [
      'lic key delegate --name ci --tiers trial --products editor --max-term 14d --expires 90d --out ci.key',
      'lic key delegate --name ci-test --tiers trial,basic --products editor,viewer --test --out ci-test.key',
      'lic key delegate --name globex --tiers basic --products editor --reseller "Globex GmbH" --count 500 --out globex.key',
    ],
    run: async () => (await import('../commands/key-delegate.ts')).keyDelegate,
  }),
  command({
    usage: 'key rotate <key>',
    audience: 'vendor',
    summary:
      'start the successor of a key: issuing, list, audit, root or emergency; nothing that was signed loses its force',
    flags: { '--plan': 'show what it touches, and do nothing', ...newFile, ...unlocking, ...unkeyed },
    examples: [
      'lic key rotate issuing --plan',
      'lic key rotate root --root-key /media/usb/root.key',
      'lic key rotate emergency',
    ],
    run: async () => (await import('../commands/key-rotate.ts')).keyRotate,
  }),
  command({
    usage: 'key retire <key>',
    audience: 'vendor',
    summary: 'let a key sign no more; what it signed stands',
    flags: {
      '--force': 'although sites know no other key, or none of its role is left',
      '--reason <text>': 'why; kept in the ledger',
      ...unkeyed,
    },
    examples: ['lic key retire 01565176'],
    run: async () => (await import('../commands/key-retire.ts')).keyRetire,
  }),
  command({
    usage: 'key compromise <key>',
    audience: 'vendor',
    summary: 'say that others may have a key: lists name it, and what it touches is listed or signed again',
    flags: {
      '--at <time>': 'since when, at the earliest: the last time it was surely yours alone',
      '--epoch <n>': 'this epoch of the emergency secret (default: the newest)',
      '--reissue': 'sign everything that is in use again, under another key; goes on where it was stopped',
      '--out-dir <dir>': 'with --reissue: one .lic file for each license that is to be handed over',
      '--reason <text>': 'why; kept in the ledger',
      ...signing,
      ...unkeyed,
    },
    examples: [
      'lic key compromise 01565176 --at 2026-11-02T18:00Z --reissue --out-dir reissued',
      'lic key compromise emergency --epoch 1',
    ],
    run: async () => (await import('../commands/key-compromise.ts')).keyCompromise,
  }),
  command({
    usage: 'revocations publish',
    audience: 'vendor',
    summary: 'sign the list of what is revoked and suspended, and of keys that are compromised',
    flags: {
      '--next <when>': 'when the next list is expected, a term or a date: devices warn when it is late',
      ...handed,
      ...unlocking,
      ...mutating,
    },
    examples: ['lic revocations publish --out revoked.lrl --force', 'lic revocations publish --next 30d --qr list.png'],
    run: async () => (await import('../commands/revocations-publish.ts')).revocationsPublish,
  }),
  command({
    usage: 'trust export',
    audience: 'vendor',
    summary: 'the root public keys, to build into a product (PEM)',
    flags: { '--out <file>': 'write to this file; - is stdout', '--force': 'replace the file if it exists' },
    examples: ['lic trust export --out root.pub'],
    run: async () => (await import('../commands/trust-export.ts')).trustExport,
  }),
  command({
    usage: 'trust publish',
    audience: 'vendor',
    summary: "sign the root's word on its keys, for products that are out there: new certificates, links, lifts, ends",
    flags: {
      '--lift <key>...': 'it was never out of your hands: it is not compromised, whatever lists say; may be repeated',
      '--end <key=time>...': 'nothing that it signs later is accepted; KEY=never takes that back; may be repeated',
      ...handed,
      '--reason <text>': 'why; kept in the ledger',
      ...byRoot,
      ...unlocking,
      ...unkeyed,
    },
    examples: [
      'lic trust publish --out trust.lic',
      'lic trust publish --lift 01565176 --end issuing-2=2027-01-31 --out trust.lic',
    ],
    run: async () => (await import('../commands/trust-publish.ts')).trustPublish,
  }),
]
