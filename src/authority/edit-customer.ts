/** `lic customer edit`. What is signed stays as it was signed: a license carries the name of its day. */

import type { Change } from '../ledger/edits.ts'
import type { Tx } from '../ledger/schema.ts'
import type { Authority } from './authority.ts'
import { checkCountry, checkForm, checkName, checkText } from './checked.ts'
import { customerToServe } from './customer-to-serve.ts'
import { checkGiven, different, type Editing, recordEdit } from './edit-record.ts'
import { tagsAfter } from './remarks.ts'

/** An empty text takes away what was there; undefined leaves it. A name cannot be taken away. */
export interface CustomerChange extends Editing {
  /** Customer id, or an e-mail address that is one customer's. */
  readonly customer: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly company?: string | undefined
  readonly country?: string | undefined
  readonly notes?: string | undefined
  readonly tag?: readonly string[] | undefined
  readonly untag?: readonly string[] | undefined
}

const unlessEmpty = (value: string | undefined, check: (value: string) => string): string | undefined =>
  value === undefined || value.trim() === '' ? value?.trim() : check(value)

/** @throws LicError USAGE, NOT_FOUND, AMBIGUOUS, INVALID_INPUT, ILLEGAL_MOVE for one who was forgotten */
export const editCustomer = async (
  tx: Tx,
  authority: Authority,
  input: CustomerChange,
): Promise<{ readonly id: string; readonly changes: readonly Change[] }> => {
  const { name, email, company, country, notes, tag = [], untag = [] } = input
  checkGiven({ name, email, company, country, notes, tags: tag.length + untag.length || undefined }, FLAGS)
  const customer = await customerToServe(tx, authority.brand, input.customer)
  const texts = {
    name: name === undefined ? undefined : checkName('the name', name),
    email: unlessEmpty(email, (value) => checkForm('email', 'the e-mail address', value.trim())),
    company: unlessEmpty(company, (value) => checkName('the company', value)),
    notes: unlessEmpty(notes, (value) => checkText('note', 'the notes', value)),
  }
  const data = { country: unlessEmpty(country, checkCountry), tags: tagsAfter(customer.tags, { tag, untag }) }
  const changes = await recordEdit<'customer.edited'>(tx, authority, 'customer edit', input, async () => ({
    type: 'customer.edited',
    entity: customer.id,
    brand: customer.brand,
    texts: different(texts, customer),
    data: different(data, customer),
  }))
  return { id: customer.id, changes }
}

const FLAGS = '--name, --email, --company, --country, --notes, --tag or --untag'
