/**
 * How a product stands at one moment: the judgement of each line for it, by the one judge that `lic status` asks too, then where
 * the license holds and how large the machine may be, and what of it all the product is told. Pure: the same look gives the
 * same view, and a view of a later moment tells what time alone will change.
 */

import { maskKey } from '../core/codes/license-key.ts'
import { open } from '../core/cose.ts'
import { type ErrorCode, LicError } from '../core/errors.ts'
import { readLicense } from '../core/license.ts'
import type { GrantedLine } from '../core/rights.ts'
import { type Reading, TOLERANCE } from '../device/clock.ts'
import type { Held, Unopened } from '../device/held.ts'
import { type Judgement, judge } from '../device/judge.ts'
import type { Status } from '../device/verbs/status.ts'
import type { Host } from './host.ts'
import type { FreeMode, GateFacts } from './options.ts'
import { restrictionOf } from './restrictions.ts'
import { type GateState, STATE_NAMES, STATES, stateOf } from './states.ts'
import { type Entitlements, greatest, united } from './union.ts'

/** What was found at one look. */
export interface Look {
  readonly product: string
  /** Or why nothing could be found. */
  readonly found: Status | LicError
  readonly facts: GateFacts
  readonly host: Host
  readonly free: FreeMode | undefined
}

/** One line for the product, and how it stands. */
export interface Standing {
  readonly held: Held
  readonly line: GrantedLine
  readonly state: GateState
  readonly code: ErrorCode | undefined
  readonly reason: string
  /** Unix seconds: when a line that stands ends, or what a refusal turns on. */
  readonly at: number | undefined
  readonly graceEnds: number | undefined
  readonly judgement: Judgement
}

export interface View {
  readonly state: GateState
  readonly code: ErrorCode | undefined
  readonly reason: string
  readonly at: number | undefined
  readonly graceEnds: number | undefined
  readonly open: boolean
  /** Whether the product was ever opened on this device by what is installed. */
  readonly begun: boolean
  readonly free: boolean
  /** Best first; those that stand are before the others. */
  readonly lines: readonly Standing[]
  readonly features: Entitlements
  readonly limits: Entitlements
  /** 0 = unlimited. */
  readonly seats: number
}

const NOTHING = { features: new Map(), limits: new Map(), seats: 0, lines: [], free: false, open: false } as const

/** @param clock as it is then */
export const viewOf = (look: Look, clock: Reading): View => {
  const { found, free } = look
  if (found instanceof LicError) return refused(found.code, found.message, true)
  const lines = standings(look, found, clock)
  const standing = lines.filter(({ state }) => STATES[state].opens)
  const [first] = lines
  if (first === undefined) return freely(absent(look.product, found), free)
  if (standing.length === 0) {
    return { ...NOTHING, ...pick(first), lines, begun: lines.some(hasBegun) }
  }
  const giving = standing.map(({ line, held }) => ({ line, from: maskedOf(held) }))
  return {
    // Of those in the best state it is the one that ends last.
    ...pick(first),
    open: true,
    begun: true,
    free: false,
    lines,
    features: united(giving, ({ features }) => features, clock.now),
    limits: united(giving, ({ limits }) => limits, clock.now),
    seats: greatest(standing.map(({ line }) => line.seats)),
  }
}

const pick = ({ state, code, reason, at, graceEnds }: Standing) => ({ state, code, reason, at, graceEnds })

const maskedOf = ({ license: { prefix, cti } }: Held): string => maskKey(prefix, cti)

/** A place was taken on this device, or none had to be. */
const hasBegun = ({ held, line }: Standing): boolean =>
  held.installed.firstActivatedAt !== undefined || line.activation === 'none'

const refused = (code: ErrorCode, reason: string, begun: boolean): View => ({
  ...NOTHING,
  state: stateOf(code),
  code,
  reason,
  at: undefined,
  graceEnds: undefined,
  begun,
})

/** No license for the product: something that cannot be believed, those of other products, or none. */
const absent = (product: string, { situation: { held, unopened } }: Status): View => {
  const bad = unopened.find((each) => isFor(product, each))
  if (bad) return refused(bad.error.code, bad.error.message, false)
  if (held.length === 0) return refused('LICENSE_MISSING', 'no license is installed here', false)
  const products = held.flatMap(({ license }) => [...license.lines.values()].map((line) => line.product))
  return refused('WRONG_PRODUCT', `what is installed is for ${[...new Set(products)].join(', ')}`, false)
}

/** Whether what does not verify says that it is for the product. One of other roots that does not is another vendor's. */
const isFor = (product: string, { installed, error }: Unopened): boolean => {
  try {
    const { lines } = readLicense(open(installed.license))
    return [...lines.values()].some((line) => line.product === product) || error.code !== 'UNKNOWN_KEY'
  } catch (cause) {
    if (cause instanceof LicError) return true
    throw cause
  }
}

/** What everybody may do; only without any license for the product, never with one that does not stand. */
const freely = (view: View, free: FreeMode | undefined): View => {
  if (free === undefined || (view.state !== 'missing' && view.state !== 'wrong-product')) return view
  const given = { type: 'count', expires: undefined, from: 'free' } as const
  return {
    ...view,
    open: true,
    free: true,
    features: new Map(free.features.map((name) => [name, { ...given, value: undefined, period: 'none' }])),
    limits: new Map([...free.limits].map(([name, limit]) => [name, { ...given, ...limit }])),
  }
}

const standings = (look: Look, { lines, situation }: Status, clock: Reading): readonly Standing[] => {
  const granted = new Map(lines.map(({ held, judgement }) => [held, judgement.emergency]))
  const around = { ...situation.around, clock, granted }
  return lines
    .map(({ held, line }) => standingOf(look, held, line, judge(held, line, around)))
    .sort((a, b) => STATE_NAMES.indexOf(a.state) - STATE_NAMES.indexOf(b.state) || endOf(b) - endOf(a))
}

const endOf = ({ at }: Standing): number => at ?? Number.MAX_SAFE_INTEGER

const standingOf = (look: Look, held: Held, line: GrantedLine, judgement: Judgement): Standing => {
  const base = { held, line, judgement }
  const no = (code: ErrorCode, reason: string, at?: number): Standing => ({
    ...base,
    state: stateOf(code),
    code,
    reason,
    at,
    graceEnds: undefined,
  })
  if (!judgement.ok) return no(judgement.code, judgement.reason, judgement.at)
  const restricted = restrictionOf(line.restrictions, look.facts, look.facts.perRequest)
  if (restricted !== undefined) return no('RESTRICTED', restricted)
  const { metric, seats } = line
  if ((metric === 'cpu' || metric === 'core') && seats !== 0 && look.host[metric] > seats) {
    const many = (count: number): string =>
      `${count} ${metric === 'cpu' ? 'processor' : 'core'}${count === 1 ? '' : 's'}`
    return no('SEATS_EXHAUSTED', `it is for ${many(seats)}, and this machine has ${many(look.host[metric])}`)
  }
  const { state, ends, graceEnds, emergency } = judgement
  const at = state === 'emergency' ? emergency?.until : ends
  return { ...base, state, code: undefined, reason: '', at, graceEnds }
}

/** The clock as it will be when so many seconds have passed. */
export const clockIn = (clock: Reading, seconds: number): Reading => {
  const shown = clock.shown + seconds
  if (clock.state === 'counted') {
    const now = clock.now + seconds
    return { ...clock, shown, now, floor: now }
  }
  if (shown < clock.floor - TOLERANCE) return { ...clock, shown }
  const now = Math.max(shown, clock.floor)
  return { ...clock, shown, now, floor: now, state: 'right' }
}
