/** `lic key backup`: a private half leaves the home on purpose: as a page to print, or as a copy of its file. */

import { existsSync } from 'node:fs'
import { openToBackUp } from '../../authority/backup-key.ts'
import { recordCopy } from '../../authority/record-copy.ts'
import { copyKeyFile, isEncrypted, type Sealing, writeKeyFile } from '../../authority/vault.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { passphraseFor, withAuthority } from '../authority.ts'
import { backupPage } from '../backup-page.ts'
import type { Context } from '../context.ts'
import { checkSeal, ownSealing, type SealFlags } from '../new-passphrase.ts'
import type { Outcome } from '../outcome.ts'
import { checkOutputs } from '../output.ts'
import type { PassphraseFlags } from '../passphrase.ts'
import { backupTemplate } from '../sheet.ts'

interface BackupOptions extends PassphraseFlags, SealFlags {
  readonly key: string
  readonly sheet: string | undefined
  readonly language: string | undefined
  readonly out: string | undefined
  readonly force: boolean
  readonly reason: string | undefined
  readonly clockOk: boolean
}

export const keyBackup = async (context: Context, options: BackupOptions): Promise<Outcome> => {
  const { sheet, out, seal, force } = options
  await checkFlags(context, options)
  return withAuthority(context, { ...options, brand: null }, async (authority) => {
    const { home, dryRun } = context
    const {
      ledger: { db },
      now,
    } = authority
    const opened = await openToBackUp({ db, home }, options.key, passphraseFor(context, options))
    const { key, path, contents } = opened
    if (out !== undefined && !seal && !isEncrypted(path)) {
      await context.ask.confirm(`the copy has no passphrase: whoever finds ${out} has the ${key.role} key; go on?`)
    }
    const sealing = await ownSealing(context, options, `the backup of the ${key.role} key`)
    const { language } = options
    const content = sheet === undefined ? '' : await backupPage(db, opened, { language, sealing, now: now() })
    const copy = out === undefined ? undefined : context.path(out)
    // Nothing leaves before it is written down: a page or copy that fails after that is made again, and stands there twice.
    await recordCopy(authority, key, {
      page: sheet !== undefined,
      file: copy !== undefined,
      sealed: seal,
      reason: options.reason,
    })
    const exposed = copy === undefined || dryRun ? false : await copied(path, copy, contents, sealing)
    return {
      schema: 'backup',
      data: {
        role: key.role,
        kid: toHex(key.kid),
        epoch: key.epoch,
        sheet: sheet ?? null,
        copy: copy ?? null,
        sealed: seal,
        ...(dryRun && { dryRun: true }),
      },
      show: {
        fields: [
          [
            key.role === 'emergency' ? 'emergency secret' : `${key.role} key`,
            key.epoch === null ? toHex(key.kid) : `epoch ${key.epoch}`,
          ],
          ['page', sheet],
          ['copy', copy],
          ['passphrase', seal ? 'its own' : undefined],
        ],
      },
      files: sheet === undefined || dryRun ? [] : [{ path: sheet, content, mode: 0o600 }],
      force,
      notes: dryRun ? ['dry run: nothing was written'] : notesOf(options, exposed),
    }
  })
}

const checkFlags = async (context: Context, options: BackupOptions): Promise<void> => {
  const { sheet, language, out, force } = options
  if (sheet === undefined && out === undefined) {
    throw new LicError('USAGE', 'a backup of what kind?', {
      hint: 'add --sheet FILE.html for a page to print, or --out FILE for a copy',
    })
  }
  if (sheet === undefined && language !== undefined) throw new LicError('USAGE', '--language goes with --sheet')
  checkSeal(options)
  if (sheet !== undefined && sheet !== '-' && !/\.html?$/i.test(sheet)) {
    throw new LicError('USAGE', `--sheet takes a name that ends in .html, or -, not ${sheet}`)
  }
  if (out === '-')
    throw new LicError('USAGE', 'a private key is copied to a file, not to stdout', { hint: 'name a file: --out FILE' })
  if (sheet !== undefined) backupTemplate(language)
  await checkOutputs(context, [sheet], force)
  if (out !== undefined && existsSync(context.path(out))) {
    throw new LicError('FILE_EXISTS', `${out}: exists, and a key is never overwritten`, { hint: 'choose another name' })
  }
  if (sheet === '-' && context.io.stdout.isTTY)
    await context.ask.confirm('the private key is shown on this screen; go on?')
}

/** @returns whether others can read the copy */
const copied = async (
  from: string,
  to: string,
  contents: Parameters<typeof writeKeyFile>[1],
  sealing: Sealing | undefined,
): Promise<boolean> => {
  if (sealing === undefined) return copyKeyFile(from, to).exposed
  await writeKeyFile(to, contents, sealing)
  return false
}

const notesOf = ({ sheet, out, seal }: BackupOptions, exposed: boolean): readonly string[] => [
  ...(sheet === undefined || sheet === '-'
    ? []
    : [
        seal
          ? `wrote ${sheet}: print it, and keep it apart from its passphrase`
          : `wrote ${sheet}: whoever reads it has the key; print it, then delete the file`,
        'prove the page by reading it back: lic key import PHOTO --out FILE, or as part of lic key ceremony',
      ]),
  ...(out === undefined ? [] : [`wrote ${out}, read back and found the same`]),
  ...(exposed
    ? [`that medium keeps no rights: whoever mounts it can read ${out}, and lic uses it only once copied back`]
    : []),
]
