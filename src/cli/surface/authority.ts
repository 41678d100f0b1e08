/** The authority itself: its keys, what it publishes, and its health. */

import { type Command, command } from '../declare.ts'
import { mutating, ofBrand, unkeyed, unlocking } from './flags.ts'

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
    usage: 'key list',
    audience: 'vendor',
    summary: 'the keys of this authority, what each may sign, until when',
    flags: {},
    examples: ['lic key list'],
    run: async () => (await import('../commands/key-list.ts')).keyList,
  }),
  command({
    usage: 'key delegate',
    audience: 'vendor',
    summary: 'make a key that may sign some licenses and nothing else, for a CI or a reseller',
    flags: {
      '--name <name>': 'what the key is called',
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
      ...unlocking,
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
    usage: 'revocations publish',
    audience: 'vendor',
    summary: 'sign the list of what is revoked and suspended',
    flags: {
      '--out <file>': 'write the list to this file; - is stdout',
      '--force': 'replace the file if it exists',
      ...unlocking,
      ...mutating,
    },
    examples: ['lic revocations publish --out revoked.lrl --force'],
    run: async () => (await import('../commands/revocations-publish.ts')).revocationsPublish,
  }),
  command({
    usage: 'ledger import <file...>',
    audience: 'vendor',
    summary: 'take in what delegated keys have made: files, directories, logs; - is stdin',
    flags: {
      '--customer <id|email>': 'whose those are that name nobody, or an address that several customers have',
      '--brand <brand>': 'only products of this brand (LIC_BRAND)',
      ...unkeyed,
    },
    examples: [
      'lic ledger import trials.ndjson',
      'lic ledger import ./trials job.log --json',
      'cat *.ndjson | lic ledger import -',
    ],
    run: async () => (await import('../commands/ledger-import.ts')).ledgerImport,
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
