/** `lic transfer`: a license goes to another customer under a new key. It is taken from the one who has it, so it asks first. */

import { isAnswered } from '../../authority/repeat.ts'
import { foreseeTransfer, transfer as transferLicense } from '../../authority/transfer.ts'
import { keyBeginning, maskKey } from '../../core/codes/license-key.ts'
import { theCustomer } from '../../ledger/customers.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkHandover, type HandoverFlags, handoverOutcome } from '../handover.ts'
import { newCustomerOf } from '../issue-input.ts'
import { licenseData } from '../license-data.ts'
import type { Outcome } from '../outcome.ts'

interface TransferOptions extends HandoverFlags {
  readonly key: string
  readonly to: string | undefined
  readonly product: string | undefined
  readonly createCustomer: boolean
  readonly customerName: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const transfer = async (context: Context, options: TransferOptions): Promise<Outcome> => {
  const { ask, dryRun, voice } = context
  const { key, product, reason, idempotencyKey } = options
  const to = await ask.need(options.to, '--to', 'To which customer (id or e-mail)')
  return withAuthority(context, options, async (authority) => {
    const { db } = authority.ledger
    const answered = await isAnswered(db, idempotencyKey)
    await checkHandover(context, options, answered)
    if (!answered) {
      const { row, to: goes } = await foreseeTransfer(authority, {
        key,
        to,
        product,
        newCustomer: newCustomerOf(to, options),
      })
      const holder = await theCustomer(db, null, row.customer)
      const masked = maskKey(row.prefix, row.cti)
      await voice.note(
        product === undefined
          ? `the key that ${row.customer} has stops with the next revocation list; activations do not move`
          : `${product} stops for ${row.customer} with the next revocation list; the key goes on without it`,
      )
      await ask.confirm(
        `Transfer ${product === undefined ? '' : `the line ${product} of `}${masked} from ${holder.name ?? holder.id} to ${goes}?`,
      )
    }
    const newCustomer = newCustomerOf(to, options)
    const { handed, from, kept } = await transferLicense(authority, {
      key,
      to,
      product,
      newCustomer,
      reason,
      idempotencyKey,
    })
    const outcome = await handoverOutcome(
      handed,
      options,
      { io: context.io, db: authority.ledger.db },
      { dryRun, verb: 'transferred' },
    )
    return {
      ...outcome,
      schema: 'transfer',
      data: { ...(outcome.data as object), from: { ...from }, kept: kept && licenseData(kept) },
      notes: [
        ...(outcome.notes ?? []),
        ...(dryRun
          ? []
          : [
              kept === null
                ? `${from.masked} is superseded; devices learn of it from the next list: lic revocations publish --out FILE`
                : `${from.masked} goes on without it as revision ${kept.license.revision}; hand that over: lic show ${keyBeginning(from.key)} --out FILE`,
            ]),
      ],
    }
  })
}
