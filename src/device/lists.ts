/**
 * Revocation lists on a device (FORMAT 11.4, 11.5): the newest of each sub is kept, none older is taken, and a compromised key
 * is never forgotten, whichever list a later one replaces.
 */

import { equal } from '../core/bytes.ts'
import type { Issuer, Trust } from '../core/chain.ts'
import { stands } from '../core/compromise.ts'
import { LicError } from '../core/errors.ts'
import type { TreeHead } from '../core/merkle.ts'
import type { Compromise, RevocationList } from '../core/revocation.ts'
import { bundlesUnder } from './bundles.ts'
import { compromisedFor, openLists } from './held.ts'
import type { State } from './state/content.ts'

export interface Taken {
  readonly state: State
  readonly taken: readonly RevocationList[]
  /** Lists that are not newer than what is kept. */
  readonly old: readonly RevocationList[]
  /** Of these the ones that are older, each with the one that is kept in its place. */
  readonly older: readonly { readonly given: RevocationList; readonly kept: RevocationList }[]
  /** Lists whose key was compromised. */
  readonly stolen: readonly RevocationList[]
}

/** @throws LicError as `readRevocationList` */
export const takeLists = async (
  state: State,
  offered: readonly Uint8Array[],
  trust: Trust,
  now: number,
): Promise<Taken> => {
  if (offered.length === 0) return { state, taken: [], old: [], older: [], stolen: [] }
  const { readRevocationList } = await import('../core/revocation.ts')
  const known = await openLists(state, trust)
  const compromised = compromisedFor(state, bundlesUnder(state, trust))
  const isSound = ({ issuer }: RevocationList): boolean => stands(issuer, compromised)
  const read = offered.map((bytes) => readRevocationList(bytes.slice(), { ...trust, now }))
  const stolen = read.filter((each) => !isSound(each))
  // What a thief may have published is no measure.
  const newer = ({ list, number }: RevocationList): boolean =>
    known.every((each) => each.list !== list || each.number < number || !isSound(each))
  const taken = read.filter((each) => isSound(each) && newer(each))
  const replaced = known.filter(({ list }) => taken.some((each) => each.list === list)).map(({ bytes }) => bytes)
  const old = read.filter((each) => !taken.includes(each) && !stolen.includes(each))
  const kept = state.lists.filter((bytes) => !replaced.some((each) => equal(each, bytes)))
  return {
    state: {
      ...state,
      lists: [...kept, ...taken.map(({ bytes }) => bytes)],
      compromised: taken.flatMap((each) => each.compromised).reduce(remembered, state.compromised),
      floor: taken.reduce((floor, { issuedAt }) => Math.max(floor, issuedAt), state.floor),
    },
    taken,
    old,
    older: old.flatMap((given) => {
      const newest = known.find(({ list, number }) => list === given.list && number > given.number)
      return newest === undefined ? [] : [{ given, kept: newest }]
    }),
    stolen,
  }
}

/** One more; of two cut-offs of one key the earlier counts. */
const remembered = (all: readonly Compromise[], entry: Compromise): readonly Compromise[] => {
  const known = all.find(([kid]) => equal(kid, entry[0]))
  if (known === undefined) return [...all, entry]
  return entry[1] < known[1] ? all.map((each) => (each === known ? entry : each)) : all
}

/** @throws LicError KEY_COMPROMISED: what is new under a stolen key is believed by nobody, unless the vendor's log holds it */
export const checkSound = (
  state: State,
  trust: Trust,
  issuer: Issuer,
  what: string,
  provenIn: readonly TreeHead[] = [],
): void => {
  if (stands(issuer, compromisedFor(state, bundlesUnder(state, trust)), undefined, provenIn)) return
  throw new LicError('KEY_COMPROMISED', `${what} was signed by a key that was compromised`, { stage: 'policy' })
}
