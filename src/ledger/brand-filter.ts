/**
 * The brand filter. Every query of a table that has brands goes through `ofBrand`, and every event of the log through
 * `isOfBrand`, so that showing one brand another's data takes writing `null` by hand.
 */

import { type Expression, type SqlBool, sql } from 'kysely'
import type { Envelope } from './envelope.ts'
import { ENTITY_KINDS } from './event-types.ts'

/** A brand's slug, or null: every brand of the ledger. */
export type BrandScope = string | null

type BrandColumn =
  | 'brands.slug'
  | 'products.brand'
  | 'bundles.brand'
  | 'tiers.brand'
  | 'customers.brand'
  | 'licenses.brand'

/**
 * @param role `finds`: the index by brand may be used. `filters`: something narrower finds the rows, and the planner,
 * which cannot know what is narrower, is kept from choosing the brand.
 */
export const ofBrand = (
  column: BrandColumn,
  brand: BrandScope,
  role: 'finds' | 'filters' = 'finds',
): Expression<SqlBool> => {
  if (brand === null) return sql<SqlBool>`1 = 1`
  const value = role === 'finds' ? sql.ref(column) : sql`coalesce(${sql.ref(column)}, '')`
  return sql<SqlBool>`${value} = ${brand}`
}

/** Whether an event is a brand's, or about it. What concerns the whole authority, such as its keys, is no brand's. */
export const isOfBrand = (event: Pick<Envelope, 'brand' | 'entityKind' | 'entity'>, brand: BrandScope): boolean =>
  brand === null || (event.entityKind === ENTITY_KINDS.brand ? event.entity : event.brand) === brand
