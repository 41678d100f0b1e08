/**
 * A tier: what a license of it grants, and how it is sold. A value, whatever file or table it came from.
 * Invariant: what is absent never widens; a feature that is missing or `false` grants nothing, unlimited is a written 0.
 */

import type { KINDS, METRICS, PERIODS, Quantity, VALUE_TYPES } from '../core/license.ts'
import { nearest } from './nearest.ts'
import type { TierDocument } from './tier-schema.ts'
import type { Path } from './toml-places.ts'

export interface TierDefinition {
  readonly code: string
  readonly title: string
  readonly description?: string
  /** A tier includes the tiers of lower rank. At most one of `rank` and `ladder` is present. */
  readonly rank?: number
  /** Codes of the included tiers, low to high. */
  readonly ladder?: readonly string[]
  readonly active: boolean
  readonly popular: boolean
  /** Amounts in minor units; currency by ISO 4217. */
  readonly prices?: { readonly currency: string; readonly month?: number; readonly year?: number }
  readonly kind: (typeof KINDS)[number]
  readonly metric: (typeof METRICS)[number]
  /** As `parseTerm` reads it, or `never`; absent: asked for at issue. */
  readonly term?: string
  readonly graceHours: number
  readonly freshDays?: number
  /** 0 = unlimited, in `devices` too; devices absent: as FORMAT 8.4 says. */
  readonly seats: number
  readonly devices?: number
  readonly activation: 'none' | 'required'
  readonly autoRenew: boolean
  readonly emergency: boolean
  readonly trial?: { readonly days: number; readonly perCustomer: number; readonly convertsTo?: string }
  /** Quantities as a license line holds them: `value` undefined = on, 0 = unlimited. */
  readonly features: ReadonlyMap<string, Quantity>
  readonly limits: ReadonlyMap<string, Quantity>
  readonly featureTitles: ReadonlyMap<string, string>
}

export interface Contradiction {
  readonly path: Path
  readonly message: string
}

/** What no single key shows: each path with a message that continues a sentence begun by the key. */
export const contradictions = (tier: TierDocument): Contradiction[] => {
  const found: Contradiction[] = []
  const { ladder = [], kind, term } = tier
  if (tier.rank !== undefined && tier.ladder !== undefined) {
    found.push({ path: ['ladder'], message: 'stands beside rank: a tier has one of the two' })
  }
  for (const [index, code] of ladder.entries()) {
    if (code === tier.code) found.push({ path: ['ladder', index], message: 'names the tier itself' })
    if (ladder.indexOf(code) < index) found.push({ path: ['ladder', index], message: `names ${code} twice` })
  }
  if (term === 'never' && (kind === 'trial' || kind === 'evaluation')) {
    found.push({ path: ['term'], message: `must have an end: the kind is ${kind}` })
  }
  const names = [...Object.keys(tier.features), ...Object.keys(tier.limits)]
  for (const name of Object.keys(tier.feature_titles)) {
    if (names.includes(name)) continue
    const meant = nearest(name, names)
    const message = `names no feature or limit of this tier${meant === undefined ? '' : `, did you mean ${meant}`}`
    found.push({ path: ['feature_titles', name], message })
  }
  return found
}

type Written = number | { value: number; period: (typeof PERIODS)[number]; type: (typeof VALUE_TYPES)[number] }

const quantity = (written: Written | true): Quantity => {
  if (written === true) return { value: undefined, period: 'none', type: 'count' }
  return typeof written === 'number' ? { value: written, period: 'none', type: 'count' } : written
}

/** The value that a checked document stands for. */
export const defineTier = (tier: TierDocument): TierDefinition => {
  const { code, title, description, rank, ladder, active, popular, prices, kind, metric, term, seats, devices } = tier
  const { activation, emergency, trial } = tier
  const features = Object.entries(tier.features).flatMap(([name, written]): [string, Quantity][] =>
    written === false ? [] : [[name, quantity(written)]],
  )
  return {
    code,
    title,
    ...(description !== undefined && { description }),
    ...(rank !== undefined && { rank }),
    ...(ladder !== undefined && { ladder }),
    active,
    popular,
    ...(prices !== undefined && {
      prices: {
        currency: prices.currency,
        ...(prices.month !== undefined && { month: prices.month }),
        ...(prices.year !== undefined && { year: prices.year }),
      },
    }),
    kind,
    metric,
    ...(term !== undefined && { term }),
    graceHours: tier.grace_hours ?? (kind === 'trial' ? 0 : 48),
    ...(tier.fresh_days !== undefined && { freshDays: tier.fresh_days }),
    seats,
    ...(devices !== undefined && { devices }),
    activation,
    autoRenew: tier.auto_renew,
    emergency,
    ...(trial !== undefined && {
      trial: {
        days: trial.days,
        perCustomer: trial.per_customer,
        ...(trial.converts_to !== undefined && { convertsTo: trial.converts_to }),
      },
    }),
    features: new Map(features),
    limits: new Map(Object.entries(tier.limits).map(([name, written]) => [name, quantity(written)])),
    featureTitles: new Map(Object.entries(tier.feature_titles)),
  }
}
