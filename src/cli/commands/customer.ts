/** `lic customer add|list|show`: who licenses are issued to. */

import { addCustomer } from '../../authority/add-customer.ts'
import { brandForNew } from '../../authority/add-product.ts'
import { type Authority, write } from '../../authority/authority.ts'
import { LicError } from '../../core/errors.ts'
import { type Customer, customersByEmail, listCustomers, theCustomer } from '../../ledger/customers.ts'
import { listLicenses } from '../../ledger/list-licenses.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { listedData, listedTable } from '../listed.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { limitOf, moreNote, type PageFlags } from '../page.ts'

interface AddOptions {
  readonly name: string | undefined
  readonly email: string | undefined
  readonly id: string | undefined
  readonly brand: string | undefined
  readonly notes: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

const customerData = ({ id, name, email, brand, notes, createdAt, forgottenAt }: Customer) => ({
  id,
  name,
  email,
  brand,
  notes,
  created: isoTime(createdAt),
  forgotten: isoTime(forgottenAt),
})

export const customerAdd = async (context: Context, options: AddOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const { id, email, notes, idempotencyKey } = options
  const name = await ask.need(options.name, '--name', 'Name of the customer')
  return withAuthority(context, options, (authority) =>
    write(authority, async (tx) => {
      const brand = await brandForNew(tx, authority)
      const added = await addCustomer(tx, authority, { name, email, id, brand, notes, idempotencyKey })
      const customer = await theCustomer(tx, null, added.id)
      const sharing = customer.email === null ? [] : await customersByEmail(tx, null, customer.email)
      const others = sharing.filter((each) => each.id !== customer.id).map((each) => each.id)
      return {
        schema: 'customer',
        data: { ...customerData(customer), ...(dryRun && { dryRun: true }) },
        show: { fields: fieldsOf(customer) },
        notes: [
          ...(others.length > 0
            ? [`${others.join(', ')} has this address too: name this one by id, ${customer.id}`]
            : []),
          ...(dryRun ? ['dry run: nothing was recorded'] : []),
        ],
      }
    }),
  )
}

interface ListOptions extends PageFlags {
  readonly brand: string | undefined
  readonly email: string | undefined
}

export const customerList = async (context: Context, options: ListOptions): Promise<Outcome> => {
  const limit = limitOf(options)
  return withAuthority(context, options, async (authority) => {
    const found = await pageOf(authority, options, limit + 1)
    const customers = found.slice(0, limit)
    const next = found.length > limit ? (customers.at(-1)?.id ?? null) : null
    return {
      schema: 'customers',
      data: { customers: customers.map(customerData), next },
      show: {
        table: {
          columns: [
            { title: 'customer' },
            { title: 'name', flexible: true },
            { title: 'e-mail', flexible: true },
            { title: 'brand' },
          ],
          rows: customers.map(({ id, name, email, brand }) => [id, name ?? '', email ?? '', brand]),
          ...(options.email === undefined && { empty: 'none yet: lic customer add --name NAME --email E' }),
        },
      },
      notes: moreNote(next),
    }
  })
}

const pageOf = async (
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

export const customerShow = async (context: Context, { customer: named }: { readonly customer: string }) =>
  withAuthority(context, {}, async ({ ledger, brand }): Promise<Outcome> => {
    const customer = await theCustomer(ledger.db, brand, named)
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

const fieldsOf = ({
  id,
  name,
  email,
  brand,
  notes,
  createdAt,
  forgottenAt,
}: Customer): [string, string | undefined][] => [
  ['customer', id],
  ['name', name ?? undefined],
  ['e-mail', email ?? undefined],
  ['brand', brand],
  ['notes', notes ?? undefined],
  ['added', isoTime(createdAt) ?? undefined],
  ['forgotten', isoTime(forgottenAt) ?? undefined],
]
