/** `lic ledger checkpoint`: the signed head of the log, as text, file or QR code. */

import { checkpoint, type SignedCheckpoint } from '../../authority/checkpoint.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { checkOutputs } from '../output.ts'
import { checkQr, qrShow, qrWritten } from '../qr-files.ts'

interface CheckpointOptions {
  readonly out: string | undefined
  readonly qr: string | undefined
  readonly every: string | undefined
  readonly force: boolean
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const ledgerCheckpoint = async (context: Context, options: CheckpointOptions): Promise<Outcome> => {
  const { out, qr, force } = options
  checkQr(qr)
  await checkOutputs(context, [out, qr], force || options.every !== undefined)
  const signed = await withAuthority(context, { ...options, brand: null }, (authority) =>
    checkpoint(authority, options),
  )
  return context.dryRun && signed.isNew ? rehearsed(signed) : handed(signed, options)
}

const dataOf = ({ size, root, at, isNew }: SignedCheckpoint) => ({
  size,
  root: encodeBase64(root),
  at: isoTime(at),
  new: isNew,
})

const fieldsOf = ({ size, root, at }: SignedCheckpoint) =>
  [
    ['events', String(size)],
    ['root', encodeBase64(root)],
    ['signed', isoTime(at) ?? ''],
  ] as const

const rehearsed = (signed: SignedCheckpoint): Outcome => ({
  schema: 'checkpoint',
  data: { ...dataOf(signed), dryRun: true },
  show: { fields: fieldsOf(signed) },
  notes: ['dry run: nothing was recorded, and nothing signed leaves'],
})

const handed = async (signed: SignedCheckpoint, { out, qr, force, every }: CheckpointOptions): Promise<Outcome> => {
  const { note, isNew } = signed
  const pictures = await qrWritten([note], qr)
  const files = [...(out === undefined ? [] : [{ path: out, content: note }]), ...pictures]
  const written = files.filter(({ path }) => path !== '-').map(({ path }) => path)
  return {
    schema: 'checkpoint',
    data: { ...dataOf(signed), note },
    show: [
      ...(out === undefined && qr === undefined ? [{ text: note }] : [{ fields: fieldsOf(signed) }]),
      ...(qr === '-' ? qrShow([note]) : []),
    ],
    files,
    // For cron: the same name takes each new one.
    force: force || every !== undefined,
    again: 'it is kept in the ledger; print it again: lic ledger checkpoint --every 1y --out FILE',
    notes: [
      ...(isNew ? [] : ['the newest checkpoint still stands; nothing was signed']),
      written.length > 0
        ? `wrote ${written.join(' and ')}; keep it where nobody who can write to the ledger can write`
        : 'keep it where nobody who can write to the ledger can write: --out FILE, --qr FILE',
    ],
  }
}
