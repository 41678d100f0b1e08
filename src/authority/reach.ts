/**
 * How far a signed license reaches after it was withdrawn: what no list can call back until it ends by itself. Said to
 * whoever revokes, because a revocation is a message and not a remote control.
 */

import type { License, Line } from '../core/license.ts'
import { endOf, lastEnd } from './line-ends.ts'

const HOUR = 3600
const DAY = 24 * HOUR

export interface Reach {
  /** The latest second at which a device that never sees another list still runs; null: for ever. */
  readonly until: number | null
  /** What ends it then: its own end with the grace, or the age that lists may have. */
  readonly by: 'end' | 'fresh' | null
}

/** @param lines those that are withdrawn */
export const reachOf = (license: License, lines: readonly Line[], now: number): Reach => {
  const { grace, fresh } = license
  const end = lastEnd(lines.map((line) => endOf(license, line)))
  const ownEnd = end === undefined ? Number.POSITIVE_INFINITY : end + grace * HOUR
  // A list may be taken in until the moment before the revocation is published.
  const stale = fresh === undefined ? Number.POSITIVE_INFINITY : now + fresh * DAY
  const until = Math.min(ownEnd, stale)
  if (until === Number.POSITIVE_INFINITY) return { until: null, by: null }
  return { until, by: stale < ownEnd ? 'fresh' : 'end' }
}
