/** Who rows that are issued together name: customers of the ledger, and those that a row before has created. */

import { LicError } from '../core/errors.ts'
import { type Customer, findAllCustomers, oneOf } from '../ledger/customers.ts'
import type { NewEvent } from '../ledger/events.ts'
import type { Tx } from '../ledger/schema.ts'
import { customerAdded, freshId } from './add-customer.ts'
import type { Authority } from './authority.ts'
import { checkForm } from './checked.ts'
import { toServe } from './customer-to-serve.ts'
import type { IssueInput } from './issue.ts'

interface Recipient {
  readonly id: string
  readonly name: string | null
  /** Present when the customer is yet to be recorded. */
  readonly event?: NewEvent<'customer.added'>
}

/** Who the rows name: those of the ledger, and those that rows before have created. */
export const customersOf = async (
  tx: Tx,
  authority: Authority,
  rows: readonly { readonly input: IssueInput; readonly terms: { readonly brand: { readonly slug: string } } }[],
) => {
  const byBrand = new Map<string, string[]>()
  for (const { terms, input } of rows) {
    const { slug } = terms.brand
    const { id } = input.newCustomer ?? {}
    const names = byBrand.get(slug) ?? []
    names.push(input.customer, ...(id === undefined ? [] : [id]))
    byBrand.set(slug, names)
  }
  const found = new Map<string, (named: string) => readonly Customer[]>()
  for (const [brand, names] of byBrand) found.set(brand, await findAllCustomers(tx, brand, names))
  const taken = await findAllCustomers(
    tx,
    null,
    rows.flatMap(({ input }) => input.newCustomer?.id ?? []),
  )
  const made = new Map<string, Recipient>()
  const place = (brand: string, named: string): string => `${brand}/${named.trim().toLowerCase()}`

  return {
    of: async (brand: string, { customer: named, newCustomer }: IssueInput): Promise<Recipient> => {
      const before = made.get(place(brand, named))
      const here = found.get(brand)?.(named) ?? []
      if (before !== undefined && here.length === 0) return namedAs(newCustomer?.name, before)
      const [one] = here
      if (!newCustomer || one !== undefined) {
        const found = one !== undefined && here.length === 1 ? one : await oneOf(tx, brand, named, here)
        return namedAs(newCustomer?.name, toServe(found))
      }
      const { name, id: wanted } = newCustomer
      // An address in its place would stand in a license that anyone may read.
      if (name === undefined) {
        throw new LicError('USAGE', 'a customer that is created has a name', { hint: 'add --customer-name NAME' })
      }
      if (wanted !== undefined && (taken(wanted).length > 0 || made.has(place('', wanted)))) {
        throw new LicError('CONFLICT', `there is a customer ${wanted} already`, { hint: `lic customer show ${wanted}` })
      }
      const id = wanted === undefined ? await freshId(tx, authority) : checkForm('code', 'the customer id', wanted)
      const event = customerAdded(authority, { ...newCustomer, name, brand }, id)
      return { id, name: event.texts?.name ?? name, event }
    },
    /** A customer that was created for a row is there for the rows behind it. */
    keep: (brand: string, { customer: named }: IssueInput, { id, name, event }: Recipient): void => {
      if (event === undefined) return
      for (const key of [place(brand, named), place(brand, id), place('', id)]) made.set(key, { id, name })
    },
  }
}

/** An address may be several customers': one who has another name is not taken for the one who is meant. */
const namedAs = <R extends Recipient>(name: string | undefined, found: R): R => {
  const same = (a: string, b: string): boolean =>
    a.trim().normalize('NFC').toLowerCase() === b.trim().normalize('NFC').toLowerCase()
  if (name === undefined || found.name === null || same(name, found.name)) return found
  throw new LicError('CONFLICT', `${found.id} is a customer of another name`, {
    hint: `if it is the same, leave the name out; if not, name the customer by an id of its own`,
    data: { customer: found.id, candidates: [found.id] },
  })
}
