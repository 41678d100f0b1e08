/** `lic customer add|list|show|edit`: who licenses are issued to. */

import { addCustomer } from '../../authority/add-customer.ts'
import { brandForNew } from '../../authority/add-product.ts'
import { type Authority, write } from '../../authority/authority.ts'
import { editCustomer } from '../../authority/edit-customer.ts'
import { formatDay } from '../../authority/term.ts'
import { LicError } from '../../core/errors.ts'
import type { BrandScope } from '../../ledger/brand-filter.ts'
import { type Customer, customersByEmail, listCustomers, theCustomer } from '../../ledger/customers.ts'
import { listLicenses } from '../../ledger/list-licenses.ts'
import type { Reader } from '../../ledger/schema.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Csv } from '../csv.ts'
import { changesData, changesNotes, changesShow } from '../edited.ts'
import { listedData, listedTable } from '../listed.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { type ListFlags, moreNote, pageOf } from '../page.ts'
import type { Cell, Show } from '../show.ts'

interface AddOptions {
  readonly name: string | undefined
  readonly email: string | undefined
  readonly id: string | undefined
  readonly brand: string | undefined
  readonly company: string | undefined
  readonly country: string | undefined
  readonly tag: readonly string[]
  readonly notes: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const customerData = (customer: Customer) => ({
  id: customer.id,
  name: customer.name,
  email: customer.email,
  company: customer.company,
  country: customer.country,
  brand: customer.brand,
  tags: customer.tags,
  notes: customer.notes,
  created: isoTime(customer.createdAt),
  forgotten: isoTime(customer.forgottenAt),
})

export const customerAdd = async (context: Context, options: AddOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const { id, email, company, country, tag, notes, idempotencyKey } = options
  const name = await ask.need(options.name, '--name', 'Name of the customer')
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const brand = await brandForNew(tx, authority)
      const added = await addCustomer(tx, authority, {
        ...{ name, email, id, brand, company, country, notes, idempotencyKey },
        tags: tag.length > 0 ? tag : undefined,
      })
      const customer = await theCustomer(tx, null, added.id)
      return {
        schema: 'customer',
        data: { ...customerData(customer), ...(dryRun && { dryRun: true }) },
        show: { fields: fieldsOf(customer) },
        notes: [
          ...(await sharingNote(tx, authority.brand, customer)),
          ...(dryRun ? ['dry run: nothing was recorded'] : []),
        ],
      }
    }),
  )
}

/** That others have the address too, so that it names nobody any more. */
const sharingNote = async (db: Reader, brand: BrandScope, { id, email }: Customer): Promise<readonly string[]> => {
  const sharing = email === null ? [] : await customersByEmail(db, brand, email)
  const others = sharing.filter((each) => each.id !== id).map((each) => each.id)
  if (others.length === 0) return []
  return [`${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} this address too: name this one by id, ${id}`]
}

interface EditOptions {
  readonly customer: string
  readonly name: string | undefined
  readonly email: string | undefined
  readonly company: string | undefined
  readonly country: string | undefined
  readonly notes: string | undefined
  readonly tag: readonly string[]
  readonly untag: readonly string[]
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const customerEdit = async (context: Context, options: EditOptions): Promise<Outcome> => {
  const { dryRun } = context
  const { customer: named, name, email, company, country, notes, tag, untag, reason, idempotencyKey } = options
  const wish = { customer: named, name, email, company, country, notes, tag, untag, reason, idempotencyKey }
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const { id, changes } = await editCustomer(tx, authority, wish)
      const customer = await theCustomer(tx, null, id)
      const newAddress = changes.some(({ field }) => field === 'email')
      return {
        schema: 'customer',
        data: { ...customerData(customer), changes: changesData(changes), ...(dryRun && { dryRun: true }) },
        show: changesShow(['customer', id], changes),
        notes: [
          ...(newAddress ? await sharingNote(tx, authority.brand, customer) : []),
          ...changesNotes(changes, dryRun, {
            name: 'licenses that are signed keep the name they carry, renewed ones too; lic change KEY --licensee NAME signs another',
          }),
        ],
      }
    }),
  )
}

interface ListOptions extends ListFlags {
  readonly brand: string | undefined
  readonly email: string | undefined
}

export const customerList = async (context: Context, options: ListOptions): Promise<Outcome> => {
  const { limit } = pageOf(context, options)
  return withAuthority(context, options, async (authority) => {
    const found = await foundFor(authority, options, limit + 1)
    const customers = found.slice(0, limit)
    const next = found.length > limit ? (customers.at(-1)?.id ?? null) : null
    return {
      schema: 'customers',
      data: { customers: customers.map(customerData), next },
      show: options.csv ? { csv: csvOf(customers) } : table(customers, options.email === undefined),
      notes: moreNote(next),
    }
  })
}

const table = (customers: readonly Customer[], all: boolean): Show => ({
  table: {
    columns: [
      { title: 'customer' },
      { title: 'name', flexible: true },
      { title: 'e-mail', flexible: true },
      { title: 'brand' },
    ],
    rows: customers.map((each) => [each.id, nameCell(each), each.email ?? '', each.brand]),
    ...(all && { empty: 'none yet: lic customer add --name NAME --email E' }),
  },
})

const csvOf = (customers: readonly Customer[]): Csv => ({
  columns: ['customer', 'name', 'email', 'company', 'country', 'brand', 'tags', 'added', 'forgotten', 'notes'],
  rows: customers.map(({ id, name, email, company, country, brand, tags, createdAt, forgottenAt, notes }) => [
    ...[id, name, email, company, country, brand, tags.join(' ')],
    ...[isoTime(createdAt), isoTime(forgottenAt), notes],
  ]),
})

const foundFor = async (
  { ledger, brand }: Authority,
  { email, cursor }: ListOptions,
  limit: number,
): Promise<readonly Customer[]> => {
  if (cursor !== undefined && !/^[a-z0-9][a-z0-9_-]{0,31}$/.test(cursor)) {
    throw new LicError('INVALID_INPUT', 'this cursor belongs to another list', { hint: 'start again without --cursor' })
  }
  if (email === undefined) return listCustomers(ledger.db, brand, { limit, ...(cursor && { after: cursor }) })
  const sharing = await customersByEmail(ledger.db, brand, email)
  return sharing.slice(sharing.findIndex(({ id }) => id === cursor) + 1).slice(0, limit)
}

/** So many of their licenses are shown; `lic list --customer` turns the pages. */
const SHOWN = 50

export const customerShow = async (
  context: Context,
  options: { readonly customer: string; readonly brand: string | undefined },
) =>
  withAuthority(context, options, async ({ ledger, brand }): Promise<Outcome> => {
    const customer = await theCustomer(ledger.db, brand, options.customer)
    const filter = { brand, customer: customer.id }
    const { licenses, next } = await listLicenses(ledger.db, filter, { limit: SHOWN }, context.io.now())
    return {
      schema: 'customer',
      data: { ...customerData(customer), licenses: licenses.map(listedData), next },
      show: [
        { fields: fieldsOf(customer) },
        ...(licenses.length > 0 ? [{ text: '\n' }, listedTable(licenses, context.io.stdout.isTTY)] : []),
      ],
      notes: next === null ? [] : [`there are more licenses: lic list --customer ${customer.id} --cursor ${next}`],
    }
  })

const nameCell = ({ name, forgottenAt }: Customer): Cell =>
  forgottenAt === null ? (name ?? '') : { text: `forgotten ${formatDay(forgottenAt)}`, tone: 'dim' }

export const fieldsOf = (customer: Customer): [string, string | undefined][] => [
  ['customer', customer.id],
  ['name', customer.name ?? undefined],
  ['e-mail', customer.email ?? undefined],
  ['company', customer.company ?? undefined],
  ['country', customer.country ?? undefined],
  ['brand', customer.brand],
  ['tags', customer.tags.join(', ') || undefined],
  ['notes', customer.notes ?? undefined],
  ['added', isoTime(customer.createdAt) ?? undefined],
  ['forgotten', isoTime(customer.forgottenAt) ?? undefined],
]
