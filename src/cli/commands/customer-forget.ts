/** `lic customer forget`: erases what names a customer. It cannot be undone, so the id has to be typed. */

import { foreseeForget, forgetCustomer } from '../../authority/forget-customer.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { copiesOf } from '../../ledger/backup.ts'
import type { Erasable } from '../../ledger/forget.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { ledgerOf } from '../ledger-place.ts'
import type { Outcome } from '../outcome.ts'
import { customerData, fieldsOf } from './customer.ts'

interface ForgetOptions {
  readonly customer: string
  readonly withLicenses: boolean
  readonly confirm: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const customerForget = async (context: Context, options: ForgetOptions): Promise<Outcome> => {
  const { ask, dryRun, voice } = context
  const { customer: named, withLicenses, confirm, idempotencyKey } = options
  const reason = await ask.need(options.reason, '--reason', 'Why they are forgotten')
  return withAuthority(context, options, async (authority) => {
    const input = { customer: named, reason, withLicenses, idempotencyKey }
    const { db } = authority.ledger
    if (!(await isAnswered(db, idempotencyKey))) {
      const { customer, erased } = await foreseeForget(db, authority, input)
      await voice.note(`${countsText(erased)} of ${customer.id} will be erased; this cannot be undone`)
      await ask.confirmTyped(`Forget ${customer.id}?`, customer.id, confirm)
    }
    const { customer, erased, clean } = await forgetCustomer(authority, input)
    const backups = copiesOf(ledgerOf(context.io, context.home))
    const { texts, signed, licenses, running } = erased
    return {
      schema: 'forgotten',
      data: {
        ...customerData(customer),
        erased: { texts, signed },
        licenses,
        running: running.length,
        clean,
        backups,
        ...(dryRun && { dryRun: true }),
      },
      show: { fields: [...fieldsOf(customer), ['erased', countsText(erased)]] },
      notes: [
        'what stays: the events with their hashes and commitments, ids, countries, tags and references in them, who acted, and this reason',
        ...(licenses > 0 ? [`licenses that cannot be shown, renewed or handed over any more: ${licenses}`] : []),
        ...(running.length > 0 ? [`of them run on outside until they end: ${running.length}`] : []),
        ...(backups.length > 0
          ? [`copies made before still hold it all; delete them: ${backups.join(' ')}`]
          : ['copies of the ledger that were made before still hold it all']),
        ...(dryRun ? ['dry run: nothing was recorded'] : []),
      ],
      ...(!clean && {
        finding: {
          code: 'LEDGER_BUSY',
          message: `${customer.id} is forgotten, but traces may be left in the files of the ledger`,
          hint: `when no other lic runs: lic customer forget ${customer.id} --reason R --confirm ${customer.id}`,
        },
      }),
    }
  })
}

const countsText = ({ texts, signed }: Erasable): string =>
  `${texts} ${texts === 1 ? 'text' : 'texts'} and ${signed} signed ${signed === 1 ? 'license' : 'licenses'}`
