/**
 * The trust bundle (FORMAT 7.2): what a root says of its keys after products were built. It brings certificates and links,
 * takes kids off the compromised ones, and ends kids. Invariant: a TrustBundle that `readTrustBundle` returns was signed by
 * a root that the caller trusts, or by one that such a root links to.
 */

import { compare, equal } from './bytes.ts'
import { type Cbor, decode, encode } from './cbor.ts'
import { readCertificate, readRootLink } from './certificate.ts'
import { type Issuer, issuersOf, type Trust } from './chain.ts'
import { FIELDS, open, openArray, type Signed, toBeSigned } from './cose.ts'
import { LicError } from './errors.ts'
import {
  byBytes,
  bytes,
  invalid,
  list,
  optional,
  record,
  required,
  TIME,
  type Type,
  type TypeOf,
  tuple,
  uint,
} from './fields.ts'
import { kidOf } from './keys.ts'
import { checkMoment } from './moment.ts'
import { anObject, otherObject } from './objects.ts'
import type { RevocationList } from './revocation.ts'
import { checkTimes } from './rights.ts'

/** A certificate or link as it stands in a bundle: decoded, so that it is encoded with the bundle and not within bytes. */
interface Within {
  readonly value: Cbor
  readonly object: Uint8Array
  /** Of the key that it names. */
  readonly kid: Uint8Array
}

const within = (name: 'certificate' | 'rootLink'): Type<Within> => ({
  read: (value) => {
    if (!Array.isArray(value)) throw invalid(`a ${name} in a bundle is no signed object without a tag`)
    const object = encode(value as readonly Cbor[])
    return { value: value as readonly Cbor[], object, kid: kidIn(name, openArray(object)) }
  },
  write: ({ value }) => value,
})

const kidIn = (name: 'certificate' | 'rootLink', signed: Signed): Uint8Array => {
  if (signed.type !== name) throw invalid(`${anObject(signed.type)} in a bundle, where ${anObject(name)} is due`)
  return kidOf((name === 'certificate' ? readCertificate(signed) : readRootLink(signed)).publicKey)
}

const byKid = (a: Within, b: Within): number => compare(a.kid, b.kid)
const KID = bytes(8)
const END = tuple<[kid: Uint8Array, time: number]>(KID, TIME)

const BUNDLE_CLAIMS = record(
  {
    issuedAt: required(6, TIME),
    fields: required(
      FIELDS,
      record({
        type: required(0, uint(5, 5)),
        version: required(1, uint()),
        certificates: optional(2, list(within('certificate'), { order: byKid })),
        links: optional(3, list(within('rootLink'), { order: byKid })),
        lifted: optional(4, list(KID, { order: byBytes })),
        ended: optional(5, list(END, { order: (a, b) => byBytes(a[0], b[0]) })),
      }),
    ),
  },
  { open: false },
)

/** Times are unix seconds. Certificates and links are untagged arrays, in any order here; every list may be empty. */
export interface BundleContent {
  readonly issuedAt: number
  readonly version: number
  readonly certificates: readonly Uint8Array[]
  readonly links: readonly Uint8Array[]
  /** Kids that are not compromised, whatever a list says. */
  readonly lifted: readonly Uint8Array[]
  /** Kids from which nothing with a later iat is accepted. */
  readonly ended: readonly TypeOf<typeof END>[]
}

export interface TrustBundle extends BundleContent {
  readonly bytes: Uint8Array
  /** The root that signed it. */
  readonly issuer: Issuer
}

/** The payload bytes. @throws LicError LICENSE_INVALID for certificates or links that no reader would take */
export const writeTrustBundle = ({ issuedAt, version, ...content }: BundleContent): Uint8Array => {
  const many = <T>(items: readonly T[]): readonly T[] | undefined => (items.length > 0 ? items : undefined)
  const inside = (name: 'certificate' | 'rootLink', objects: readonly Uint8Array[]): readonly Within[] =>
    objects.map((object) => ({ value: decode(object), object, kid: kidIn(name, openArray(object)) })).sort(byKid)
  const fields = {
    type: 5,
    version,
    certificates: many(inside('certificate', content.certificates)),
    links: many(inside('rootLink', content.links)),
    lifted: many([...content.lifted].sort(compare)),
    ended: many([...content.ended].sort((a, b) => compare(a[0], b[0]))),
  }
  return encode(BUNDLE_CLAIMS.write({ issuedAt, fields }))
}

/** What a bundle says, nothing of it verified: to show. @throws LicError LICENSE_INVALID, UNSUPPORTED_CLAIM */
export const readBundleClaims = (signed: Signed): BundleContent => {
  if (signed.type !== 'trustBundle') throw otherObject('trustBundle', signed)
  const { issuedAt, fields } = BUNDLE_CLAIMS.read(signed.claims, 'trust bundle')
  const { version, certificates = [], links = [], lifted = [], ended = [] } = fields
  const objects = (all: readonly Within[]): readonly Uint8Array[] => all.map(({ object }) => object)
  return { issuedAt, version, certificates: objects(certificates), links: objects(links), lifted, ended }
}

/** How far ahead of the clock a bundle may lie, as a revocation list (FORMAT 11.5). */
const AHEAD_LIMIT = 86_400

/**
 * Verifies and reads a trust bundle. Its certificates and links are verified when a chain needs them.
 * @param facts.now unix seconds
 * @throws LicError with a stage, as `verify` does; CLOCK_ROLLED_BACK (stage policy) for one more than a day ahead of `now`
 */
export const readTrustBundle = (object: Uint8Array, facts: Trust & { readonly now: number }): TrustBundle => {
  checkMoment('now', facts.now)
  const signed = open(object)
  const content = readBundleClaims(signed)
  const covered = toBeSigned(signed.protected, signed.payload)
  const issuer = issuersOf(signed, facts).find(({ key }) => key.verify(covered, signed.signature))
  if (!issuer) {
    throw new LicError('BAD_SIGNATURE', 'the signature does not match the trust bundle', { stage: 'signature' })
  }
  if (issuer.certificates.length > 0) {
    throw new LicError('RIGHTS_EXCEEDED', 'only a root may sign a trust bundle', { stage: 'rights' })
  }
  checkTimes(content.issuedAt, issuer)
  if (content.issuedAt > facts.now + AHEAD_LIMIT) {
    throw new LicError('CLOCK_ROLLED_BACK', 'the trust bundle lies more than a day ahead of the clock', {
      stage: 'policy',
    })
  }
  return { ...content, bytes: object, issuer }
}

/**
 * Trust that knows what bundles bring and end. Make it once for many verifications: chains are remembered with it.
 * @param bundles verified, the newest of each root
 */
export const withBundles = (trust: Trust, bundles: readonly TrustBundle[]): Trust => {
  if (bundles.length === 0) return trust
  const brought = bundles.flatMap(({ certificates, links }) => [...certificates, ...links])
  return {
    roots: trust.roots,
    certificates: [...(trust.certificates ?? []), ...brought],
    ended: [...(trust.ended ?? []), ...bundles.flatMap(({ ended }) => ended)],
  }
}

/** What lists name as compromised, without what the bundles lift. */
export const withoutLifted = <L extends Pick<RevocationList, 'compromised'>>(
  lists: readonly L[],
  bundles: readonly TrustBundle[],
): readonly L[] => {
  const lifted = bundles.flatMap((bundle) => bundle.lifted)
  if (lifted.length === 0) return lists
  const counts = ([kid]: L['compromised'][number]): boolean => !lifted.some((each) => equal(each, kid))
  return lists.map((list) => ({ ...list, compromised: list.compromised.filter(counts) }))
}
