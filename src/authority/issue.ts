/** `lic issue`: a license for a customer, signed and recorded. Its bytes leave only after the commit. */

import { LicError } from '../core/errors.ts'
import { type Customer, findCustomers, theCustomer } from '../ledger/customers.ts'
import type { Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { addCustomer, type CustomerInput } from './add-customer.ts'
import type { Authority } from './authority.ts'
import { checkIssue } from './check-issue.ts'
import { customerToServe } from './customer-to-serve.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { issueMany } from './issue-many.ts'
import type { LineInput } from './lines.ts'
import type { RemarksInput } from './remarks.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { openSigningKey } from './sealing.ts'
import { withSecret } from './write-signed.ts'

export { freshCti } from './fresh-cti.ts'
export { licenseeOf } from './licensee.ts'

export interface IssueInput {
  /** Customer id, or an e-mail address that is one customer's. */
  readonly customer: string
  /** One line a product; those of bundles come first. */
  readonly lines: readonly LineInput[]
  /** Slugs of bundles, each of which stands for several lines. */
  readonly bundles?: readonly string[] | undefined
  /** What those lines take over where the bundle leaves it open. */
  readonly bundled?: Omit<LineInput, 'product'> | undefined
  /** `1y`, `2027-01-31` or `never`; absent = the tier's own term. */
  readonly expires?: string | undefined
  readonly starts?: string | undefined
  readonly test?: boolean | undefined
  /** Absent = as the tier says. */
  readonly emergency?: boolean | undefined
  /** Create the customer with this when nobody is found; then it must have a name. */
  readonly newCustomer?: (Omit<CustomerInput, 'brand' | 'name'> & { readonly name: string | undefined }) | undefined
  /** The name in the license; absent = the customer's. */
  readonly licensee?: string | undefined
  /** Hours after the end in which it still runs; absent = as the tier says. */
  readonly grace?: number | undefined
  /** How old the newest revocation list may be, in days; absent = as the tier says. */
  readonly fresh?: number | undefined
  readonly remarks?: RemarksInput | undefined
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/**
 * @throws LicError NOT_FOUND, AMBIGUOUS, INVALID_INPUT, RIGHTS_EXCEEDED, CONFLICT, CLOCK_SUSPECT, and as keys and ledger do
 */
export const issue = async (authority: Authority, input: IssueInput): Promise<HandedLicense> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('issue', idempotencyKey, asked)
  const answered = await earlierAnswer(authority.ledger.db, request, authority.brand)
  if (answered !== null) return handOver((await signedObject(authority.ledger.db, answered)).bytes)
  await checkIssue(authority, input)
  const signing = withSecret(await openSigningKey(authority, 'issuing'))
  const [issued] = await signing((key) => issueMany(authority, key, [input]))
  if (issued === undefined) throw new LicError('UNEXPECTED', 'nothing became of the license')
  if (!issued.ok) throw issued.error
  return issued.handed
}

/** The customer that is named, or the one to be created. @throws LicError NOT_FOUND, AMBIGUOUS, USAGE, ILLEGAL_MOVE for one who was forgotten */
export const customerFor = async (
  tx: Tx,
  authority: Authority,
  brand: string,
  input: Pick<IssueInput, 'customer' | 'newCustomer'>,
): Promise<Customer> => {
  const { customer, newCustomer } = input
  if (newCustomer && (await findCustomers(tx, brand, customer)).length === 0) {
    const { name } = newCustomer
    // An address in its place would stand in a license that anyone may read.
    if (name === undefined) {
      throw new LicError('USAGE', 'a customer that is created has a name', { hint: 'add --customer-name NAME' })
    }
    const { id } = await addCustomer(tx, authority, { ...newCustomer, name, brand })
    return theCustomer(tx, brand, id)
  }
  return customerToServe(tx, brand, customer)
}
