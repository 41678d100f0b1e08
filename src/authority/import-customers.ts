/**
 * `lic customer import`: many customers in one transaction. A customer is known again by id, or else by address and name
 * together, so that a list that is taken in twice adds nobody twice. Invariant: a row that is refused leaves nothing.
 */

import { LicError } from '../core/errors.ts'
import { type Customer, findAllCustomers } from '../ledger/customers.ts'
import { type NewEvent, recordAll } from '../ledger/events.ts'
import { type CustomerInput, customerAdded, freshId } from './add-customer.ts'
import { type Authority, write } from './authority.ts'
import { checkCustomerId } from './checked.ts'

export type Imported =
  | { readonly ok: true; readonly id: string; readonly repeated: boolean; readonly sharing: readonly string[] }
  | { readonly ok: false; readonly error: LicError }

export type ImportInput = Omit<CustomerInput, 'brand' | 'idempotencyKey'>

type Known = Pick<Customer, 'id' | 'name' | 'email'>

/** @param brand the brand they belong to @throws LicError CLOCK_SUSPECT, and as the ledger does; then none was added */
export const importCustomers = async (
  authority: Authority,
  brand: string,
  inputs: readonly ImportInput[],
): Promise<readonly Imported[]> =>
  write(authority, async (tx) => {
    const byEmail = await findAllCustomers(
      tx,
      brand,
      inputs.flatMap(({ email }) => (email?.includes('@') ? [email] : [])),
    )
    const byId = await findAllCustomers(
      tx,
      null,
      inputs.flatMap(({ id }) => (id === undefined || id.includes('@') ? [] : [id])),
    )
    const events: NewEvent<'customer.added'>[] = []
    const made: Known[] = []
    const known = ({
      id,
      email,
    }: ImportInput): { readonly same: readonly Known[]; readonly sharing: readonly Known[] } => {
      const sharing =
        email === undefined
          ? []
          : [...byEmail(email), ...made.filter((each) => each.email !== null && alike(each.email, email))]
      return { same: id === undefined ? sharing : [...byId(id), ...made.filter((each) => each.id === id)], sharing }
    }

    const add = async (input: ImportInput): Promise<Imported> => {
      const { email, name } = input
      const wanted = input.id === undefined ? undefined : checkCustomerId(input.id)
      if (wanted === undefined && email === undefined) {
        throw new LicError('INVALID_INPUT', 'the row has neither an id nor an e-mail address', {
          hint: 'a customer is known again by one of them',
        })
      }
      const { same, sharing } = known({ ...input, id: wanted })
      const before = same.find(
        (each) => alike(each.name ?? '', name) && (wanted === undefined || alike(each.email ?? '', email ?? '')),
      )
      if (before !== undefined) return { ok: true, id: before.id, repeated: true, sharing: [] }
      if (wanted !== undefined && same.length > 0) {
        throw new LicError('CONFLICT', `there is a customer ${wanted} already, with another name or address`, {
          hint: `lic customer show ${wanted}; change it with: lic customer edit ${wanted}`,
        })
      }
      const id = wanted ?? (await freshId(tx, authority))
      events.push(customerAdded(authority, { ...input, brand }, id))
      made.push({ id, name: name.trim(), email: email?.trim() ?? null })
      return { ok: true, id, repeated: false, sharing: sharing.map((each) => each.id) }
    }

    const imported: Imported[] = []
    for (const input of inputs) {
      try {
        imported.push(await add(input))
      } catch (error) {
        if (!(error instanceof LicError)) throw error
        imported.push({ ok: false, error })
      }
    }
    await recordAll(tx, events, authority.random)
    return imported
  })

const alike = (a: string, b: string): boolean => folded(a) === folded(b)
const folded = (text: string): string => text.trim().normalize('NFC').toLowerCase()
