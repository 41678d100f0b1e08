/**
 * Whose a trial is: the customer that it names by id, else the one of its e-mail address, else the one that is given for all
 * others, else a customer that stands for the key. Who is not there yet is created.
 */

import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { License } from '../core/license.ts'
import { type Customer, findAllCustomers, theCustomer } from '../ledger/customers.ts'
import type { NewEvent } from '../ledger/events.ts'
import type { Key } from '../ledger/keys.ts'
import type { Tx } from '../ledger/schema.ts'
import { customerAdded, freshId } from './add-customer.ts'
import type { Authority } from './authority.ts'
import { checkCustomerId } from './checked.ts'
import { toServe } from './customer-to-serve.ts'

export interface Holder {
  readonly id: string
  /** Present when the customer is yet to be recorded. */
  readonly event?: NewEvent<'customer.added'>
}

export interface Holders {
  /** @throws LicError CONFLICT, AMBIGUOUS, INVALID_INPUT, ILLEGAL_MOVE for one who was forgotten */
  of(wanted: { readonly license: License; readonly brand: string; readonly key: Key }): Promise<Holder>
}

/** The address that the runner gave, as it stands in the license. */
const emailOf = ({ metadata }: License): string | undefined => {
  const email = metadata?.get('email')
  return typeof email === 'string' && email.includes('@') ? email : undefined
}

const standIn = (kid: Uint8Array): string => `trials-${toHex(kid).slice(0, 8)}`

/** @throws LicError NOT_FOUND, AMBIGUOUS for `customer` */
export const holdersFor = async (
  tx: Tx,
  authority: Authority,
  all: readonly License[],
  customer: string | undefined,
): Promise<Holders> => {
  const others = customer === undefined ? undefined : toServe(await theCustomer(tx, authority.brand, customer))
  const ids = all.flatMap(({ customer: id }) => id?.toLowerCase() ?? [])
  const byId = await findAllCustomers(tx, null, ids)
  const byEmail = await findAllCustomers(
    tx,
    null,
    all.flatMap((each) => emailOf(each) ?? []),
  )
  const made = new Map<string, string>()

  const create = async (name: string, email: string | undefined, wanted: string | undefined, brand: string) => {
    const id = wanted ?? (await freshId(tx, authority))
    const event = customerAdded(authority, { name, email, brand }, id)
    made.set(`${brand}/${id}`, id)
    if (email !== undefined) made.set(`${brand}/${email.trim().toLowerCase()}`, id)
    return { id, event }
  }

  const byOwnId = async (given: string, name: string, email: string | undefined, brand: string): Promise<Holder> => {
    const id = checkCustomerId(given)
    const [there] = byId(id)
    if (there) return { id: inBrand(there, brand).id }
    return made.has(`${brand}/${id}`) ? { id } : create(name, email, id, brand)
  }

  return {
    of: async ({ license, brand, key }) => {
      const email = emailOf(license)
      const name = license.licensee?.name
      if (license.customer !== undefined) return byOwnId(license.customer, name ?? license.customer, email, brand)
      if (email !== undefined) {
        const known = byEmail(email).filter((each) => each.brand === brand)
        const [one] = known
        if (one && known.length === 1) return { id: toServe(one).id }
        const before = made.get(`${brand}/${email.trim().toLowerCase()}`)
        if (!one) return before === undefined ? create(name ?? email, email, undefined, brand) : { id: before }
        if (others) return { id: inBrand(others, brand).id }
        throw new LicError('AMBIGUOUS', `${known.length} customers have the address of this license`, {
          hint: 'say whose such licenses are: --customer ID',
          data: { candidates: known.map(({ id }) => id) },
        })
      }
      if (others) return { id: inBrand(others, brand).id }
      const id = standIn(key.kid)
      const [there] = await findAllCustomers(tx, null, [id]).then((find) => find(id))
      if (there) return { id: inBrand(there, brand).id }
      return made.has(`${brand}/${id}`) ? { id } : create(`Trials of ${key.name ?? id}`, undefined, id, brand)
    },
  }
}

/** @throws LicError CONFLICT for a customer of another brand, ILLEGAL_MOVE for one who was forgotten */
const inBrand = (customer: Customer, brand: string): Customer => {
  if (customer.brand === brand) return toServe(customer)
  throw new LicError('CONFLICT', `the customer ${customer.id} belongs to another brand`, {
    hint: `lic customer show ${customer.id}`,
  })
}
