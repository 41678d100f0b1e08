/** Bundles: row and value, how one is added and edited, and the questions asked of them. A slug is unique across all brands. */

import type { Selectable } from 'kysely'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { notFound } from './close-matches.ts'
import { insertRow } from './compiled.ts'
import type { BundleItem, PlainMap } from './event-types.ts'
import { toJson } from './field-names.ts'
import type { Happening } from './happening.ts'
import type { BundlesTable, Reader, Tx } from './schema.ts'

/** Products sold together under one name. */
export interface Bundle {
  readonly slug: string
  readonly brand: string
  readonly name: string
  readonly items: readonly BundleItem[]
  readonly createdAt: number
}

const bundleOf = (row: Selectable<BundlesTable>): Bundle => ({
  slug: row.slug,
  brand: row.brand,
  name: row.name,
  // Written by `itemsJson` from a list of items.
  items: JSON.parse(row.items) as readonly BundleItem[],
  createdAt: row.created_at,
})

const itemsJson = (items: readonly BundleItem[]): string => toJson(items.map((item): PlainMap => ({ ...item }))) ?? '[]'

export const addBundle = (tx: Tx, event: Happening<'bundle.added'>): Promise<void> =>
  insertRow(tx, 'bundles', {
    slug: String(event.entity),
    brand: event.brand ?? '',
    name: event.data.name,
    items: itemsJson(event.data.items),
    created_at: event.at,
  })

export const editBundle = async (tx: Tx, event: Happening<'bundle.edited'>): Promise<void> => {
  const { name, items } = event.data
  const slug = String(event.entity)
  await tx
    .updateTable('bundles')
    .set({ slug, ...(name && { name }), ...(items && { items: itemsJson(items) }) })
    .where('slug', '=', slug)
    .execute()
}

/** By slug. */
export const listBundles = async (db: Reader, brand: BrandScope): Promise<readonly Bundle[]> =>
  (await db.selectFrom('bundles').selectAll().where(ofBrand('bundles.brand', brand)).orderBy('slug').execute()).map(
    bundleOf,
  )

/** @throws LicError NOT_FOUND with `data.candidates` */
export const theBundle = async (db: Reader, brand: BrandScope, slug: string): Promise<Bundle> => {
  const query = db.selectFrom('bundles').selectAll().where('slug', '=', slug)
  const row = await query.where(ofBrand('bundles.brand', brand)).executeTakeFirst()
  if (row !== undefined) return bundleOf(row)
  throw notFound(
    'bundle',
    slug,
    (await listBundles(db, brand)).map((bundle) => bundle.slug),
  )
}
