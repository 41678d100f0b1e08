/** For machines that make licenses with a key that was handed to them and have no ledger, and the ledger that takes those in. */

import { type Command, command } from '../declare.ts'
import { batch, unkeyed, unlocking } from './flags.ts'

export const CI: readonly Command[] = [
  command({
    usage: 'trial',
    audience: 'CI',
    summary: 'make a license with a delegated key: no ledger, no network',
    flags: {
      '--key <file>': 'the delegated key (LIC_KEY: the key itself, see lic help keys)',
      '--key-fd <number>': 'read the key from this open file descriptor',
      '--product <slug>': 'what for; one that the key may make licenses for',
      '--tier <tier>': 'which, where the key has several for the product',
      '--days <n>': 'how long it runs (default: as long as the key allows)',
      '--email <address>': 'who gets it; stands in the license, and lic ledger import finds the customer by it',
      '--customer <id>': 'the id of the customer in the ledger',
      '--licensee <name>': 'the name in the license',
      '--seats <n>': 'fewer than the key allows',
      '--devices <n>': 'fewer than the key allows',
      '--test': 'a test license: release builds refuse it',
      '--idempotency-key <key>': 'the same key and the same words again: the same license id, signed anew',
      '--from <file>': 'a license for every row of this CSV or NDJSON file; - is stdin; columns: lic help bulk',
      ...batch,
      '--out-dir <dir>': 'with --from: one .lic file a row, in this directory',
      '--out <file>': 'write the license to this file; - is stdout',
      '--qr <file>': 'write its QR code as .png or .svg; - draws it on the terminal',
      '--force': 'replace files that exist',
      '--dry-run': 'work everything out, sign nothing that leaves',
      ...unlocking,
    },
    examples: [
      'lic trial --key ci.key --product editor --days 14 --email bo@example.com',
      'lic trial --key ci.key --product editor --idempotency-key build-4711 --json',
      'lic trial --product editor --out trial.lic --qr trial.png',
      'lic trial --key ci.key --product editor --from signups.csv --out-dir trials --json',
    ],
    run: async () => (await import('../commands/trial.ts')).trial,
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
]
