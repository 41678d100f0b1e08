/**
 * Taking a license in (FORMAT 8.8): verified up to the roots that were named, never a lower revision than the installed one,
 * and a higher one only when its signer's rights also cover what is installed. Lists and trust bundles are taken in too.
 */

import { concat, equal, utf8 } from '../../core/bytes.ts'
import { LIST_LIMITS } from '../../core/cbor.ts'
import type { Issuer, Trust } from '../../core/chain.ts'
import { stands } from '../../core/compromise.ts'
import { objectHash, open } from '../../core/cose.ts'
import { LicError } from '../../core/errors.ts'
import { type License, readLicense, writeFeatures } from '../../core/license.ts'
import { noteText, objectOf, type Proofs, provenHeads, readProof } from '../../core/log-proof.ts'
import type { TreeHead } from '../../core/merkle.ts'
import { type ObjectName, objectWords } from '../../core/objects.ts'
import type { RevocationList } from '../../core/revocation.ts'
import { type GrantedLicense, grantLicense } from '../../core/rights.ts'
import type { TrustBundle } from '../../core/trust-bundle.ts'
import { authenticate } from '../../core/verify.ts'
import { takeBundles } from '../bundles.ts'
import { raisedTo } from '../clock.ts'
import type { Device } from '../device.ts'
import { compromisedFor, distinct, type Held, rootsIn, trustOf } from '../held.ts'
import { checkSound, type Taken, takeLists } from '../lists.ts'
import { commit, type Situation, situationIn, withClock } from '../situation.ts'
import type { Installed, State } from '../state/content.ts'

export interface InstallInput {
  /** Signed objects, as they came: a license with what travels along, or lists and trust bundles alone. */
  readonly objects: readonly Uint8Array[]
  /** Root public keys, 32 bytes each; none = those that are known here. */
  readonly roots: readonly Uint8Array[]
  /** Texts that prove that the vendor's log holds the license: of the one that comes, else of the one that is installed. */
  readonly proofs?: readonly string[] | undefined
  /** Texts of checkpoints that they must lead to. They are looked at, and not kept. */
  readonly checkpoints?: readonly string[] | undefined
}

export interface InstallResult {
  /** Absent when no license came. */
  readonly held: Held | undefined
  readonly change: 'installed' | 'replaced' | 'unchanged'
  readonly lists: readonly RevocationList[]
  readonly oldLists: readonly RevocationList[]
  /** Lists that were left aside, because their key was compromised. */
  readonly stolenLists: readonly RevocationList[]
  readonly bundles: readonly TrustBundle[]
  readonly oldBundles: readonly TrustBundle[]
  /** Heads of the vendor's log in which it is proven to stand, by what came now. */
  readonly provenIn: readonly TreeHead[]
  /** Objects that were left aside, by their types. */
  readonly left: readonly ObjectName[]
  readonly situation: Situation
}

/** @throws LicError USAGE without roots; LICENSE_SUPERSEDED, CONFLICT (an older list too), RIGHTS_EXCEEDED, PROOF_INVALID; and as `verify` does */
export const install = (
  device: Device,
  { objects, roots, proofs = [], checkpoints = [] }: InstallInput,
): Promise<InstallResult> => {
  const typed = objects.map((bytes) => ({ bytes: bytes.slice(), type: open(bytes, LIST_LIMITS).type }))
  const of = (type: ObjectName): readonly Uint8Array[] => typed.filter((each) => each.type === type).map((e) => e.bytes)
  const licenses = of('license')
  const [license] = licenses
  if (objects.length > 0 || proofs.length === 0) checkKinds(typed.map(({ type }) => type))
  return commit(device, async (state) => {
    const known = roots.length > 0 ? distinct(roots) : rootsIn(state)
    if (known.length === 0) {
      throw new LicError('USAGE', 'it is not said whose license this is: no root public key is known here', {
        hint: "add --root FILE with the vendor's public root key",
      })
    }
    const before = await situationIn(device, state)
    const given = of('certificate')
    const bundled = takeBundles(state, of('trustBundle'), plus(trustOf(state, known), given), before.clock.now)
    const trust = plus(trustOf(bundled.state, known), given)
    const listed = await takeLists(bundled.state, of('revocationList'), trust, before.clock.now)
    checkLists(listed, license !== undefined || bundled.taken.length > 0)
    const proven =
      proofs.length === 0
        ? undefined
        : provedBy(listed.state, license ?? provedHere(before, proofs), { trust, proofs, checkpoints })
    const put = license
      ? withLicense(listed.state, before, license, {
          ...{ trust, roots: known, certificates: of('certificate') },
          ...(proven && { proven }),
        })
      : proven
        ? withProof(listed.state, before, proven)
        : { state: listed.state, change: 'unchanged' as const, license: undefined }
    const about = put.license
    const floor = Math.max(before.clock.kept.floor, put.state.floor)
    const raised = raisedTo({ ...before.clock.kept, floor }, about?.issuedAt ?? 0)
    const next = withClock(put.state, raised)
    const situation = await situationIn(device, next)
    return {
      state: next,
      value: {
        held: about && situation.held.find((each) => equal(each.license.cti, about.cti)),
        change: put.change,
        lists: listed.taken,
        oldLists: listed.old,
        stolenLists: listed.stolen,
        bundles: bundled.taken,
        oldBundles: bundled.old,
        provenIn: proven?.heads ?? [],
        left: typed.map(({ type }) => type).filter((type) => !TAKEN.has(type)),
        situation,
      },
    }
  })
}

const TAKEN: ReadonlySet<ObjectName> = new Set(['license', 'revocationList', 'certificate', 'trustBundle'])

const plus = (trust: Trust, certificates: readonly Uint8Array[]): Trust => ({
  ...trust,
  certificates: [...(trust.certificates ?? []), ...certificates],
})

/**
 * What comes alone and is of no use is refused (FORMAT 11.5); beside something else it is left aside.
 * @throws LicError CONFLICT for lists that are older than those kept, KEY_COMPROMISED when nothing came but lists of a thief
 */
const checkLists = ({ taken, old, older: [first], stolen }: Taken, more: boolean): void => {
  if (!more && taken.length === 0 && first !== undefined) {
    const [given, kept] = [first.given, first.kept].map(({ number }) => isoTime(number))
    throw new LicError('CONFLICT', `the revocation list of ${given} is older than that of ${kept}, which is kept`, {
      hint: 'a device never goes back to an older list: ask the vendor for the newest: lic revocations publish',
      data: { given, kept },
    })
  }
  if (more || stolen.length === 0 || taken.length + old.length > 0) return
  throw new LicError('KEY_COMPROMISED', 'the revocation list was signed by a key that was compromised', {
    stage: 'policy',
    hint: 'ask the vendor for a list of another key',
  })
}

const isoTime = (at: number): string => new Date(at * 1000).toISOString().replace('.000Z', 'Z')

const checkKinds = (types: readonly ObjectName[]): void => {
  if (types.filter((type) => type === 'license').length > 1) {
    throw new LicError('INVALID_INPUT', 'more than one license came at once', { hint: 'install them one by one' })
  }
  if (types.some((type) => type === 'license' || type === 'revocationList' || type === 'trustBundle')) return
  throw new LicError(
    'CODE_KIND',
    `this is ${types.map(objectWords).join(' and ')}, where a license, list or trust bundle is due`,
    {
      hint: 'an answer to a request is taken in with: lic activate ANSWER',
      data: { kind: types[0] },
    },
  )
}

/** A license, and what proves it. */
interface Proven {
  readonly license: Uint8Array
  readonly proofs: readonly Uint8Array[]
  readonly heads: readonly TreeHead[]
}

/** @throws LicError PROOF_INVALID, when it does not lead to a head that is vouched for */
const provedBy = (
  { compromised }: State,
  license: Uint8Array,
  { trust, proofs, checkpoints }: Pick<Proofs, 'trust' | 'proofs' | 'checkpoints'>,
): Proven => ({
  license,
  proofs: proofs.map(utf8),
  heads: provenHeads(license, { trust, proofs, checkpoints, compromised }),
})

/** The license here that a proof without one is about. @throws LicError NOT_FOUND, PROOF_INVALID */
const provedHere = ({ held }: Situation, proofs: readonly string[]): Uint8Array => {
  const read = proofs.map((text) => readProof(noteText(text)))
  const recorded = read.flatMap((proof) => (proof.kind === 'inclusion' ? [objectOf(proof.event)] : []))
  const found = held.find(({ signed }) => recorded.some((hash) => hash !== null && equal(hash, objectHash(signed))))
  if (found) return found.installed.license
  throw new LicError('NOT_FOUND', 'the proof is of no license that is installed here', {
    hint: 'install the license together with it: lic install LICENSE --proof FILE',
  })
}

/** Nothing but the proof is new. */
const withProof = (state: State, { held }: Situation, { license, proofs }: Proven) => {
  const proved = held.find(({ installed }) => installed.license === license)
  const licenses = state.licenses.map((each) => (each === proved?.installed ? { ...each, proofs } : each))
  return { state: { ...state, licenses }, change: 'unchanged' as const, license: proved?.license }
}

interface Offered {
  readonly trust: Trust
  readonly roots: readonly Uint8Array[]
  readonly certificates: readonly Uint8Array[]
  readonly proven?: Proven | undefined
}

const withLicense = (
  state: State,
  { held, clock }: Situation,
  bytes: Uint8Array,
  { trust, roots, certificates, proven }: Offered,
): { state: State; change: InstallResult['change']; license: GrantedLicense } => {
  const { license, issuer, signed } = authenticate(bytes, trust)
  const installed = held.find((each) => equal(each.license.cti, license.cti))
  const fresh: Installed = {
    license: bytes,
    certificates,
    roots,
    installedAt: clock.now,
    pending: [],
    active: [],
    anchors: [],
    ...(proven && { proofs: proven.proofs }),
  }
  if (!installed) return { state: { ...state, licenses: [...state.licenses, fresh] }, change: 'installed', license }
  const same = equal(
    concat(signed.payload, signed.signature),
    concat(installed.signed.payload, installed.signed.signature),
  )
  if (same) return { state: withMore(state, installed, fresh), change: 'unchanged', license }
  checkSound(state, trust, issuer, 'the revision', proven?.heads)
  checkRevision(license, issuer, installed, state)
  const { extension: _, emergency: __, extendedAt: ___, proofs: ____, ...kept } = installed.installed
  const next: Installed = {
    ...kept,
    license: bytes,
    // What was typed carries no chain: the certificate of its key may stand in the license that goes.
    certificates: distinct([...kept.certificates, ...chainIn(kept.license), ...certificates]),
    roots: distinct([...roots, ...kept.roots]),
    installedAt: clock.now,
    anchors: [],
    ...(proven && { proofs: proven.proofs }),
  }
  const licenses = state.licenses.map((each) => (each === installed.installed ? next : each))
  return { state: { ...state, licenses }, change: 'replaced', license }
}

const chainIn = (license: Uint8Array): readonly Uint8Array[] => {
  const { chain } = open(license)
  return chain ? [chain.slice()] : []
}

/** The same license once more may bring a chain, a certificate or a root. */
const withMore = (state: State, { installed }: Held, fresh: Installed): State => {
  const more: Installed = {
    ...installed,
    license: open(installed.license).chain ? installed.license : fresh.license,
    certificates: distinct([...installed.certificates, ...fresh.certificates]),
    roots: distinct([...installed.roots, ...fresh.roots]),
    ...(fresh.proofs && { proofs: fresh.proofs }),
  }
  return { ...state, licenses: state.licenses.map((each) => (each === installed ? more : each)) }
}

const checkRevision = (license: GrantedLicense, issuer: Issuer, installed: Held, state: State): void => {
  // What a thief may have signed is no measure.
  if (!stands(installed.issuer, compromisedFor(state, installed.bundles))) return
  const has = installed.license.revision
  if (license.revision < has) {
    throw new LicError('LICENSE_SUPERSEDED', `it is revision ${license.revision}, and revision ${has} is installed`, {
      stage: 'policy',
      hint: 'install the newest revision that the vendor sent',
    })
  }
  if (license.revision === has) {
    throw new LicError('CONFLICT', `another license with this key and revision ${has} is installed`, {
      hint: 'ask the vendor which of them is right; the other one can be taken away with: lic uninstall',
    })
  }
  checkCovers(issuer, installed)
}

/** @throws LicError RIGHTS_EXCEEDED when the signer could not have signed what is installed */
const checkCovers = (issuer: Issuer, { signed, issuer: before }: Held): void => {
  if (equal(issuer.key.bytes, before.key.bytes)) return
  try {
    grantLicense(asWritten(grantLicense(readLicense(signed), before)), issuer)
  } catch (cause) {
    if (!(cause instanceof LicError)) throw cause
    throw new LicError('RIGHTS_EXCEEDED', `its signer may not replace the installed revision: ${cause.message}`, {
      stage: 'rights',
      hint: 'ask the vendor for a revision that is signed by the key of the license, or one with its rights',
      cause,
    })
  }
}

/** What a license comes to, as one that names no grants. */
const asWritten = ({ lines, test, ...license }: GrantedLicense): License => ({
  ...license,
  ...(test && { test }),
  grace: Math.max(...[...lines.values()].map(({ grace }) => grace)),
  lines: new Map(
    [...lines].map(([number, { features, number: _, grace: __, fresh: ___, grant: ____, ...line }]) => [
      number,
      { ...line, ...writeFeatures(features) },
    ]),
  ),
})
