/** Brands: row and value, how one is added and edited, and the questions asked of them. A ledger has one or several. */

import type { Selectable } from 'kysely'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { notFound } from './close-matches.ts'
import { insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import type { BrandsTable, Reader, Tx } from './schema.ts'

export interface Brand {
  readonly slug: string
  readonly name: string
  /** What its keys begin with, unless a product says otherwise. */
  readonly prefix: string
  readonly createdAt: number
}

const brandOf = (row: Selectable<BrandsTable>): Brand => ({
  slug: row.slug,
  name: row.name,
  prefix: row.prefix,
  createdAt: row.created_at,
})

export const addBrand = (tx: Tx, event: Happening<'brand.added'>): Promise<void> =>
  insertRow(tx, 'brands', {
    slug: String(event.entity),
    name: event.data.name,
    prefix: event.data.prefix,
    created_at: event.at,
  })

export const editBrand = async (tx: Tx, event: Happening<'brand.edited'>): Promise<void> => {
  const { name, prefix } = event.data
  await tx
    .updateTable('brands')
    .set({ slug: String(event.entity), ...(name && { name }), ...(prefix && { prefix }) })
    .where('slug', '=', String(event.entity))
    .execute()
}

/** By slug. */
export const listBrands = async (db: Reader): Promise<readonly Brand[]> =>
  (await db.selectFrom('brands').selectAll().orderBy('slug').execute()).map(brandOf)

/** Those that are seen, by slug. */
export const brandsSeen = async (db: Reader, scope: BrandScope): Promise<readonly Brand[]> => {
  const query = db.selectFrom('brands').selectAll().where(ofBrand('brands.slug', scope))
  return (await query.orderBy('slug').execute()).map(brandOf)
}

/** The same of one: a brand that is not seen is not there. @throws LicError NOT_FOUND with `data.candidates` */
export const theBrandSeen = async (db: Reader, scope: BrandScope, slug: string): Promise<Brand> => {
  const seen = await brandsSeen(db, scope)
  const found = seen.find((brand) => brand.slug === slug)
  if (found !== undefined) return found
  const slugs = seen.map((brand) => brand.slug)
  throw notFound('brand', slug, slugs)
}

/** @throws LicError NOT_FOUND with `data.candidates` */
export const theBrand = async (db: Reader, slug: string): Promise<Brand> => {
  const row = await db.selectFrom('brands').selectAll().where('slug', '=', slug).executeTakeFirst()
  if (row !== undefined) return brandOf(row)
  throw notFound(
    'brand',
    slug,
    (await listBrands(db)).map((brand) => brand.slug),
  )
}
