/**
 * Trust bundles on a device (FORMAT 7.2): the newest of each root is kept, and none older is taken. They count for the licenses
 * of the roots that signed them, and for no others.
 */

import { equal } from '../core/bytes.ts'
import type { Trust } from '../core/chain.ts'
import { LicError } from '../core/errors.ts'
import { readTrustBundle, type TrustBundle } from '../core/trust-bundle.ts'
import type { State } from './state/content.ts'

/** Far enough ahead that a bundle which was taken in is not refused for the clock of today. */
const ANY_TIME = 0xffffffff

/** Those that were taken in and that these roots vouch for. */
export const bundlesUnder = ({ bundles = [] }: Pick<State, 'bundles'>, trust: Trust): readonly TrustBundle[] =>
  bundles.flatMap((bytes) => {
    try {
      return readTrustBundle(bytes, { ...trust, now: ANY_TIME })
    } catch (error) {
      if (error instanceof LicError && error.code === 'UNKNOWN_KEY') return []
      throw error
    }
  })

export interface TakenBundles {
  readonly state: State
  readonly taken: readonly TrustBundle[]
  /** Those that are not newer than what is kept. */
  readonly old: readonly TrustBundle[]
}

/** @throws LicError as `readTrustBundle` */
export const takeBundles = (state: State, offered: readonly Uint8Array[], trust: Trust, now: number): TakenBundles => {
  if (offered.length === 0) return { state, taken: [], old: [] }
  const known = bundlesUnder(state, trust)
  const read = offered.map((bytes) => readTrustBundle(bytes.slice(), { ...trust, now }))
  const taken = read.filter((each) => known.every((other) => !sameRoot(each, other) || other.version < each.version))
  const replaced = known.filter((each) => taken.some((other) => sameRoot(each, other))).map(({ bytes }) => bytes)
  const kept = (state.bundles ?? []).filter((bytes) => !replaced.some((each) => equal(each, bytes)))
  const bundles = [...kept, ...taken.map(({ bytes }) => bytes)]
  return {
    state: {
      ...state,
      ...(bundles.length > 0 && { bundles }),
      floor: taken.reduce((floor, { issuedAt }) => Math.max(floor, issuedAt), state.floor),
    },
    taken,
    old: read.filter((each) => !taken.includes(each)),
  }
}

const sameRoot = (a: TrustBundle, b: TrustBundle): boolean => equal(a.issuer.key.bytes, b.issuer.key.bytes)
