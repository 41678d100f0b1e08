/**
 * What several licenses for one product come to together: features joined, of a limit the larger, and of each who gives it.
 * Pure. Invariant: a license that does not stand gives nothing, and a feature or limit is gone with its own end.
 */

import type { Quantity } from '../core/license.ts'
import type { GrantedLine } from '../core/rights.ts'

/** A feature or limit that counts. */
export interface Entitlement {
  /** Undefined: just on; 0: unlimited. */
  readonly value: number | undefined
  readonly period: Quantity['period']
  readonly type: Quantity['type']
  /** When it ends by itself, unix seconds. */
  readonly expires: number | undefined
  /** The license that gives it, by its masked key; `free` in the free mode. */
  readonly from: string
}
export type Entitlements = ReadonlyMap<string, Entitlement>

/** A line that stands, with the name of its license. */
export interface Giving {
  readonly line: GrantedLine
  readonly from: string
}

/** Seconds of the periods that can be compared. */
const SECONDS: Partial<Record<Quantity['period'], number>> = { hour: 3600, day: 86_400, month: 30 * 86_400 }

/** Of something that is just on there is no end, as of what is written 0. */
const worth = ({ value }: Entitlement): number => value || Number.POSITIVE_INFINITY

/** Whether the second gives more. What cannot be compared stays as the first has it. */
const isMore = (a: Entitlement, b: Entitlement): boolean => {
  const [has, gives] = [worth(a), worth(b)]
  if (a.period === b.period || !Number.isFinite(has) || !Number.isFinite(gives)) return gives > has
  const [of, than] = [SECONDS[a.period], SECONDS[b.period]]
  // As much again and again is more than once and for all.
  if (a.period === 'total') return than !== undefined && gives >= has
  return of !== undefined && than !== undefined && gives / than > has / of
}

/** Of lines in order of rank, at a time (unix seconds). */
export const united = (
  lines: readonly Giving[],
  of: (line: GrantedLine) => ReadonlyMap<string, Quantity> | undefined,
  at: number,
): Entitlements => {
  const all = new Map<string, Entitlement>()
  for (const { line, from } of lines) {
    for (const [name, { value, period, type, expires }] of of(line) ?? []) {
      if (expires !== undefined && at >= expires) continue
      const next: Entitlement = { value, period, type, expires, from }
      const known = all.get(name)
      if (known === undefined || isMore(known, next)) all.set(name, next)
    }
  }
  return all
}

/** The greatest of numbers of which 0 is unlimited. */
export const greatest = (values: readonly number[]): number => (values.includes(0) ? 0 : Math.max(...values))
