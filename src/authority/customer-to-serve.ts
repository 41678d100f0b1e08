/** The customer that something new is to be said of: one who was forgotten is not, so that nothing is written anew. */

import { LicError } from '../core/errors.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import { type Customer, theCustomer } from '../ledger/customers.ts'
import type { Reader } from '../ledger/schema.ts'
import { formatDay } from './term.ts'

/** @throws LicError ILLEGAL_MOVE for one who was forgotten */
export const toServe = (customer: Customer): Customer => {
  if (customer.forgottenAt === null) return customer
  throw new LicError(
    'ILLEGAL_MOVE',
    `the customer ${customer.id} was forgotten on ${formatDay(customer.forgottenAt)}`,
    {
      hint: 'add them as a new customer: lic customer add --name NAME',
      data: { customer: customer.id },
    },
  )
}

/** By id or e-mail address. @throws LicError NOT_FOUND, AMBIGUOUS with the candidates, and as `toServe` */
export const customerToServe = async (db: Reader, brand: BrandScope, named: string): Promise<Customer> =>
  toServe(await theCustomer(db, brand, named))
