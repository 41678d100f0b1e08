/**
 * What is installed, opened: each license with its answers and lists, all verified again from the bytes that were signed. The
 * state is a file that its owner may edit; nothing in it is believed that a signature can tell.
 */

import { type Activation, type Answers, type DeviceAnchor, type Extension, openAnswer } from '../core/answers.ts'
import { equal } from '../core/bytes.ts'
import type { Issuer, Trust } from '../core/chain.ts'
import { stands } from '../core/compromise.ts'
import { open, type Signed } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey, type PublicKey } from '../core/keys.ts'
import { provenHeads } from '../core/log-proof.ts'
import type { TreeHead } from '../core/merkle.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { GrantedLicense } from '../core/rights.ts'
import { type TrustBundle, withBundles, withoutLifted } from '../core/trust-bundle.ts'
import { authenticate } from '../core/verify.ts'
import { bundlesUnder } from './bundles.ts'
import type { Active, Installed, State } from './state/content.ts'

/** An installed license, verified. */
export interface Held {
  readonly installed: Installed
  /** As it counts: with the end that an extension gave it. */
  readonly license: GrantedLicense
  /** As it was signed. */
  readonly signed: Signed
  readonly issuer: Issuer
  /** False: a key of its chain was compromised, it was installed after that, and no proof was (FORMAT 11.4). */
  readonly sound: boolean
  readonly extension: Extension | undefined
  readonly activations: readonly HeldActivation[]
  readonly anchors: readonly DeviceAnchor[]
  readonly trust: Trust
  /** What the roots said since. */
  readonly bundles: readonly TrustBundle[]
}

export interface HeldActivation {
  readonly kept: Active
  readonly answer: Activation
  /** False: its key was compromised, and it was taken in after that (FORMAT 11.4). */
  readonly sound: boolean
}

/** The trust of a license: the roots it was installed under, every certificate that is at hand, and what bundles say. */
export const trustOf = (state: State, roots: readonly Uint8Array[]): Trust => {
  const trust = { roots: roots.map(keyOf), certificates: certificatesIn(state) }
  return withBundles(trust, bundlesUnder(state, trust))
}

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
  const bundles = bundlesUnder(state, trust)
  const compromised = compromisedFor(state, bundles)
  const { license, signed, issuer } = authenticate(installed.license, trust)
  const answer = <N extends keyof Answers>(name: N, bytes: Uint8Array) => openAnswer(name, bytes, trust, license)
  const extended = installed.extension && answer('extension', installed.extension)
  const counts =
    extended?.answer.revision === license.revision && stands(extended.issuer, compromised, installed.extendedAt)
      ? extended.answer
      : undefined
  return {
    installed,
    signed,
    issuer,
    sound: stands(issuer, compromised, installed.installedAt, provenFor(installed, trust, compromised)),
    trust,
    bundles,
    license: counts ? { ...license, expires: counts.expires } : license,
    extension: counts,
    activations: installed.active.map((kept) => {
      const { answer: value, issuer: by } = answer('activation', kept.object)
      return { kept, answer: value, sound: stands(by, compromised, kept.at) }
    }),
    anchors: installed.anchors
      .map((bytes) => answer('deviceAnchor', bytes))
      .filter((each) => stands(each.issuer, compromised))
      .map((each) => each.answer)
      .filter(({ revision }) => revision === license.revision),
  }
}

/** The heads in which what was kept proves it to stand. */
const provenFor = (
  { license, proofs = [] }: Installed,
  trust: Trust,
  compromised: State['compromised'],
): readonly TreeHead[] => {
  if (proofs.length === 0 || compromised.length === 0) return []
  try {
    return provenHeads(license, { trust, proofs: proofs.map((text) => new TextDecoder().decode(text)), compromised })
  } catch (error) {
    // It was checked when it came, against what was known then; what it leads to may be vouched for no more.
    if (error instanceof LicError) return []
    throw error
  }
}

/** The compromised keys that this device knows of, without those that a bundle lifts. */
export const compromisedFor = (
  { compromised }: Pick<State, 'compromised'>,
  bundles: readonly TrustBundle[],
): State['compromised'] => withoutLifted([{ compromised }], bundles)[0]?.compromised ?? []

/** Far enough ahead that a list which was taken in is not refused for the clock of today. */
const ANY_TIME = 0xffffffff

/**
 * The lists that were taken in and that these roots vouch for: what was installed under others may be gone. What they say of
 * keys is remembered by itself, and asked for by license.
 */
export const openLists = async (state: State, trust: Trust): Promise<readonly RevocationList[]> => {
  if (state.lists.length === 0) return []
  const { readRevocationList } = await import('../core/revocation.ts')
  return state.lists.flatMap((bytes) => {
    try {
      return [{ ...readRevocationList(bytes, { ...trust, now: ANY_TIME }), compromised: [] }]
    } catch (error) {
      if (error instanceof LicError && error.code === 'UNKNOWN_KEY') return []
      throw error
    }
  })
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
      return [{ ...readRevocationList(bytes, { ...trust, now: ANY_TIME }), compromised: [] }]
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
