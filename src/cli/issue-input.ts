/** What `lic issue` asks for, from flags or from a row: the same words give the same license. */

import type { IssueInput } from '../authority/issue.ts'
import { LicError } from '../core/errors.ts'
import { type LineFlags, lineOf, lineTerms, type RemarkFlags, remarksOf, whole } from './line-terms.ts'

export interface IssueFlags extends LineFlags, RemarkFlags {
  readonly product: readonly string[]
  readonly bundle: readonly string[]
  readonly expires: string | undefined
  readonly starts: string | undefined
  readonly licensee: string | undefined
  readonly grace: string | undefined
  readonly fresh: string | undefined
  readonly emergency: boolean
  readonly test: boolean
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
}

/** @throws LicError USAGE, INVALID_INPUT */
export const issueInput = (
  customer: string,
  options: IssueFlags,
  newCustomer: IssueInput['newCustomer'],
): IssueInput => {
  const { bundle } = options
  const shared = lineTerms(options)
  return {
    customer,
    lines: options.product.map((each) => lineOf(each, shared)),
    ...(bundle.length > 0 && { bundles: bundle, bundled: shared }),
    expires: options.expires ?? (options.kind === 'perpetual' ? 'never' : undefined),
    starts: options.starts,
    test: options.test || undefined,
    emergency: options.emergency || undefined,
    licensee: options.licensee,
    grace: whole('--grace', options.grace),
    fresh: whole('--fresh', options.fresh),
    remarks: remarksOf(options),
    newCustomer,
    reason: options.reason,
    idempotencyKey: options.idempotencyKey,
  }
}

/** The customer that flags let be created under the address or id that was named. @throws LicError USAGE */
export const newCustomerOf = (
  named: string,
  { createCustomer, customerName }: { readonly createCustomer: boolean; readonly customerName: string | undefined },
): IssueInput['newCustomer'] => {
  if (!createCustomer) {
    if (customerName !== undefined) throw new LicError('USAGE', '--customer-name goes with --create-customer')
    return undefined
  }
  return { name: customerName, ...(named.includes('@') ? { email: named } : { id: named.toLowerCase() }) }
}
