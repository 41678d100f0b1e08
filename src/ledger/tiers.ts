/** Tiers: row and value, how one is added and edited, and the questions asked of them. A code is unique within its brand. */

import type { Selectable } from 'kysely'
import { LicError } from '../core/errors.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { notFound } from './close-matches.ts'
import { insertRow } from './compiled.ts'
import type { Plain, PlainMap, TierAdded } from './event-types.ts'
import { toJson } from './field-names.ts'
import type { Happening } from './happening.ts'
import type { Mark, Reader, TiersTable, Tx } from './schema.ts'

/** A tier as its template wrote it, every default filled in. */
export interface Tier extends Required<TierAdded> {
  readonly brand: string
  readonly createdAt: number
}

const tierOf = (row: Selectable<TiersTable>): Tier => ({
  brand: row.brand,
  code: row.code,
  rank: row.rank,
  // Written by `addTier` from a list.
  ladder: parsed(row.ladder) as readonly string[] | null,
  title: row.title,
  description: row.description,
  active: row.active === 1,
  popular: row.popular === 1,
  prices: parsed(row.prices),
  kind: row.kind,
  metric: row.metric,
  term: row.term,
  seats: row.seats,
  devices: row.devices,
  activation: row.activation,
  graceHours: row.grace_hours,
  freshDays: row.fresh_days,
  autoRenew: row.auto_renew === 1,
  trial: parsed(row.trial),
  // Written by `addTier` from a map.
  features: parsed(row.features) as PlainMap,
  limits: parsed(row.limits) as PlainMap,
  featureTitles: parsed(row.feature_titles) as PlainMap | null,
  emergency: row.emergency === 1,
  createdAt: row.created_at,
})

const parsed = (json: string | null): Plain => (json === null ? null : (JSON.parse(json) as Plain))

export const addTier = (tx: Tx, event: Happening<'tier.added'>): Promise<void> =>
  insertRow(tx, 'tiers', {
    brand: event.brand ?? '',
    code: event.data.code,
    ...rowOf(event.data),
    created_at: event.at,
  })

export const editTier = async (tx: Tx, event: Happening<'tier.edited'>): Promise<void> => {
  const { code } = event.data
  await tx
    .updateTable('tiers')
    .set(rowOf(event.data))
    .where(ofBrand('tiers.brand', event.brand ?? ''))
    .where('code', '=', code)
    .execute()
}

const rowOf = (tier: TierAdded) => ({
  rank: tier.rank ?? null,
  ladder: toJson(tier.ladder),
  title: tier.title,
  description: tier.description ?? null,
  active: (tier.active === false ? 0 : 1) as Mark,
  popular: (tier.popular === true ? 1 : 0) as Mark,
  prices: toJson(tier.prices),
  kind: tier.kind,
  metric: tier.metric,
  term: tier.term ?? null,
  seats: tier.seats ?? null,
  devices: tier.devices ?? null,
  activation: tier.activation,
  grace_hours: tier.graceHours ?? null,
  fresh_days: tier.freshDays ?? null,
  auto_renew: (tier.autoRenew === true ? 1 : 0) as Mark,
  trial: toJson(tier.trial),
  features: toJson(tier.features) ?? '{}',
  limits: toJson(tier.limits) ?? '{}',
  feature_titles: toJson(tier.featureTitles),
  emergency: (tier.emergency === true ? 1 : 0) as Mark,
})

/** Of one brand, low to high, those outside the order last. */
export const listTiers = async (db: Reader, brand: string): Promise<readonly Tier[]> => {
  const rows = db.selectFrom('tiers').selectAll().where(ofBrand('tiers.brand', brand))
  return (
    await rows
      .orderBy((eb) => eb('rank', 'is', null))
      .orderBy('rank')
      .orderBy('code')
      .execute()
  ).map(tierOf)
}

/** @throws LicError NOT_FOUND with `data.candidates` */
export const theTier = async (db: Reader, brand: string, code: string): Promise<Tier> => {
  const rows = db.selectFrom('tiers').selectAll().where(ofBrand('tiers.brand', brand))
  const row = await rows.where('code', '=', code).executeTakeFirst()
  if (row !== undefined) return tierOf(row)
  throw notFound(
    'tier',
    code,
    (await listTiers(db, brand)).map((tier) => tier.code),
  )
}

/**
 * The tier of this code, of whichever brand is seen.
 * @throws LicError NOT_FOUND with `data.candidates`, AMBIGUOUS with the brands that have one
 */
export const tierNamed = async (db: Reader, brand: BrandScope, code: string): Promise<Tier> => {
  if (brand !== null) return theTier(db, brand, code)
  const rows = await db.selectFrom('tiers').selectAll().where(ofBrand('tiers.brand', null)).orderBy('brand').execute()
  const found = rows.filter((row) => row.code === code)
  const [one] = found
  if (one !== undefined && found.length === 1) return tierOf(one)
  if (one === undefined) throw notFound('tier', code, [...new Set(rows.map((row) => row.code))])
  const candidates = found.map((row) => row.brand)
  throw new LicError('AMBIGUOUS', `several brands have a tier ${code}`, {
    hint: `say which: ${candidates.map((each) => `--brand ${each}`).join(' or ')}`,
    data: { candidates },
  })
}
