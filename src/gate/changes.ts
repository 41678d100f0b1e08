/**
 * When time alone changes how a product stands: the moments that a license, its lease, its freshness, its features and its
 * emergency code turn on are tried one after the other, and the first that changes something is the answer. Invariant:
 * between two looks nothing changes by time that was not foretold by the first.
 */

import { LicError } from '../core/errors.ts'
import { type Reading, TOLERANCE } from '../device/clock.ts'
import type { Status } from '../device/verbs/status.ts'
import type { GateState } from './states.ts'
import type { Entitlements } from './union.ts'
import { clockIn, type Look, type Standing, type View, viewOf } from './view.ts'

export interface Change {
  /** Unix seconds, as they count on this device. */
  readonly at: number
  /** From the look on. */
  readonly inSeconds: number
  readonly to: GateState
}

export interface Foretold {
  /** Another state. */
  readonly state: Change | undefined
  /** That, or a feature or limit that ends before. */
  readonly any: Change | undefined
}

const HOUR = 3600
const DAY = 86_400

/** What a view says that a product can notice. */
const signs = (given: Entitlements): string =>
  [...given].map(([name, { value, period }]) => `${name}=${value ?? ''}/${period}`).join()
export const isSame = (a: View, b: View): boolean =>
  a.state === b.state &&
  a.code === b.code &&
  signs(a.features) === signs(b.features) &&
  signs(a.limits) === signs(b.limits)

export const foretold = (look: Look, view: View, clock: Reading): Foretold => {
  const { found } = look
  if (found instanceof LicError) return { state: undefined, any: undefined }
  let any: Change | undefined
  for (const inSeconds of momentsOf(found, view.lines, clock)) {
    const then = clockIn(clock, inSeconds)
    const next = viewOf(look, then)
    if (isSame(view, next)) continue
    const change = { at: then.now, inSeconds, to: next.state }
    any ??= change
    if (next.state !== view.state) return { state: change, any }
  }
  return { state: undefined, any }
}

/** Seconds from now on, ascending. */
const momentsOf = ({ situation }: Status, lines: readonly Standing[], clock: Reading): readonly number[] => {
  const times = lines.flatMap(({ held, line, judgement }) => {
    const { license, installed } = held
    const first = installed.firstActivatedAt
    const term = license.term !== undefined && first !== undefined ? first + license.term * HOUR : undefined
    const ends = [license.expires, line.expires, term].flatMap((each) => (each === undefined ? [] : [each]))
    const words = [license.issuedAt, ...situation.lists.map(({ issuedAt }) => issuedAt)]
    const { fresh } = line
    return [
      license.starts,
      ...ends,
      ...ends.map((end) => end + line.grace * HOUR),
      ...(fresh === undefined ? [] : words.map((word) => word + fresh * DAY + 1)),
      ...held.activations.map(({ answer }) => answer.expires),
      judgement.emergency?.until,
      ...[...line.features.values(), ...(line.limits?.values() ?? [])].map(({ expires }) => expires),
    ].flatMap((each) => (each === undefined ? [] : [each]))
  })
  // A clock that is behind does not bring time to pass: it is right again first.
  const right = clock.state === 'behind' ? [clock.floor - TOLERANCE - clock.shown] : []
  const from = clock.state === 'counted' ? clock.now : clock.shown
  return [...new Set([...right, ...times.map((time) => time - from)])].filter((each) => each > 0).sort((a, b) => a - b)
}
