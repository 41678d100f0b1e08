/**
 * What an issue names, looked up before a key is opened: nobody types a passphrase to learn of a slip. Invariant: it
 * decides nothing; whatever it lets pass is judged again where the license is made.
 */

import { findCustomers, oneOf } from '../ledger/customers.ts'
import { theProduct } from '../ledger/products.ts'
import { theTier } from '../ledger/tiers.ts'
import type { Authority } from './authority.ts'
import { wantedLines } from './bundle.ts'
import { toServe } from './customer-to-serve.ts'
import type { IssueInput } from './issue.ts'
import { parseExpiry, parseTime } from './term.ts'

/** @throws LicError NOT_FOUND, AMBIGUOUS, INVALID_INPUT, ILLEGAL_MOVE for a customer who was forgotten */
export const checkIssue = async (
  { ledger: { db }, brand: scope, now }: Pick<Authority, 'ledger' | 'brand' | 'now'>,
  input: IssueInput,
): Promise<void> => {
  const wanted = await wantedLines(db, scope, input)
  const products = await Promise.all(wanted.map(({ product }) => theProduct(db, scope, product)))
  const [first] = products
  if (first === undefined || products.some(({ brand }) => brand !== first.brand)) return
  for (const { tier } of wanted) if (tier !== undefined) await theTier(db, first.brand, tier)
  if (input.expires !== undefined) parseExpiry(input.expires, now())
  if (input.starts !== undefined) parseTime(input.starts, 'start')
  const found = await findCustomers(db, first.brand, input.customer)
  if (found.length === 0 && input.newCustomer) return
  toServe(await oneOf(db, first.brand, input.customer, found))
}
