/** `lic customer add`. An e-mail address may be several customers'; an id is one's. */

import { encodeBase32 } from '../core/codes/base32.ts'
import { findCustomers } from '../ledger/customers.ts'
import { type NewEvent, record } from '../ledger/events.ts'
import type { Tx } from '../ledger/schema.ts'
import { type Authority, stamp } from './authority.ts'
import { checkCountry, checkCustomerId, checkForm, checkName, checkText } from './checked.ts'
import { checkTags } from './remarks.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { taken } from './taken.ts'

export interface CustomerInput {
  readonly name: string
  readonly email?: string | undefined
  /** Absent = dealt at random: it stands in the log for ever, so it says nothing of the person. */
  readonly id?: string | undefined
  /** The brand's slug. */
  readonly brand: string
  readonly company?: string | undefined
  /** ISO 3166-1 alpha-2, in any case. */
  readonly country?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly notes?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** Adds a customer within a transaction. @throws LicError INVALID_INPUT, CONFLICT when the id is taken */
export const addCustomer = async (
  tx: Tx,
  authority: Authority,
  input: CustomerInput,
): Promise<{ readonly id: string }> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('customer add', idempotencyKey, asked)
  const answered = await earlierAnswer(tx, request, authority.brand)
  if (answered !== null) return customerOfEvent(tx, answered)
  const id = input.id === undefined ? await freshId(tx, authority) : checkCustomerId(input.id)
  if ((await findCustomers(tx, null, id)).length > 0) {
    throw taken('customer', id, (await findCustomers(tx, authority.brand, id)).length > 0)
  }
  await record(
    tx,
    { ...customerAdded(authority, input, id), ...(request && { idempotency: request }) },
    authority.random,
  )
  return { id }
}

/** The event, with everything checked that can be without the ledger. @throws LicError INVALID_INPUT */
export const customerAdded = (authority: Authority, input: CustomerInput, id: string): NewEvent<'customer.added'> => {
  const { email, company, country, tags, notes } = input
  return {
    ...stamp(authority),
    type: 'customer.added',
    entity: id,
    brand: input.brand,
    texts: {
      name: checkName('the name', input.name),
      ...(email !== undefined && { email: checkForm('email', 'the e-mail address', email.trim()) }),
      ...(company !== undefined && { company: checkName('the company', company) }),
      ...(notes !== undefined && { notes: checkText('note', 'the notes', notes) }),
    },
    data: {
      ...(country !== undefined && { country: checkCountry(country) }),
      ...(tags && tags.length > 0 && { tags: checkTags(tags) }),
    },
  }
}

/** `c` and seven symbols: 35 random bits, drawn again when taken. */
export const freshId = async (tx: Tx, { random }: Authority): Promise<string> => {
  for (;;) {
    const id = `c${encodeBase32(random(5)).slice(0, 7).toLowerCase()}`
    if ((await findCustomers(tx, null, id)).length === 0) return id
  }
}

const customerOfEvent = async (tx: Tx, event: number): Promise<{ readonly id: string }> => {
  const row = await tx.selectFrom('events').select('entity_id').where('id', '=', event).executeTakeFirstOrThrow()
  return { id: new TextDecoder().decode(row.entity_id) }
}
