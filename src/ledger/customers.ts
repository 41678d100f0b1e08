/**
 * Customers: row and value, how one is added and edited, and the questions asked of them. Their names and addresses are clear text
 * in this table and commitments in the log. An e-mail address may be several customers'.
 */

import type { Selectable } from 'kysely'
import { LicError } from '../core/errors.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { noCustomer } from './close-matches.ts'
import { insertRow, padded, runCompiled } from './compiled.ts'
import { toJson } from './field-names.ts'
import type { Happening } from './happening.ts'
import type { CustomersTable, Reader, Tx } from './schema.ts'
import { type Findable, newestFirst, rewriteWords, writeWords } from './words.ts'

export interface Customer {
  readonly id: string
  readonly brand: string
  /** Null once forgotten, like all that names them. */
  readonly name: string | null
  readonly email: string | null
  readonly company: string | null
  readonly country: string | null
  readonly reseller: string | null
  readonly notes: string | null
  /** JSON as it was given. */
  readonly metadata: string | null
  readonly tags: readonly string[]
  readonly createdAt: number
  readonly forgottenAt: number | null
}

const customerOf = (row: Selectable<CustomersTable>): Customer => ({
  id: row.id,
  brand: row.brand,
  name: row.name,
  email: row.email,
  company: row.company,
  country: row.country,
  reseller: row.reseller,
  notes: row.notes,
  metadata: row.metadata,
  // Written by `addCustomer` from a list of strings.
  tags: row.tags === null ? [] : (JSON.parse(row.tags) as string[]),
  createdAt: row.created_at,
  forgottenAt: row.forgotten_at,
})

/** What a customer is found by. */
const findable = ({ id, name, email, company, notes, tags }: Partial<Customer>): Findable => ({
  texts: [id, name, email, company, newestFirst(notes ?? null)],
  tags,
})

export const addCustomer = async (tx: Tx, event: Happening<'customer.added'>): Promise<void> => {
  const { name = null, email = null, company = null, notes = null, metadata = null } = event.texts
  const id = String(event.entity)
  await insertRow(tx, 'customers', {
    id,
    brand: event.brand ?? '',
    name,
    email,
    email_key: email === null ? null : emailKey(email),
    company,
    country: event.data.country ?? null,
    reseller: event.data.reseller ?? null,
    notes,
    metadata,
    tags: toJson(event.data.tags),
    created_at: event.at,
    forgotten_at: null,
  })
  const tags = event.data.tags ?? []
  await writeWords(tx, { customer: id, license: 0 }, findable({ id, name, email, company, notes, tags }))
}

/** A text that was not given stays; an empty one takes away. */
const edited = <C extends string>(
  column: C,
  value: string | null | undefined,
): { readonly [K in C]?: string | null } =>
  value === undefined || value === null
    ? {}
    : ({ [column]: value === '' ? null : value } as { [K in C]?: string | null })

export const editCustomer = async (tx: Tx, event: Happening<'customer.edited'>): Promise<void> => {
  const { country, reseller, tags } = event.data
  const { name, email, company, notes, metadata } = event.texts
  const id = String(event.entity)
  await tx
    .updateTable('customers')
    .set({
      id,
      ...edited('name', name),
      ...edited('email', email),
      ...edited('email_key', email && emailKey(email)),
      ...edited('company', company),
      ...edited('notes', notes),
      ...edited('metadata', metadata),
      ...edited('country', country),
      ...edited('reseller', reseller),
      ...(tags && { tags: tags.length > 0 ? toJson(tags) : null }),
    })
    .where('id', '=', id)
    .execute()
  const row = await tx.selectFrom('customers').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  await rewriteWords(tx, { customer: id, license: 0 }, findable(customerOf(row)))
}

/** Two spellings of an address that reach the same mailbox in practice; lower case the same on every dialect. */
const emailKey = (email: string): string => email.trim().toLowerCase()

/** An id is lower case, and found however it is typed. */
const idKey = (id: string): string => id.toLowerCase()

/** A page of customers by id; `after` is the last id of the page before. */
export const listCustomers = async (
  db: Reader,
  brand: BrandScope,
  page: { readonly limit: number; readonly after?: string },
): Promise<readonly Customer[]> => {
  let query = db.selectFrom('customers').selectAll().where(ofBrand('customers.brand', brand))
  if (page.after !== undefined) query = query.where('id', '>', page.after)
  return (await query.orderBy('id').limit(page.limit).execute()).map(customerOf)
}

/** Those with these ids, in no order. */
export const customersById = async (db: Reader, ids: readonly string[]): Promise<readonly Customer[]> => {
  if (ids.length === 0) return []
  const query = db.selectFrom('customers').selectAll()
  return (await query.where('id', 'in', [...new Set(ids)]).execute()).map(customerOf)
}

/** Everyone with this address, in any case; oldest first. */
export const customersByEmail = async (db: Reader, brand: BrandScope, email: string): Promise<readonly Customer[]> => {
  const query = db.selectFrom('customers').selectAll().where('email_key', '=', emailKey(email))
  const rows = await query.where(ofBrand('customers.brand', brand)).orderBy('created_at').orderBy('id').execute()
  return rows.map(customerOf)
}

/** Who a person means by an id or an e-mail address: nobody, one, or several who share the address. */
export const findCustomers = async (db: Reader, brand: BrandScope, named: string): Promise<readonly Customer[]> => {
  if (named.includes('@')) return customersByEmail(db, brand, named)
  const query = db.selectFrom('customers').selectAll().where('id', '=', idKey(named))
  return (await query.where(ofBrand('customers.brand', brand)).execute()).map(customerOf)
}

/** `findCustomers` for many names with two questions to the ledger: the answer to each. */
export const findAllCustomers = async (
  db: Reader,
  brand: BrandScope,
  named: readonly string[],
): Promise<(named: string) => readonly Customer[]> => {
  const emails = [...new Set(named.filter((each) => each.includes('@')).map(emailKey))]
  const ids = [...new Set(named.filter((each) => !each.includes('@')).map(idKey))]
  const found = new Map<string, Customer[]>()
  for (const [column, values] of [
    ['email_key', emails],
    ['id', ids],
  ] as const) {
    if (values.length === 0) continue
    const within = padded(values)
    const parameters = [...within, ...(brand === null ? [] : [brand])]
    const rows = await runCompiled<Selectable<CustomersTable>>(
      db,
      `customers by ${column} x${within.length} ${brand === null ? '' : 'of brand'}`,
      parameters,
      () =>
        db
          .selectFrom('customers')
          .selectAll()
          .where(column, 'in', [...within])
          .where(ofBrand('customers.brand', brand))
          .orderBy('created_at')
          .orderBy('id')
          .compile(),
    )
    for (const row of rows) {
      const name = String(row[column])
      const known = found.get(name)
      if (known === undefined) found.set(name, [customerOf(row)])
      else known.push(customerOf(row))
    }
  }
  return (name) => found.get(name.includes('@') ? emailKey(name) : idKey(name)) ?? []
}

/** Near misses are sought among so many customers; more cannot be a typing error worth guessing. */
const MOST_COMPARED = 10_000

/**
 * The one customer that an id or e-mail address names.
 * @throws LicError NOT_FOUND with `data.candidates`, AMBIGUOUS with the ids that share the address
 */
export const theCustomer = async (db: Reader, brand: BrandScope, named: string): Promise<Customer> => {
  return oneOf(db, brand, named, await findCustomers(db, brand, named))
}

/** The one of those that were found. @throws LicError as `theCustomer` */
export const oneOf = async <C extends { readonly id: string }>(
  db: Reader,
  brand: BrandScope,
  named: string,
  found: readonly C[],
): Promise<C> => {
  const [one] = found
  if (one !== undefined && found.length === 1) return one
  if (found.length > 1) {
    throw new LicError('AMBIGUOUS', `${found.length} customers have this e-mail address`, {
      hint: `name one by id: ${found.map((customer) => customer.id).join(', ')}`,
      data: { candidates: found.map((customer) => customer.id) },
    })
  }
  const column = named.includes('@') ? 'email_key' : 'id'
  const near = db.selectFrom('customers').select(column).where(column, 'is not', null)
  const rows = await near.where(ofBrand('customers.brand', brand)).limit(MOST_COMPARED).execute()
  throw noCustomer(named, [...new Set(rows.map((row) => String(row[column])))])
}
