/** `lic find`: customers and licenses by the beginnings of words, and licenses by the beginning of their key. */

import { maskKey } from '../../core/codes/license-key.ts'
import type { LicError } from '../../core/errors.ts'
import type { Customer } from '../../ledger/customers.ts'
import { type Found, findByWords } from '../../ledger/find.ts'
import { licensesNamed } from '../../ledger/find-license.ts'
import type { Reason } from '../../ledger/find-reasons.ts'
import { dressed, type ListedLicense, type Page } from '../../ledger/list-licenses.ts'
import type { Reader } from '../../ledger/schema.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Csv } from '../csv.ts'
import { listedCsv, listedData, statusCell } from '../listed.ts'
import type { Outcome } from '../outcome.ts'
import { type ListFlags, moreNote, pageOf } from '../page.ts'
import type { Cell, Show } from '../show.ts'

interface FindOptions extends ListFlags {
  readonly text: readonly string[]
  readonly brand: string | undefined
}

export const find = async (context: Context, options: FindOptions): Promise<Outcome> => {
  const page = pageOf(context, options)
  const text = options.text.join(' ')
  const now = context.io.now()
  return withAuthority(context, options, async ({ ledger, brand }) => {
    const { db } = ledger
    const named = page.cursor === undefined ? await licensesNamed(db, brand, text) : { licenses: [] }
    const byKey = await foundByKey(db, named.licenses.slice(0, page.limit), now)
    const rest: Page = { ...page, limit: page.limit - byKey.length }
    const { found, next } = await findByWords(db, brand, text, rest, now)
    const all = [...byKey, ...found]
    return {
      schema: 'found',
      data: { found: all.map(foundData), next },
      show: options.csv ? { csv: foundCsv(all) } : table(all),
      notes: [...(all.length === 0 ? mistypedNote(named.mistyped) : []), ...moreLicenses(all), ...moreNote(next)],
    }
  })
}

const foundByKey = async (
  db: Reader,
  licenses: Parameters<typeof dressed>[1],
  now: number,
): Promise<readonly Found[]> =>
  (await dressed(db, licenses, now)).map((license) => ({
    license,
    reasons: [{ field: 'key', text: maskKey(license.prefix, license.cti) }],
  }))

/** A slip in a key that was read aloud looks like nothing found. */
const mistypedNote = (mistyped: LicError | undefined): readonly string[] =>
  mistyped === undefined ? [] : [`if it is a license key: ${mistyped.message}`]

const moreLicenses = (found: readonly Found[]): readonly string[] =>
  found.flatMap((each) =>
    'customer' in each && each.more ? [`${each.customer.id} holds more: lic list --customer ${each.customer.id}`] : [],
  )

const customerData = ({ id, name, email, company, brand, tags }: Customer) => ({
  id,
  name,
  email,
  company,
  brand,
  tags,
})

const foundData = (found: Found) =>
  'customer' in found
    ? {
        type: 'customer',
        customer: customerData(found.customer),
        licenses: found.licenses.map(listedData),
        more: found.more,
        why: found.reasons,
      }
    : { type: 'license', license: listedData(found.license), why: found.reasons }

const why = (reasons: readonly Reason[]): string => reasons.map(({ field, text }) => `${field}: ${text}`).join('; ')

const licenseCells = (license: ListedLicense): readonly Cell[] => [
  maskKey(license.prefix, license.cti),
  license.lines.map(({ product, tier }) => `${product}/${tier}`).join(', '),
  statusCell(license.status),
]

const rowsOf = (found: Found): readonly (readonly Cell[])[] =>
  'customer' in found
    ? [
        ['customer', found.customer.id, found.customer.name ?? '', '', why(found.reasons)],
        ...found.licenses.map((license) => ['license', ...licenseCells(license), `held by ${found.customer.id}`]),
      ]
    : [['license', ...licenseCells(found.license), why(found.reasons)]]

const table = (found: readonly Found[]): Show => ({
  table: {
    columns: [
      { title: 'type' },
      { title: 'id' },
      { title: 'what', flexible: true },
      { title: 'status' },
      { title: 'why', flexible: true },
    ],
    rows: found.flatMap(rowsOf),
    empty: 'nothing begins so; a word is found by its beginning',
  },
})

/** The columns of a list of licenses behind two of its own; a customer fills those that are theirs. */
const foundCsv = (found: readonly Found[]): Csv => {
  const { columns } = listedCsv([])
  const customerRow = ({ id, name, email, brand, tags, notes }: Customer) => {
    const own: Readonly<Record<string, string | null>> = {
      customer: id,
      brand,
      name,
      email,
      tags: tags.join(' '),
      notes,
    }
    return columns.map((column) => own[column] ?? '')
  }
  return {
    columns: ['type', 'why', ...columns],
    rows: found.flatMap((each) => {
      if (!('customer' in each))
        return listedCsv([each.license]).rows.map((row) => ['license', why(each.reasons), ...row])
      const beneath = listedCsv(each.licenses).rows.map((row) => ['license', `held by ${each.customer.id}`, ...row])
      return [['customer', why(each.reasons), ...customerRow(each.customer)], ...beneath]
    }),
  }
}
