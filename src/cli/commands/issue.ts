/** `lic issue`: words to the terms of a license, and the license back. */

import { issue as issueLicense } from '../../authority/issue.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { LicError } from '../../core/errors.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkHandover, type HandoverFlags, handoverOutcome } from '../handover.ts'
import { type LineFlags, lineOf, lineTerms, type RemarkFlags, remarksOf, whole } from '../line-terms.ts'
import type { Outcome } from '../outcome.ts'

interface IssueOptions extends LineFlags, RemarkFlags, HandoverFlags {
  readonly customer: string | undefined
  readonly product: readonly string[]
  readonly bundle: readonly string[]
  readonly expires: string | undefined
  readonly starts: string | undefined
  readonly licensee: string | undefined
  readonly grace: string | undefined
  readonly fresh: string | undefined
  readonly emergency: boolean
  readonly test: boolean
  readonly compact: boolean
  readonly createCustomer: boolean
  readonly customerName: string | undefined
  readonly reason: string | undefined
  readonly brand: string | undefined
  readonly idempotencyKey: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const issue = async (context: Context, options: IssueOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const customer = await ask.need(options.customer, '--customer', 'Customer (id or e-mail)')
  const { product, bundle } = options
  const products =
    product.length > 0 || bundle.length > 0 ? product : [await ask.need(undefined, '--product', 'Product')]
  const shared = lineTerms(options)
  return withAuthority(context, options, async (authority) => {
    await checkHandover(context, options, await isAnswered(authority.ledger.db, options.idempotencyKey))
    const handed = await issueLicense(authority, {
      customer,
      lines: products.map((each) => lineOf(each, shared)),
      ...(bundle.length > 0 && { bundles: bundle, bundled: shared }),
      expires: options.expires ?? (options.kind === 'perpetual' ? 'never' : undefined),
      starts: options.starts,
      test: options.test || undefined,
      emergency: options.emergency || undefined,
      licensee: options.licensee,
      grace: whole('--grace', options.grace),
      fresh: whole('--fresh', options.fresh),
      remarks: remarksOf(options),
      newCustomer: newCustomer(customer, options),
      reason: options.reason,
      idempotencyKey: options.idempotencyKey,
    })
    const { handOver } = await import('../../authority/hand-over.ts')
    const given = options.compact ? handOver(handed.bytes, { compact: true }) : handed
    return handoverOutcome(given, options, context.io, { dryRun })
  })
}

const newCustomer = (customer: string, { createCustomer, customerName }: IssueOptions) => {
  if (!createCustomer) {
    if (customerName !== undefined) throw new LicError('USAGE', '--customer-name goes with --create-customer')
    return undefined
  }
  return { name: customerName, ...(customer.includes('@') ? { email: customer } : { id: customer }) }
}
