/**
 * Revocation lists on a device (FORMAT 11.4, 11.5): the newest of each sub is kept, none older is taken, and a compromised key
 * is never forgotten, whichever list a later one replaces.
 */

import { equal } from '../core/bytes.ts'
import type { Issuer, Trust } from '../core/chain.ts'
import { LicError } from '../core/errors.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { State } from './state/content.ts'

export interface Taken {
  readonly state: State
  readonly taken: readonly RevocationList[]
  /** Lists that are not newer than what is kept. */
  readonly old: readonly RevocationList[]
}

/** @throws LicError as `readRevocationList` */
export const takeLists = async (
  state: State,
  known: readonly RevocationList[],
  offered: readonly Uint8Array[],
  trust: Trust,
  now: number,
): Promise<Taken> => {
  if (offered.length === 0) return { state, taken: [], old: [] }
  const { readRevocationList } = await import('../core/revocation.ts')
  const read = offered.map((bytes) => readRevocationList(bytes.slice(), { ...trust, now }))
  const newer = ({ list, number }: RevocationList): boolean =>
    known.every((each) => each.list !== list || each.number < number)
  const taken = read.filter(newer)
  const kept = known.filter(({ list }) => !taken.some((each) => each.list === list))
  const compromised = taken
    .flatMap((each) => each.compromised)
    .filter(([kid], i, all) => all.findIndex(([other]) => equal(kid, other)) === i)
    .filter(([kid]) => !state.compromised.some(([other]) => equal(kid, other)))
  return {
    state: {
      ...state,
      lists: [...kept, ...taken].map(({ bytes }) => bytes),
      compromised: [...state.compromised, ...compromised],
      floor: taken.reduce((floor, { issuedAt }) => Math.max(floor, issuedAt), state.floor),
    },
    taken,
    old: read.filter((each) => !taken.includes(each)),
  }
}

/** Whether a key of the chain is known to be stolen. */
export const isStolen = ({ compromised }: Pick<State, 'compromised'>, { keys }: Issuer): boolean =>
  keys.some((key) => compromised.some(([kid]) => equal(kid, key.kid)))

/** @throws LicError KEY_COMPROMISED: what is new under a stolen key is believed by nobody */
export const checkSound = (state: Pick<State, 'compromised'>, issuer: Issuer, what: string): void => {
  if (!isStolen(state, issuer)) return
  throw new LicError('KEY_COMPROMISED', `${what} was signed by a key that was compromised`, { stage: 'policy' })
}
