/** Private halves: in files, in the ssh-agent, and on paper. */

import { type Command, command } from '../declare.ts'
import { unkeyed, unlocking } from './flags.ts'

/** For what is written under a passphrase of its own. */
const sealing = {
  '--new-passphrase-file <file>': 'read the new passphrase from the first line of this file',
} as const
const dry = { '--dry-run': 'work everything out, write nothing' } as const

export const KEY_FILES: readonly Command[] = [
  command({
    usage: 'key unlock [key]',
    audience: 'vendor',
    summary: 'put the key of a file into the ssh-agent for a while, so that its passphrase is typed once',
    flags: { '--for <span>': 'how long: 15m, 8h; a day at most (default 15m)', ...unlocking, ...dry },
    examples: ['lic key unlock --for 15m', 'lic key unlock list --for 1h'],
    run: async () => (await import('../commands/key-unlock.ts')).keyUnlock,
  }),
  command({
    usage: 'key lock [key]',
    audience: 'vendor',
    summary: 'take an unlocked key out of the ssh-agent again',
    flags: { '--all': 'every key of this authority that has a file', ...dry },
    examples: ['lic key lock', 'lic key lock --all'],
    run: async () => (await import('../commands/key-unlock.ts')).keyLock,
  }),
  command({
    usage: 'key import [file...]',
    audience: 'vendor',
    summary:
      'bring a private key back, from a file, its page, a picture or typed lines; or take a key of the ssh-agent in',
    flags: {
      '--agent':
        'certify a key that the ssh-agent holds; named by fingerprint, comment or .pub file where it has several',
      '--role <role>': 'with --agent: issuing, list or audit (default issuing)',
      '--name <name>': 'with --agent: a name for it',
      '--reason <text>': 'with --agent: why; kept in the ledger',
      '--out <file>': 'write the key file here, and ask no ledger where it belongs',
      '--no-passphrase': 'leave a key from paper unlocked on disk',
      ...sealing,
      ...unlocking,
      ...dry,
      '--actor <name>': 'who acts, for the record (LIC_ACTOR; else the system user)',
      '--clock-ok': 'go on although the clock is far ahead of the newest entry of the ledger',
    },
    examples: [
      'lic key import /media/usb/root.key',
      'lic key import photo.png',
      'lic key import --agent',
      'lic key import --agent token@desk --role list',
      'lic key import - --out restored.key < lines.txt',
    ],
    run: async () => (await import('../commands/key-import.ts')).keyImport,
  }),
  command({
    usage: 'key export <key>',
    audience: 'vendor',
    summary: 'the public half of a key, as PEM or as a line for OpenSSH',
    flags: {
      '--public': 'as it is always: a private half leaves by lic key backup alone',
      '--format <format>': 'pem or openssh (default pem)',
      '--out <file>': 'write to this file; - is stdout',
      '--force': 'replace the file if it exists',
    },
    examples: ['lic key export issuing --out issuing.pub', 'lic key export issuing --format openssh'],
    run: async () => (await import('../commands/key-export.ts')).keyExport,
  }),
  command({
    usage: 'key backup <key>',
    audience: 'vendor',
    summary:
      'a private key as a page to print, with QR code and lines to type, or as a copy of its file; the ledger keeps who made it',
    flags: {
      '--sheet <file>': 'write the page (.html); - is stdout',
      '--language <language>': 'the language of the page (en, de)',
      '--out <file>': 'copy the key file here, and read it back',
      '--seal': 'under a passphrase of its own, the page as well; ten lines instead of three',
      ...sealing,
      '--force': 'replace the page if it exists',
      '--reason <text>': 'why; kept in the ledger',
      ...unlocking,
      ...unkeyed,
    },
    examples: [
      'lic key backup root --sheet root.html',
      'lic key backup emergency --sheet emergency.html --seal',
      'lic key backup issuing --out /media/usb/issuing.key',
    ],
    run: async () => (await import('../commands/key-backup.ts')).keyBackup,
  }),
  command({
    usage: 'key passphrase <key>',
    audience: 'vendor',
    summary: 'give a key file another passphrase, or none',
    flags: { ...sealing, '--no-passphrase': 'leave the key unlocked on disk', ...unlocking, ...dry },
    examples: ['lic key passphrase issuing', 'lic key passphrase root --new-passphrase-file new.txt'],
    run: async () => (await import('../commands/key-passphrase.ts')).keyPassphrase,
  }),
  command({
    usage: 'key ceremony',
    audience: 'vendor',
    summary: 'make an authority whose root key is printed, proven and moved away, with a record to sign',
    flags: {
      '--name <name>': 'the name of the authority, as customers know it',
      '--prefix <letters>': 'what license keys of the first brand begin with (default: made from the name)',
      '--root-to <dir>': 'where the root key goes: a directory on another medium',
      '--sheets <dir>': 'where the pages to print are written (default: sheets in the home)',
      '--language <language>': 'the language of the pages (en, de)',
      '--seal': 'the pages under a passphrase of their own; ten lines instead of three',
      ...sealing,
      '--pause': 'stop when the pages are written; the same command with --proof goes on',
      '--proof <role=file>...': 'root=FILE and emergency=FILE: a picture of the printed page, or its lines',
      '--keep-sheets': 'leave the pages on this disk when they are proven',
      '--transcript <file>': 'where the record is written (default: ceremony.txt in the home)',
      '--no-passphrase': 'leave the keys unlocked on disk; for trying out',
      '--passphrase-file <file>...':
        'read the passphrase from the first line; ROLE=FILE for one key (LIC_PASSPHRASE_FILE)',
      '--dry-run': 'work everything out, write nothing',
      '--actor <name>': 'who acts, for the record (LIC_ACTOR; else the system user)',
    },
    examples: [
      'lic key ceremony --root-to /media/usb --transcript ceremony.txt',
      'lic key ceremony --name "Acme Ltd" --passphrase-file pass.txt --sheets pages --pause',
      'lic key ceremony --passphrase-file pass.txt --root-to /media/usb --proof root=1.jpg --proof emergency=2.jpg',
    ],
    run: async () => (await import('../commands/key-ceremony.ts')).keyCeremony,
  }),
]
