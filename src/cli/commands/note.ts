/** `lic note`: what the vendor keeps about a license: notes, label, tags, references. Nothing that is signed changes. */

import { write } from '../../authority/authority.ts'
import { note as noteLicense } from '../../authority/note.ts'
import { toHex } from '../../core/bytes.ts'
import { formatKey, maskKey } from '../../core/codes/license-key.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { changesData, changesNotes, changesShow } from '../edited.ts'
import type { RemarkFlags } from '../line-terms.ts'
import type { Outcome } from '../outcome.ts'

interface NoteOptions extends RemarkFlags {
  readonly key: string
  readonly untag: readonly string[]
  readonly product: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const note = async (context: Context, options: NoteOptions): Promise<Outcome> => {
  const { key, label, note: text, tag, untag, order, invoice, subscription, product, reason, idempotencyKey } = options
  const remarks = { label, note: text, tag, untag, order, invoice, subscription }
  const input = { key, ...remarks, product, reason, idempotencyKey }
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const { license, line, changes } = await noteLicense(tx, authority, input)
      const { prefix, cti, label, tags, notes, orderRef, invoiceRef, subscriptionRef } = license
      return {
        schema: 'note',
        data: {
          key: formatKey(prefix, cti),
          id: toHex(cti),
          line,
          label,
          tags,
          notes,
          order: orderRef,
          invoice: invoiceRef,
          subscription: subscriptionRef,
          changes: changesData(changes),
          ...(context.dryRun && { dryRun: true }),
        },
        show: changesShow(['key', maskKey(prefix, cti)], changes),
        notes: changesNotes(changes, context.dryRun, {}),
      }
    }),
  )
}
