/**
 * What a new revision says differently, term by term, and whether it takes something away. What only adds keeps its place
 * in the revocation lists; what takes away gets a new place, and the old revision is revoked (DESIGN: revisions).
 */

import { devicesOf, featuresOf, type License, type Line, type Quantity, seatsOf } from '../core/license.ts'
import { endsOf } from './line-ends.ts'
import { coversAsMany, holdsAsFar, restrictionsText, versionsText } from './where.ts'

export interface Difference {
  /** Null: the license as a whole. */
  readonly line: number | null
  readonly product: string | null
  /** The term: `seats`, `feature webhook_support`. */
  readonly what: string
  /** Text or number as it is signed, times in unix seconds; null: absent. */
  readonly before: string | number | null
  readonly after: string | number | null
  readonly takes: boolean
}

type Value = string | number | undefined
type Found = Omit<Difference, 'line' | 'product'>

const differ = (what: string, before: Value, after: Value, takes: boolean): readonly Found[] =>
  before === after ? [] : [{ what, before: before ?? null, after: after ?? null, takes }]

/** 0 is unlimited. */
const amount = (value: number): number => (value === 0 ? Number.POSITIVE_INFINITY : value)
/** Absent is without end. */
const end = (value: number | undefined): number => value ?? Number.POSITIVE_INFINITY

const quantityText = ({ value, period, type, expires }: Quantity): string =>
  [value ?? 'on', ...(period === 'none' ? [] : [`/${period}`]), ...(type === 'count' ? [] : [` ${type}`])].join('') +
  (expires === undefined ? '' : ` until ${expires}`)

/** A feature that is on and one with a number are not the same thing: only equal kinds are compared. */
const reaches = (after: Quantity | undefined, before: Quantity): boolean =>
  after !== undefined &&
  after.period === before.period &&
  after.type === before.type &&
  end(after.expires) >= end(before.expires) &&
  (before.value === undefined
    ? after.value === undefined
    : after.value !== undefined && amount(after.value) >= amount(before.value))

const named = (
  kind: 'feature' | 'limit',
  before: ReadonlyMap<string, Quantity>,
  after: ReadonlyMap<string, Quantity>,
): readonly Found[] =>
  [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const old = before.get(name)
    const next = after.get(name)
    const taken = old !== undefined && !reaches(next, old)
    return differ(`${kind} ${name}`, old && quantityText(old), next && quantityText(next), taken)
  })

/** Kinds that every other may turn into without losing anything. */
const FULL_KINDS: readonly string[] = ['subscription', 'perpetual']

/** Kinds that are given to be tried: nobody loses a trial by buying. */
export const TRIALS: readonly string[] = ['trial', 'evaluation']

const ofLine = (before: Line, after: Line): readonly Found[] => {
  const bought = TRIALS.includes(before.kind) && FULL_KINDS.includes(after.kind)
  const below = new Set([...(after.ladder ?? []), after.tier])
  const steps = [...(before.ladder ?? []), before.tier]
  return [
    ...differ('tier', before.tier, after.tier, !bought && !below.has(before.tier)),
    ...differ(
      'tiers below',
      before.ladder?.join(', '),
      after.ladder?.join(', '),
      steps.some((step) => !below.has(step) && !(bought && step === before.tier)),
    ),
    ...differ('kind', before.kind, after.kind, !FULL_KINDS.includes(after.kind)),
    ...differ('metric', before.metric, after.metric, true),
    ...differ('seats', seatsOf(before), seatsOf(after), amount(seatsOf(after)) < amount(seatsOf(before))),
    ...differ('devices', devicesOf(before), devicesOf(after), amount(devicesOf(after)) < amount(devicesOf(before))),
    ...differ('activation', before.activation, after.activation, after.activation === 'required'),
    ...differ(
      'maintenance',
      before.maintenanceUntil,
      after.maintenanceUntil,
      end(after.maintenanceUntil) < end(before.maintenanceUntil),
    ),
    ...differ(
      'versions',
      versionsText(before.versions),
      versionsText(after.versions),
      !coversAsMany(before.versions, after.versions),
    ),
    ...differ(
      'restricted to',
      restrictionsText(before.restrictions),
      restrictionsText(after.restrictions),
      !holdsAsFar(before.restrictions, after.restrictions),
    ),
    ...named('feature', featuresOf(before), featuresOf(after)),
    ...named('limit', before.limits ?? new Map(), after.limits ?? new Map()),
  ]
}

const ofLicense = (before: License, after: License): readonly Found[] => [
  ...differ('licensee', before.licensee?.name, after.licensee?.name, false),
  ...differ('grace', before.grace, after.grace, after.grace < before.grace),
  ...differ('fresh', before.fresh, after.fresh, end(after.fresh) < end(before.fresh)),
  ...differ(
    'emergency',
    before.anchor && 'codes can be given',
    after.anchor && 'codes can be given',
    after.anchor === undefined,
  ),
]

/**
 * Ends are compared line by line, since a license that ends with another of its lines takes nothing from the others. Where
 * no line has an end of its own it is said once, of the license.
 */
const ofEnds = (before: License, after: License): readonly (Found & { readonly line: number | null })[] => {
  const common = [...before.lines.keys()].filter((number) => after.lines.has(number))
  const [was, is] = [endsOf(before), endsOf(after)]
  const whole = common.every((n) => was.get(n) === before.expires && is.get(n) === after.expires)
  const found = (line: number | null, old: number | undefined, next: number | undefined) =>
    differ('expires', old, next, end(next) < end(old)).map((each) => ({ ...each, line }))
  if (whole) return found(null, before.expires, after.expires)
  return common.flatMap((number) => found(number, was.get(number), is.get(number)))
}

/** In the order in which a license is read: as a whole, then line by line. */
export const differences = (before: License, after: License): readonly Difference[] => {
  const ends = ofEnds(before, after)
  const whole = [...ofLicense(before, after), ...ends.filter(({ line }) => line === null)].map((found) => ({
    ...found,
    line: null,
    product: null,
  }))
  const numbers = [...new Set([...before.lines.keys(), ...after.lines.keys()])].sort((a, b) => a - b)
  const lines = numbers.flatMap((line) => {
    const old = before.lines.get(line)
    const next = after.lines.get(line)
    const product = (old ?? next)?.product ?? null
    const found =
      old && next
        ? [...ends.filter((each) => each.line === line), ...ofLine(old, next)]
        : differ('product', old?.product, next?.product, next === undefined)
    return found.map((each) => ({ ...each, line, product }))
  })
  return [...whole, ...lines]
}
