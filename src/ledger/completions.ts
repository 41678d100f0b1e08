/**
 * What begins with what somebody typed: a handful of ids, codes and keys for a shell to offer. Invariant: each question
 * is a range of an index, so that it costs the same in a book of ten million.
 */

import { toHex } from '../core/bytes.ts'
import { formatKey } from '../core/codes/license-key.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { brandsSeen } from './brands.ts'
import { listBundles } from './bundles.ts'
import { findLicenses } from './find-license.ts'
import { listKeys } from './keys.ts'
import { licenseOf } from './licenses.ts'
import { linesOf } from './lines.ts'
import { listProducts } from './products.ts'
import type { Reader } from './schema.ts'
import { listTiers } from './tiers.ts'

export interface Named {
  readonly value: string
  readonly meaning: string
}
type Question = (db: Reader, brand: BrandScope, typed: string) => Promise<readonly Named[]>

const MOST = 100

const customers: Question = async (db, brand, typed) => {
  const rows = await db
    .selectFrom('customers')
    .select(['id', 'name'])
    .where(ofBrand('customers.brand', brand))
    .where('id', '>=', typed)
    // Above every character that an id may have.
    .where('id', '<', `${typed}\u007f`)
    .orderBy('id')
    .limit(MOST)
    .execute()
  return rows.map(({ id, name }) => ({ value: id, meaning: name ?? '' }))
}

const products: Question = async (db, brand) =>
  (await listProducts(db, brand)).map(({ slug, name }) => ({ value: slug, meaning: name }))

const bundles: Question = async (db, brand) =>
  (await listBundles(db, brand)).map(({ slug, name }) => ({ value: slug, meaning: name }))

const brands: Question = async (db, brand) =>
  (await brandsSeen(db, brand)).map(({ slug, name }) => ({ value: slug, meaning: name }))

const tiers: Question = async (db, brand) => {
  const all = (await brandsSeen(db, brand)).map(({ slug }) => slug)
  const found = new Map<string, string>()
  for (const each of all) for (const { code, title } of await listTiers(db, each)) found.set(code, title)
  return [...found].map(([value, meaning]) => ({ value, meaning }))
}

/** As many groups of a key as were typed, at least one; where none was typed, the newest licenses. */
const licenses: Question = async (db, brand, typed) => {
  const groups = typed.split('-').length - 1
  const begun = groups > 0 && !typed.endsWith('-') ? typed : undefined
  const found = begun === undefined ? await newest(db, brand) : await findLicenses(db, brand, begun, MOST)
  const lines = await linesOf(
    db,
    found.map(({ id }) => id),
  )
  return found.map(({ id, prefix, cti, customer }) => ({
    value: formatKey(prefix, cti)
      .split('-')
      .slice(0, 1 + Math.max(1, groups))
      .join('-'),
    meaning: [customer, ...(lines.get(id) ?? []).map(({ product }) => product)].join(', '),
  }))
}

const newest = async (db: Reader, brand: BrandScope) => {
  const query = db.selectFrom('licenses').selectAll().where(ofBrand('licenses.brand', brand))
  return (await query.orderBy('id', 'desc').limit(MOST).execute()).map(licenseOf)
}

/** By name, and by as much of the kid as names it in other commands. */
const keys: Question = async (db) =>
  (await listKeys(db)).flatMap(({ kid, name, role, state }) => [
    { value: name ?? role, meaning: `${role}, ${state}` },
    { value: toHex(kid).slice(0, 8), meaning: `${name ?? role}, ${state}` },
  ])

export const COMPLETIONS = { customers, products, bundles, brands, tiers, licenses, keys } as const satisfies Record<
  string,
  Question
>
