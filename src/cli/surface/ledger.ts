/** The book of record itself: what proves it, what looks it through, and what brings it back. */

import { type Command, command } from '../declare.ts'
import { happened, mutating, ofBrand, unkeyed, unlocking } from './flags.ts'

const output = {
  '--out <file>': 'write it to this file; - is stdout',
  '--force': 'replace the file if it exists',
} as const

export const LEDGER: readonly Command[] = [
  command({
    usage: 'ledger checkpoint',
    audience: 'vendor',
    summary: 'sign the head of the log with the audit key, to be kept elsewhere',
    flags: {
      ...output,
      '--qr <file>': 'write its QR code as .png or .svg; - draws it on the terminal',
      '--every <term>':
        'for cron: do nothing while the newest is younger, or nothing happened since; files are replaced',
      ...unlocking,
      ...mutating,
    },
    examples: [
      'lic ledger checkpoint --out head.txt',
      'lic ledger checkpoint --every 1d --out /mnt/usb/head.txt',
      'lic ledger checkpoint --qr head.png',
    ],
    run: async () => (await import('../commands/ledger-checkpoint.ts')).ledgerCheckpoint,
  }),
  command({
    usage: 'ledger prove [key]',
    audience: 'vendor',
    summary: 'prove that a license was recorded, or that the log only grew',
    flags: {
      '--revision <n>': 'this revision of the license (default: the newest)',
      '--from <file>': 'an older checkpoint: prove that the log still begins with it',
      '--checkpoint <file>':
        'lead to this checkpoint (default: the newest in the ledger; under a compromised key, the head that lists name)',
      '--size <n>': 'lead to the head at this many events, as a list names it, signed or not',
      ...output,
      ...ofBrand,
    },
    examples: [
      'lic ledger prove EDIT-7Q4MW --out license.tlog-proof',
      'lic ledger prove --from old-head.txt --out growth.txt',
    ],
    run: async () => (await import('../commands/ledger-prove.ts')).ledgerProve,
  }),
  command({
    usage: 'ledger verify',
    audience: 'vendor',
    summary: 'look the whole ledger through; exit 8 names the first row that is wrong',
    flags: {
      '--checkpoint <file>...': 'a checkpoint that was kept elsewhere; may be repeated',
      '--root <file>': 'root public keys that were kept elsewhere (default: those that the ledger names)',
      '--quick': 'hashes and checkpoints alone: no signature, no table',
      '--all': 'name every row that is wrong, up to 1000',
    },
    examples: [
      'lic ledger verify',
      'lic ledger verify --checkpoint head.txt --root root.pub',
      'lic ledger verify --all --json',
    ],
    run: async () => (await import('../commands/ledger-verify.ts')).ledgerVerify,
  }),
  command({
    usage: 'ledger backup [file]',
    audience: 'vendor',
    summary: 'copy the ledger into one file while others work; with the keys, encrypted, tried out',
    flags: {
      '--out <file>': 'the same as naming the file alone',
      '--with-keys': 'the key files too, sealed as they are',
      '--encrypt-to <recipient>...': 'encrypt it to this age recipient (age1...); may be repeated',
      '--passphrase-file <file>': 'encrypt it with the first line of this file',
      '--passphrase-fd <number>': 'the same from this open file descriptor',
      '--verify': 'restore it into a place of its own, and look it through',
      '--identity <file>': 'with --verify: the age identity that opens it',
      '--force': 'replace the file if it exists',
      ...unkeyed,
    },
    examples: [
      'lic ledger backup ledger.tar.age --passphrase-file pass --with-keys --verify',
      'lic ledger backup --out /mnt/nas/ledger.tar.age --encrypt-to age1... --force',
    ],
    run: async () => (await import('../commands/ledger-backup.ts')).ledgerBackup,
  }),
  command({
    usage: 'ledger restore <file>',
    audience: 'vendor',
    summary: 'put a backup in place, in a home without a ledger; it is looked through first',
    flags: {
      '--identity <file>': 'the age identity that opens it',
      '--passphrase-file <file>': 'the first line of this file opens it (LIC_PASSPHRASE_FILE)',
      '--passphrase-fd <number>': 'the same from this open file descriptor',
      '--checkpoint <file>...': 'a checkpoint that it must agree with; may be repeated',
      '--root <file>': 'root public keys that it must have',
      '--replace': 'although there is a ledger: that is kept in backups/',
      ...unkeyed,
    },
    examples: [
      'lic ledger restore ledger.tar.age --passphrase-file pass',
      'lic ledger restore ledger.tar.age --identity key.txt --home ./restored --checkpoint head.txt',
    ],
    run: async () => (await import('../commands/ledger-restore.ts')).ledgerRestore,
  }),
  command({
    usage: 'ledger copy',
    audience: 'vendor',
    summary: 'copy the whole ledger to a server, or from one into a file: the same events, the same head',
    flags: {
      '--to <place>':
        'a file that is not there yet, or a PostgreSQL database without a ledger: postgres://USER@HOST/DATABASE',
      '--dry-run': 'see whether it could be done, copy nothing',
    },
    examples: [
      'lic ledger copy --to postgres://lic@db.example/licenses',
      'lic ledger copy --to ./ledger-copy.db --json',
    ],
    run: async () => (await import('../commands/ledger-copy.ts')).ledgerCopy,
  }),
  command({
    usage: 'ledger rebuild',
    audience: 'vendor',
    summary: 'make every table anew from the log, after a copy',
    flags: { ...unkeyed },
    examples: ['lic ledger rebuild --dry-run', 'lic ledger rebuild'],
    run: async () => (await import('../commands/ledger-rebuild.ts')).ledgerRebuild,
  }),
  command({
    usage: 'ledger audit <file...>',
    audience: 'vendor',
    summary: 'find what the own key signed and the ledger does not know; exit 7 when there is any',
    flags: {},
    examples: ['lic ledger audit acme.lic', 'lic ledger audit ./collected --json'],
    run: async () => (await import('../commands/ledger-audit.ts')).ledgerAudit,
  }),
  command({
    usage: 'ledger export',
    audience: 'vendor',
    summary:
      'the log for an auditor, oldest first: who, what, when, why, by which key, and where it stands in the tree',
    flags: {
      '--format <form>':
        'ndjson (with the bytes of every event), csv, or html to print; default: by the name of the file',
      ...output,
      ...happened,
      ...ofBrand,
    },
    examples: [
      'lic ledger export --out log.ndjson',
      'lic ledger export --format csv --since 2026-01-01 --until 2026-12-31 --out year.csv',
      'lic ledger export --key EDIT-7Q4MW --out license.html',
    ],
    run: async () => (await import('../commands/ledger-export.ts')).ledgerExport,
  }),
]
