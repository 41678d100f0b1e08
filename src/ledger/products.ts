/** Products: row and value, how one is added and edited, and the questions asked of them. A slug is unique across all brands. */

import type { Selectable } from 'kysely'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { notFound } from './close-matches.ts'
import { insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import type { ProductsTable, Reader, Tx } from './schema.ts'

export interface Product {
  readonly slug: string
  readonly brand: string
  readonly name: string
  /** Its own key prefix; null: the brand's. */
  readonly prefix: string | null
  readonly createdAt: number
}

const productOf = (row: Selectable<ProductsTable>): Product => ({
  slug: row.slug,
  brand: row.brand,
  name: row.name,
  prefix: row.prefix,
  createdAt: row.created_at,
})

export const addProduct = (tx: Tx, event: Happening<'product.added'>): Promise<void> =>
  insertRow(tx, 'products', {
    slug: String(event.entity),
    brand: event.brand ?? '',
    name: event.data.name,
    prefix: event.data.prefix ?? null,
    created_at: event.at,
  })

export const editProduct = async (tx: Tx, event: Happening<'product.edited'>): Promise<void> => {
  const { name, prefix = null } = event.data
  await tx
    .updateTable('products')
    .set({
      slug: String(event.entity),
      ...(name && { name }),
      ...(prefix !== null && { prefix: prefix === '' ? null : prefix }),
    })
    .where('slug', '=', String(event.entity))
    .execute()
}

/** By slug. */
export const listProducts = async (db: Reader, brand: BrandScope): Promise<readonly Product[]> =>
  (await db.selectFrom('products').selectAll().where(ofBrand('products.brand', brand)).orderBy('slug').execute()).map(
    productOf,
  )

/** @throws LicError NOT_FOUND with `data.candidates` */
export const theProduct = async (db: Reader, brand: BrandScope, slug: string): Promise<Product> => {
  const row = await db
    .selectFrom('products')
    .selectAll()
    .where('slug', '=', slug)
    .where(ofBrand('products.brand', brand))
    .executeTakeFirst()
  if (row !== undefined) return productOf(row)
  throw notFound(
    'product',
    slug,
    (await listProducts(db, brand)).map((product) => product.slug),
  )
}
