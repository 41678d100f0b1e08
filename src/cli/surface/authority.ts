/** The authority itself: how it begins, and what it hands to a site. */

import { type Command, command } from '../declare.ts'
import { ofBrand } from './flags.ts'

export const INIT: Command = command({
  usage: 'init',
  audience: 'vendor',
  summary: 'create the keys, the ledger, the first brand and the starter tiers',
  flags: {
    '--name <name>': 'the name of the authority, as customers know it',
    '--prefix <letters>': 'what license keys of the first brand begin with (default: made from the name)',
    '--ledger <url>': 'keep the ledger on a PostgreSQL server: postgres://USER@HOST/DATABASE (LIC_LEDGER)',
    '--no-passphrase': 'leave the keys unlocked on disk; for trying out and for machines that protect the disk',
    '--passphrase-file <file>...':
      'read the passphrase from the first line; ROLE=FILE for one key (LIC_PASSPHRASE_FILE)',
    '--passphrase-fd <number>': 'read the passphrase from this open file descriptor',
    '--ephemeral': 'a throw-away authority without passphrase in a temporary directory, for tests',
    '--dry-run': 'work everything out, write nothing',
    '--actor <name>': 'who acts, for the record (LIC_ACTOR; else the system user)',
  },
  examples: [
    'lic init --name "Acme Ltd"',
    'lic init --name Acme --passphrase-file pass.txt --passphrase-file root=root-pass.txt',
    'lic init --name Acme --ledger postgres://lic@db.example/licenses',
    'lic init --ephemeral --json',
  ],
  run: async () => (await import('../commands/init.ts')).init,
})

export const AUTHORITY: readonly Command[] = [
  command({
    usage: 'kit',
    audience: 'vendor',
    summary: 'all that a machine without network needs, in a new directory',
    flags: {
      '--product <slug>': 'what is to run there',
      '--out <dir>': 'the directory; it is made, or is empty',
      '--key <key>': 'with this license',
      '--customer <id|email>': 'with every license of this customer that runs',
      '--contact <text>': 'where the site calls or writes; on the page (default: a line to write it on)',
      '--language <language>': 'the language of the pages (en, de)',
      '--force': 'although the directory holds something; files of the same names are replaced',
      '--dry-run': 'work everything out, write nothing',
      ...ofBrand,
    },
    examples: [
      'lic kit --product editor --key EDIT-7Q4MW --out ./kit',
      'lic kit --product editor --customer acme --contact "+44 20 7946 0000" --out ./kit',
      'lic kit --product editor --out ./kit --language de',
    ],
    run: async () => (await import('../commands/kit.ts')).kit,
  }),
]
