/**
 * What is installed, opened: each license with its answers and lists, all verified again from the bytes that were signed. The
 * state is a file that its owner may edit; nothing in it is believed that a signature can tell.
 */

import { type Activation, type Answers, type DeviceAnchor, type Extension, openAnswer } from '../core/answers.ts'
import { equal } from '../core/bytes.ts'
import type { Issuer, Trust } from '../core/chain.ts'
import { open, type Signed } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey, type PublicKey } from '../core/keys.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { GrantedLicense } from '../core/rights.ts'
import { authenticate } from '../core/verify.ts'
import type { Active, Installed, State } from './state/content.ts'

/** An installed license, verified. */
export interface Held {
  readonly installed: Installed
  /** As it counts: with the end that an extension gave it. */
  readonly license: GrantedLicense
  /** As it was signed. */
  readonly signed: Signed
  readonly issuer: Issuer
  readonly extension: Extension | undefined
  readonly activations: readonly { readonly kept: Active; readonly answer: Activation }[]
  readonly anchors: readonly DeviceAnchor[]
  readonly trust: Trust
}

/** The trust of a license: the roots it was installed under, and every certificate that is at hand. */
export const trustOf = (state: State, roots: readonly Uint8Array[]): Trust => ({
  roots: roots.map(keyOf),
  certificates: certificatesIn(state),
})

/** Keys are checked points; each is checked once a process. */
const keys = new Map<string, PublicKey>()
const keyOf = (bytes: Uint8Array): PublicKey => {
  const name = bytes.join()
  const known = keys.get(name) ?? importPublicKey(bytes)
  keys.set(name, known)
  return known
}

/** Every root that anything here was installed under. */
export const rootsIn = (state: State): readonly Uint8Array[] => distinct(state.licenses.flatMap(({ roots }) => roots))

const certificatesIn = (state: State): readonly Uint8Array[] =>
  distinct(
    state.licenses.flatMap(({ license, certificates, active }) => [
      ...certificates,
      ...[license, ...active.map(({ object }) => object)].flatMap((each) => open(each).chain?.slice() ?? []),
    ]),
  )

export const distinct = (all: readonly Uint8Array[]): readonly Uint8Array[] =>
  all.filter((each, i) => all.findIndex((other) => equal(each, other)) === i)

/** @throws LicError as `verify` does, for a state that holds what does not verify */
export const openHeld = (state: State, installed: Installed, roots = installed.roots): Held => {
  const trust = trustOf(state, roots)
  const { license, signed, issuer } = authenticate(installed.license, trust)
  const answer = <N extends keyof Answers>(name: N, bytes: Uint8Array): Answers[N] =>
    openAnswer(name, bytes, trust, license).answer
  const extension = installed.extension && answer('extension', installed.extension)
  const counts = extension?.revision === license.revision ? extension : undefined
  return {
    installed,
    signed,
    issuer,
    trust,
    license: counts ? { ...license, expires: counts.expires } : license,
    extension: counts,
    activations: installed.active.map((kept) => ({ kept, answer: answer('activation', kept.object) })),
    anchors: installed.anchors
      .map((bytes) => answer('deviceAnchor', bytes))
      .filter(({ revision }) => revision === license.revision),
  }
}

/** Far enough ahead that a list which was taken in is not refused for the clock of today. */
const ANY_TIME = 0xffffffff

/** The lists that were taken in, each with every compromised key that was ever named. */
export const openLists = async (state: State): Promise<readonly RevocationList[]> => {
  if (state.lists.length === 0) return []
  const { readRevocationList } = await import('../core/revocation.ts')
  const trust = trustOf(state, rootsIn(state))
  return state.lists.map((bytes) => ({
    ...readRevocationList(bytes, { ...trust, now: ANY_TIME }),
    compromised: state.compromised,
  }))
}

/** What does not verify under the roots of a product, and why. */
export interface Unopened {
  readonly installed: Installed
  readonly error: LicError
}

export interface Believed {
  readonly held: readonly Held[]
  readonly lists: readonly RevocationList[]
  readonly unopened: readonly Unopened[]
}

/**
 * What a product believes of a state: that which verifies under the roots that it embeds, whatever roots were named when it was
 * installed. What does not is left aside, for others may keep their licenses in the same place.
 */
export const openUnder = async (state: State, roots: readonly Uint8Array[]): Promise<Believed> => {
  const unopened: Unopened[] = []
  const held = state.licenses.flatMap((installed) => {
    try {
      return [openHeld(state, installed, roots)]
    } catch (error) {
      if (!(error instanceof LicError)) throw error
      unopened.push({ installed, error })
      return []
    }
  })
  if (state.lists.length === 0) return { held, unopened, lists: [] }
  const { readRevocationList } = await import('../core/revocation.ts')
  const trust = trustOf(state, roots)
  const lists = state.lists.flatMap((bytes) => {
    try {
      return [{ ...readRevocationList(bytes, { ...trust, now: ANY_TIME }), compromised: state.compromised }]
    } catch (error) {
      if (!(error instanceof LicError)) throw error
      return []
    }
  })
  return { held, unopened, lists }
}

/** The latest time of anything signed that is installed. */
export const signedAt = (held: readonly Held[]): number =>
  held.reduce(
    (latest, { license, extension, activations }) =>
      Math.max(latest, license.issuedAt, extension?.issuedAt ?? 0, ...activations.map(({ answer }) => answer.issuedAt)),
    0,
  )

/** Everything in a state, opened. */
export const openAll = (state: State): readonly Held[] => state.licenses.map((each) => openHeld(state, each))

/** The only one, or the one whose key begins so. @throws LicError LICENSE_MISSING, NOT_FOUND, AMBIGUOUS */
export const pick = (all: readonly Held[], matches: ((held: Held) => boolean) | undefined): Held => {
  if (all.length === 0) throw new LicError('LICENSE_MISSING', 'no license is installed here')
  const found = matches ? all.filter(matches) : all
  const [first] = found
  if (first === undefined) {
    throw new LicError('NOT_FOUND', 'no license with this key is installed here', {
      hint: 'lic status shows what is installed',
    })
  }
  if (found.length === 1) return first
  throw new LicError('AMBIGUOUS', `${found.length} licenses are installed that this fits`, {
    hint: 'name one by its key: lic status shows them',
  })
}
