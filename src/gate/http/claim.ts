/**
 * What a product's own token says of its license: a claim for pages and other services, made from the license that was verified.
 * It is a copy of one moment, and no right: whoever serves a request asks the gate. Invariant: the key in it is masked, as tokens
 * lie in browsers and in logs.
 */

import type { Current } from '../current.ts'
import type { Gate } from '../gate.ts'
import type { GateState } from '../states.ts'

export interface LicenseClaim {
  /** Masked; null where there is no license. */
  readonly key: string | null
  readonly tier: string | null
  readonly tier_name: string | null
  /** ISO 8601, UTC; null = never, or no license. */
  readonly expiry_date: string | null
  /** Those that are on, in order of their names; none while the gate is closed. */
  readonly features: readonly string[]
  /** 0 = unlimited; what is absent is not granted. */
  readonly limits: Readonly<Record<string, number>>
  readonly status: GateState
}

export const isoOf = (at: number | undefined): string | null =>
  at === undefined ? null : new Date(at * 1000).toISOString().replace('.000Z', 'Z')

/** When a license that stands ends, or one that does not stand has ended. */
export const endOf = ({ open, ends, license }: Current): number | undefined => (open ? ends : license?.expires)

/** @param gate or what it said of itself: `gate.current()` */
export const licenseClaim = (gate: Pick<Gate, 'current'> | Current): LicenseClaim => {
  const current = 'state' in gate ? gate : gate.current()
  const { license, features, limits, state } = current
  return {
    key: license?.masked ?? null,
    tier: license?.tier ?? null,
    tier_name: license?.tierTitle ?? null,
    expiry_date: isoOf(endOf(current)),
    features: [...features.keys()].sort(),
    // An own property whatever its name is: names come from licenses.
    limits: Object.fromEntries(
      [...limits].flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])),
    ),
    status: state,
  }
}
