/**
 * What a tier file may say: one schema, for reading files and for editors that complete them. Each message continues
 * the sentence that begins with the key's name. What spans several keys is checked by tier-file.ts.
 */

import * as v from 'valibot'
import { KINDS, METRICS, PERIODS, VALUE_TYPES } from '../core/license.ts'
import { parseTerm } from './term.ts'

const oneOf = <const T extends readonly string[]>(values: T) => v.picklist(values, `must be ${alternatives(values)}`)
const alternatives = (values: readonly string[]): string =>
  `${values
    .slice(0, -1)
    .map((value) => `"${value}"`)
    .join(', ')} or "${values.at(-1)}"`

const wholeFrom = (least: number) => {
  const message = `must be a whole number from ${least} to 2^53 - 1`
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(Number.MAX_SAFE_INTEGER, message),
  )
}
const WHOLE = wholeFrom(0)

const MARK = v.boolean('must be true or false')

const textOf = (bytes: number) => {
  const message = `must be text of 1 to ${bytes} bytes on one line`
  return v.pipe(
    v.string(message),
    v.minLength(1, message),
    v.maxBytes(bytes, message),
    // Control characters would reach terminals and sheets; a lone surrogate has no UTF-8.
    v.regex(/^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u, message),
  )
}

const CODE_RULE = 'must be 1 to 32 of a-z, 0-9, - and _, beginning with a letter or digit'
const CODE = v.pipe(v.string(CODE_RULE), v.regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, CODE_RULE))
const NAME_RULE = 'is no name: 1 to 64 of a-z, 0-9, -, _ and ., beginning with a letter or digit'
const NAME = v.pipe(v.string(NAME_RULE), v.regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, NAME_RULE))
const TABLE_RULE = 'must be a table'
// A record takes lists and dates for tables, and finds no fault in an empty one.
const isTable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
const named = <T extends v.GenericSchema>(value: T) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isTable, TABLE_RULE),
    v.record(NAME, value, TABLE_RULE),
    v.maxEntries(255, 'has more than 255 entries'),
  )

const isTerm = (text: string): boolean => {
  try {
    return text === 'never' || parseTerm(text).count > 0
  } catch {
    return false
  }
}
const TERM_RULE = 'must be a term such as "14d", "6mo" or "1y", or "never"'

/** A value with its unit: 0 = unlimited; sizes in bytes, durations in seconds, bandwidth in bytes a second. */
export const QUANTITY = v.strictObject(
  {
    value: WHOLE,
    period: v.optional(oneOf(PERIODS), 'none'),
    type: v.optional(oneOf(VALUE_TYPES), 'count'),
  },
  TABLE_RULE,
)
const LIMIT = v.union([WHOLE, QUANTITY], 'must be a whole number (0 = unlimited) or { value, period, type }')
const FEATURE = v.union(
  [MARK, WHOLE, QUANTITY],
  'must be true, false, a whole number (0 = unlimited) or { value, period, type }',
)

export const PRICES = v.strictObject(
  {
    /** ISO 4217. */
    currency: v.pipe(
      v.string('must be three capitals (ISO 4217)'),
      v.regex(/^[A-Z]{3}$/, 'must be three capitals (ISO 4217)'),
    ),
    /** In minor units (cents), for a month and for a year. */
    month: v.optional(WHOLE),
    year: v.optional(WHOLE),
  },
  TABLE_RULE,
)

export const TRIAL = v.strictObject(
  {
    /** How long a trial of this tier runs. */
    days: wholeFrom(1),
    /** How many trials of one product a customer may have; 0 = any number. */
    per_customer: v.optional(WHOLE, 1),
    /** The tier offered when the trial ends. */
    converts_to: v.optional(CODE),
  },
  TABLE_RULE,
)

export const TIER = v.strictObject(
  {
    code: CODE,
    title: textOf(128),
    description: v.optional(textOf(1000)),
    /** Order among the tiers of a brand: a tier includes those of lower rank. Not together with `ladder`. */
    rank: v.optional(WHOLE),
    /** The tiers that this one includes, low to high, for a tier that stands outside the order. */
    ladder: v.optional(
      v.pipe(v.array(CODE, 'must be a list of tier codes'), v.maxLength(16, 'has more than 16 tiers')),
    ),
    active: v.optional(MARK, true),
    popular: v.optional(MARK, false),
    prices: v.optional(PRICES),
    kind: v.optional(oneOf(KINDS), 'subscription'),
    metric: v.optional(oneOf(METRICS), 'seat'),
    /** Absent: asked for at issue. */
    term: v.optional(v.pipe(v.string(TERM_RULE), v.check(isTerm, TERM_RULE))),
    /** Absent: 48, for a trial 0. */
    grace_hours: v.optional(v.pipe(WHOLE, v.maxValue(2 ** 32 - 1, 'must be a whole number below 2^32'))),
    /** How old the newest revocation list may be; absent: never asked. */
    fresh_days: v.optional(v.pipe(WHOLE, v.maxValue(2 ** 32 - 1, 'must be a whole number below 2^32'))),
    /** 0 = unlimited. */
    seats: v.optional(WHOLE, 1),
    /** 0 = unlimited; absent: as many as seats for the metrics seat and device, else 1. */
    devices: v.optional(WHOLE),
    activation: v.optional(oneOf(['none', 'required']), 'none'),
    auto_renew: v.optional(MARK, false),
    /** Whether its licenses hold an emergency anchor. */
    emergency: v.optional(MARK, false),
    trial: v.optional(TRIAL),
    features: v.optional(named(FEATURE), {}),
    feature_titles: v.optional(named(textOf(128)), {}),
    limits: v.optional(named(LIMIT), {}),
  },
  TABLE_RULE,
)
export type TierDocument = v.InferOutput<typeof TIER>

export const check = (document: unknown): v.SafeParseResult<typeof TIER> => v.safeParse(TIER, document)

/** The keys that may stand in the table of that name: what an unknown key may have meant. */
export const keysIn = (table: string | undefined): readonly string[] => {
  if (table === undefined) return Object.keys(TIER.entries)
  if (table === 'prices') return Object.keys(PRICES.entries)
  return Object.keys(table === 'trial' ? TRIAL.entries : QUANTITY.entries)
}
