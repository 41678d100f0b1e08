/** From a tier and what was asked beyond it to the line of a license. The tier supplies every term not given. */

import { LicError } from '../core/errors.ts'
import {
  devicesOf,
  featuresOf,
  KINDS,
  type Line,
  METRICS,
  PERIODS,
  type Quantity,
  titleOf,
  VALUE_TYPES,
  writeFeatures,
} from '../core/license.ts'
import type { LineData, Plain, PlainMap } from '../ledger/event-types.ts'
import type { Tier } from '../ledger/tiers.ts'
import { nearest } from './nearest.ts'
import { parseExpiry } from './term.ts'
import { restrictionsFrom, versionsFrom } from './where.ts'

/** A feature or limit as asked: on, a value (0 = unlimited), or a value with period and type. */
export type QuantityInput =
  | true
  | number
  | { readonly value?: number; readonly period?: Quantity['period']; readonly type?: Quantity['type'] }

export interface LineInput {
  readonly product: string
  readonly tier?: string | undefined
  readonly kind?: string | undefined
  readonly metric?: string | undefined
  /** 0 = unlimited, as in `devices`. */
  readonly seats?: number | undefined
  readonly devices?: number | undefined
  readonly activation?: string | undefined
  readonly features?: Readonly<Record<string, QuantityInput>> | undefined
  readonly limits?: Readonly<Record<string, QuantityInput>> | undefined
  /** `1y`, `2027-01-31`, or `never`: builds made later are not covered. */
  readonly maintenance?: string | undefined
  /** `2.0..3`: builds that are covered; `any`. */
  readonly versions?: string | undefined
  /** `domain=acme.example`, `ip!=10.9.0.0/16`: where it holds; `none`. */
  readonly restrict?: readonly string[] | undefined
}

/** The codes of the tiers below, low to high. A tier may name its own ladder; one without rank is on no other's. */
export const ladderOf = (tier: Tier, all: readonly Tier[]): readonly string[] => {
  const { ladder, rank } = tier
  if (ladder) return ladder
  if (rank === null) return []
  return all.filter((each) => each.active && each.rank !== null && each.rank < rank).map(({ code }) => code)
}

/**
 * The line, without status index.
 * @param when the time of signing, and whether the license never ends: a subscription then is a perpetual license
 * @throws LicError INVALID_INPUT for an unknown kind, metric, activation, period or type, and a trial without end
 */
export const lineFrom = (
  input: LineInput,
  tier: Tier,
  all: readonly Tier[],
  { now, forever }: { readonly now: number; readonly forever: boolean },
): Line => {
  const kind = oneOf(KINDS, 'kind', input.kind ?? (forever && tier.kind === 'subscription' ? 'perpetual' : tier.kind))
  if (forever && (kind === 'trial' || kind === 'evaluation')) {
    throw new LicError('INVALID_INPUT', `a license of the kind ${kind} must have an end`, { hint: 'add --expires 14d' })
  }
  const metric = oneOf(METRICS, 'metric', input.metric ?? tier.metric)
  const ladder = ladderOf(tier, all)
  const seats = input.seats ?? tier.seats ?? 1
  // A tier's devices belong to its seats: whoever asks for other seats gets the places of those.
  const places = input.devices ?? (input.seats === undefined ? (tier.devices ?? undefined) : undefined)
  const limits = quantities(tier.limits, input.limits)
  const byRule = devicesOf({ metric, seats, devices: undefined })
  return {
    product: input.product,
    tier: tier.code,
    ladder: ladder.length > 0 ? ladder : undefined,
    title: tier.title === titleOf({ tier: tier.code }) ? undefined : tier.title,
    kind,
    metric,
    seats: seats === 1 ? undefined : seats,
    devices: places === byRule ? undefined : places,
    activation: oneOf(['none', 'required'] as const, 'activation', input.activation ?? tier.activation),
    deviceRule: 15,
    maintenanceUntil: input.maintenance === undefined ? undefined : parseExpiry(input.maintenance, now),
    versions: input.versions === undefined ? undefined : versionsFrom(input.versions),
    restrictions: restrictionsFrom(input.restrict ?? []),
    ...writeFeatures(quantities(tier.features, input.features)),
    limits: limits.size > 0 ? limits : undefined,
  }
}

/** What changes in a line that stands; absent stays as it was signed. */
export interface LineChange extends Omit<LineInput, 'product' | 'tier'> {
  /** Names of features and limits to take away. */
  readonly without?: readonly string[] | undefined
}

/**
 * The line with other terms. Devices that were never given follow the seats, as they did before.
 * @throws LicError INVALID_INPUT as `lineFrom`, and for a name in `without` that the line does not have
 */
export const lineWith = (old: Line, change: LineChange, now: number): Line => {
  const features = new Map([...featuresOf(old), ...quantities({}, change.features)])
  const limits = new Map([...(old.limits ?? []), ...quantities({}, change.limits)])
  for (const name of change.without ?? []) {
    if (features.delete(name) || limits.delete(name)) continue
    throw new LicError('INVALID_INPUT', `the line for ${old.product} has no feature or limit ${name}`, {
      hint: `it has: ${[...features.keys(), ...limits.keys()].join(', ')}`,
    })
  }
  const kind = oneOf(KINDS, 'kind', change.kind ?? old.kind)
  const metric = oneOf(METRICS, 'metric', change.metric ?? old.metric)
  const seats = change.seats ?? old.seats ?? 1
  const devices = change.devices ?? old.devices
  const { maintenance, versions, restrict } = change
  return {
    ...old,
    kind,
    metric,
    seats: seats === 1 ? undefined : seats,
    devices: devices === devicesOf({ metric, seats, devices: undefined }) ? undefined : devices,
    activation: oneOf(['none', 'required'] as const, 'activation', change.activation ?? old.activation),
    maintenanceUntil: maintenance === undefined ? old.maintenanceUntil : parseExpiry(maintenance, now),
    versions: versions === undefined ? old.versions : versionsFrom(versions),
    restrictions: restrict === undefined ? old.restrictions : restrictionsFrom(restrict),
    ...writeFeatures(inOrder(features)),
    limits: limits.size > 0 ? inOrder(limits) : undefined,
  }
}

/** Deterministic encoding sorts map keys itself; a list of names is in the order of the map. */
const inOrder = <V>(named: ReadonlyMap<string, V>): ReadonlyMap<string, V> =>
  new Map([...named].sort(([a], [b]) => (a < b ? -1 : 1)))

const oneOf = <const N extends readonly string[]>(names: N, what: string, value: string): N[number] => {
  if (names.includes(value)) return value
  const meant = nearest(value, names)
  throw new LicError('INVALID_INPUT', `${what} ${value} does not exist`, {
    hint: meant === undefined ? `one of: ${names.join(', ')}` : `did you mean ${meant}?`,
  })
}

/** The tier's, with what was asked laid over by name, in the order of names. */
const quantities = (
  base: PlainMap,
  asked: Readonly<Record<string, QuantityInput>> = {},
): ReadonlyMap<string, Quantity> => {
  const all = Object.entries({ ...base, ...asked }) as [string, Plain][]
  return new Map(all.filter(([, value]) => value !== false).map(([name, value]) => [name, quantity(value)] as const))
}

const quantity = (value: Plain): Quantity => {
  if (value === true) return { period: 'none', type: 'count' }
  if (typeof value === 'number') return { value, period: 'none', type: 'count' }
  const { value: number, period = 'none', type = 'count' } = value as { value?: number; period?: string; type?: string }
  return {
    ...(number !== undefined && { value: number }),
    period: oneOf(PERIODS, 'period', period),
    type: oneOf(VALUE_TYPES, 'type', type),
  }
}

/** A line as the ledger keeps it beside the signed bytes. */
export const lineData = (number: number, line: Line): LineData => ({
  number,
  product: line.product ?? '',
  tier: line.tier ?? '',
  kind: line.kind,
  metric: line.metric,
  seats: line.seats ?? 1,
  devices: devicesOf(line),
  activation: line.activation,
  expires: line.expires ?? null,
  maintenanceUntil: line.maintenanceUntil ?? null,
})
