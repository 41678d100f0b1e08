/** `lic tier add`: a tier definition enters the book. */

import { LicError } from '../core/errors.ts'
import type { Quantity } from '../core/license.ts'
import type { Plain, PlainMap, TierAdded } from '../ledger/event-types.ts'
import { record } from '../ledger/events.ts'
import type { Tx } from '../ledger/schema.ts'
import { listTiers } from '../ledger/tiers.ts'
import { type Authority, stamp } from './authority.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import type { TierDefinition } from './tier.ts'

/** @throws LicError CONFLICT when the brand has a tier of this code */
export const addTier = async (
  tx: Tx,
  authority: Authority,
  brand: string,
  tier: TierDefinition,
  idempotencyKey?: string,
): Promise<void> => {
  const data = tierData(tier)
  const request = requestOf('tier add', idempotencyKey, { brand, ...data })
  if ((await earlierAnswer(tx, request, authority.brand)) !== null) return
  if ((await listTiers(tx, brand)).some(({ code }) => code === tier.code)) {
    throw new LicError('CONFLICT', `the brand ${brand} has a tier ${tier.code} already`, {
      hint: `lic tier show ${tier.code}`,
    })
  }
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'tier.added',
      entity: `${brand}/${tier.code}`,
      brand,
      ...(request && { idempotency: request }),
      data,
    },
    authority.random,
  )
}

/** The definition as the log holds it: plain values, maps as objects. */
export const tierData = (tier: TierDefinition): TierAdded => {
  const { features, limits, featureTitles, ladder, rank, prices, trial, ...same } = tier
  return {
    ...same,
    rank: rank ?? null,
    ladder: ladder ?? null,
    prices: (prices ?? null) as Plain,
    trial: (trial ?? null) as Plain,
    features: plainQuantities(features),
    limits: plainQuantities(limits),
    featureTitles: Object.fromEntries(featureTitles),
  }
}

/** The inverse of what `lineFrom` reads: `true`, a number, or a value with period and type. */
const plainQuantities = (quantities: ReadonlyMap<string, Quantity>): PlainMap =>
  Object.fromEntries(
    [...quantities].map(([name, { value, period, type }]) => [
      name,
      period === 'none' && type === 'count' ? (value ?? true) : { value, period, type },
    ]),
  )
