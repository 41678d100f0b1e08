/** What anyone may run on any machine: it looks at what it is given, and explains itself. The kit has these too. */

import { type Command, command } from '../declare.ts'

export const CHECKS: readonly Command[] = [
  command({
    usage: 'verify <license...>',
    audience: 'anyone',
    summary: 'check a license: exit 0 when it stands, 7 when it does not',
    flags: {
      '--root <file>': 'root public keys to trust (default: the own authority and its ledger)',
      '--product <slug>': 'it must be for this product',
      '--revocations <file>': 'revocation lists to hold it against; of several for one license the newest counts',
      '--trust <file>': "a trust bundle: the root's later word on its keys",
      '--at <time>': 'as of this time instead of now',
      '--proof <file>...': "a proof of the vendor's log that it was recorded; may be repeated with proofs of growth",
      '--checkpoint <file>...': 'a checkpoint that the proof must lead to; may be repeated',
      '--allow-test': 'accept test licenses, as a test build does',
    },
    examples: [
      'lic verify acme.lic --root root.pub',
      'lic verify acme.png --root root.pub --product editor --revocations revoked.lrl',
      'lic verify part1.jpg part2.jpg part3.jpg --root root.pub',
      'lic verify acme.lic --root root.pub --proof acme.tlog-proof --checkpoint head.txt',
      'cat acme.lic | lic verify - --root root.pub --json',
    ],
    run: async () => (await import('../commands/verify.ts')).verify,
  }),
  command({
    usage: 'inspect <object...>',
    audience: 'anyone',
    summary: 'what is inside a license, request, activation, list or certificate, checked or not, clearly marked',
    flags: { '--root <file>': 'root public keys to check it against' },
    examples: ['lic inspect acme.lic', 'lic inspect LIC1-2V8M...', 'lic inspect photo.png'],
    run: async () => (await import('../commands/inspect.ts')).inspect,
  }),
  command({
    usage: 'decode <code...>',
    audience: 'anyone',
    summary: 'what any code or picture is; parts of one code are joined, in any order',
    flags: {
      '--out <file>': 'write the bytes that the code stands for to this file; - is stdout',
      '--force': 'replace files that exist',
    },
    examples: [
      'lic decode photo.jpg',
      'lic decode part2.png part1.png --out acme.lic',
      'lic decode M082Y-0C20R-A1G74-104GH-M2RCP',
      'cat mail.txt | lic decode - --json',
    ],
    run: async () => (await import('../commands/decode.ts')).decode,
  }),
]

export const HELP: Command = command({
  usage: 'help [topic...]',
  audience: 'anyone',
  summary: 'explain a command, an error code or a topic',
  flags: {},
  examples: ['lic help issue', 'lic help exit-codes', 'lic help LICENSE_EXPIRED'],
  // Loaded with everything else: a slip on the command line may need it, and one file less is opened.
  run: async () => (await import('../commands/help.ts')).help,
})
