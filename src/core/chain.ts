/**
 * The chain of trust (FORMAT 6, 7): from the kid that an object names to a root that the caller trusts.
 * Invariant: an Issuer exists only for a key whose every certificate and link was verified up to one of those roots.
 */

import { equal, toHex } from './bytes.ts'
import { type Certificate, readCertificate, readRootLink } from './certificate.ts'
import { open, openArray, type Signed, toBeSigned } from './cose.ts'
import { LicError } from './errors.ts'
import { importPublicKey, type PublicKey } from './keys.ts'
import { anObject, OBJECTS } from './objects.ts'

export interface Trust {
  /** The only ambient-free source of trust. Pass the same arrays again and verified chains are remembered with them. */
  readonly roots: readonly PublicKey[]
  /** Certificates for objects that travel without their chain: untagged arrays or tagged objects. */
  readonly certificates?: readonly Uint8Array[] | undefined
  /** Kids that sign nothing with an iat after these times (FORMAT 7.2), unix seconds: what `withBundles` found. */
  readonly ended?: readonly (readonly [kid: Uint8Array, time: number])[] | undefined
}

/** A key that may sign, and why. */
export interface Issuer {
  readonly key: PublicKey
  /** Its certificates, its own first; empty for a root. At most 2. */
  readonly certificates: readonly Certificate[]
  /** Every key of the chain, its own first, the trusted root last. */
  readonly keys: readonly PublicKey[]
  /** What the trust says of ended kids. */
  readonly ended?: Trust['ended']
}

const MAX_CERTIFICATES = 2
const MAX_LINKS = 2
const ROOT_MAY_CERTIFY: readonly number[] = [1, 2, 3, 4, 7, 10, 11]
const DELEGATED_CAPS = ['products', 'tiers', 'term', 'grace', 'perpetual', 'only'] as const

const refuse = (
  code: 'LICENSE_INVALID' | 'UNKNOWN_KEY' | 'BAD_SIGNATURE' | 'RIGHTS_EXCEEDED',
  message: string,
): LicError => new LicError(code, message, { stage: 'chain' })

/**
 * Every key that may have signed `object`: one when its chain travels along, all of equal kid otherwise.
 * @throws LicError stage chain: UNKNOWN_KEY, BAD_SIGNATURE (of a certificate or link), RIGHTS_EXCEEDED, LICENSE_INVALID
 */
export const issuersOf = (object: Pick<Signed, 'kid' | 'chain'>, trust: Trust): readonly Issuer[] =>
  issuersAt(object, trust, 0).map((issuer) => ({ ...issuer, ended: trust.ended }))

/** `depth` counts the certificates and links on the way: supplied ones could name each other in a circle. */
const issuersAt = ({ kid, chain }: Pick<Signed, 'kid' | 'chain'>, trust: Trust, depth: number): readonly Issuer[] => {
  if (depth > MAX_CERTIFICATES + MAX_LINKS) throw refuse('LICENSE_INVALID', 'the chain is too long')
  if (chain) return [issuerFrom(kid, chain, trust, depth)]
  const found = trust.roots.filter((root) => equal(root.kid, kid)).map(rootIssuer)
  // One unusable candidate does not spoil the others, because a kid proves nothing; alone, it tells why.
  let failure = refuse('UNKNOWN_KEY', `no trusted key has the kid ${toHex(kid)}`)
  for (const bytes of trust.certificates ?? []) {
    try {
      found.push(issuerFrom(kid, bytes, trust, depth))
    } catch (error) {
      if (!(error instanceof LicError)) throw error
      if (error.code !== 'UNKNOWN_KEY') failure = error
    }
  }
  if (found.length === 0) throw failure
  return found
}

const rootIssuer = (key: PublicKey): Issuer => ({ key, certificates: [], keys: [key] })

/** The verified issuers of each trust, by the bytes of their chain: an embedding product verifies under few of them. */
const memo = new WeakMap<readonly PublicKey[], Remembered[]>()
interface Remembered {
  readonly bytes: Uint8Array
  /** The same array again: a chain may have been completed from it. */
  readonly certificates: Trust['certificates']
  readonly issuer: Issuer
}
const MEMO_SIZE = 16

const issuerFrom = (kid: Uint8Array, chain: Uint8Array, trust: Trust, depth: number): Issuer => {
  const known = memo.get(trust.roots) ?? []
  const { certificates } = trust
  const remembered = known.find((each) => each.certificates === certificates && equal(each.bytes, chain))?.issuer
  // The caller may have taken the root away since.
  if (remembered && trust.roots.some((root) => root === remembered.keys.at(-1))) {
    checkKid(remembered.key, kid)
    return remembered
  }
  const link = inChain(() => (chain[0] === 0xd2 ? open : openArray)(chain))
  const certified = inChain(() => keyIn(link))
  checkKid(certified.key, kid)
  const issuer = certify(link, certified, trust, depth)
  memo.set(trust.roots, [{ bytes: chain.slice(), certificates, issuer }, ...known.slice(0, MEMO_SIZE - 1)])
  return issuer
}

const checkKid = (key: PublicKey, kid: Uint8Array): void => {
  if (!equal(key.kid, kid)) throw refuse('UNKNOWN_KEY', 'the certificate that travels along is for another key')
}

/** Decoding and type errors inside a chain are failures of the chain. */
const inChain = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    const code = error.code === 'INVALID_INPUT' ? 'LICENSE_INVALID' : error.code
    throw new LicError(code, `in the chain: ${error.message}`, { stage: 'chain', cause: error })
  }
}

interface Certified {
  readonly key: PublicKey
  /** Absent for a root link. */
  readonly certificate: Certificate | undefined
}

/** What a link of the chain says, not verified yet. */
const keyIn = (link: Signed): Certified => {
  if (link.type !== 'certificate' && link.type !== 'rootLink') {
    throw refuse('LICENSE_INVALID', `it holds ${anObject(link.type)}, which certifies no key`)
  }
  const certificate = link.type === 'certificate' ? readCertificate(link) : undefined
  return { key: importPublicKey((certificate ?? readRootLink(link)).publicKey), certificate }
}

/** Verifies one certificate or link, and all behind it. */
const certify = (link: Signed, { key, certificate }: Certified, trust: Trust, depth: number): Issuer => {
  // A link to a root that is trusted itself is not needed: an older product may need it.
  if (!certificate && trust.roots.some((root) => equal(root.bytes, key.bytes))) return rootIssuer(key)
  const bytes = toBeSigned(link.protected, link.payload)
  const signer = issuersAt(link, trust, depth + 1).find((candidate) => candidate.key.verify(bytes, link.signature))
  if (!signer) throw refuse('BAD_SIGNATURE', 'the signature of a certificate does not match')

  if (signer.keys.some((each) => equal(each.bytes, key.bytes)))
    throw refuse('LICENSE_INVALID', 'the chain holds a key twice')
  const certificates = certificate ? [certificate, ...signer.certificates] : []
  const links = signer.keys.length - signer.certificates.length - 1 + (certificate ? 0 : 1)
  if (certificates.length > MAX_CERTIFICATES || links > MAX_LINKS)
    throw refuse('LICENSE_INVALID', 'the chain is too long')

  const [above] = signer.certificates
  if (!certificate) {
    if (above) throw refuse('RIGHTS_EXCEEDED', 'a key that is no root names the next root')
  } else if (above) checkDelegated(certificate, above)
  else checkCertified(certificate)
  return { key, certificates, keys: [key, ...signer.keys] }
}

/** FORMAT 6.3, signed by a root. */
const checkCertified = ({ grants, types }: Certificate): void => {
  if (grants) throw refuse('RIGHTS_EXCEEDED', 'a certificate that a root signed holds grants')
  if (!types.every((type) => ROOT_MAY_CERTIFY.includes(type))) {
    throw refuse('RIGHTS_EXCEEDED', 'a certificate for object types that only a root may sign')
  }
}

/**
 * FORMAT 6.3, 6.5, signed by a certified key. @param above the signer's certificate
 * @throws LicError RIGHTS_EXCEEDED (stage chain); `data.field` names what is too wide
 */
export const checkDelegated = (certificate: Certificate, above: Certificate): void => {
  const { types, grants, starts, expires } = certificate
  if (!above.types.includes(OBJECTS.certificate.type))
    throw refuse('RIGHTS_EXCEEDED', 'the signer may not certify keys')
  if (!grants || DELEGATED_CAPS.some((cap) => certificate[cap] !== undefined)) {
    throw refuse('RIGHTS_EXCEEDED', 'a delegated certificate without grants, or with caps')
  }
  checkNarrower({
    types: types.length === 1 && types[0] === OBJECTS.license.type,
    starts: starts >= above.starts,
    expires: expires <= above.expires,
  })
  for (const { line, term, grace, test } of grants.values()) {
    checkNarrower({
      products: holds(above.products, [line.product]),
      tiers: holds(above.tiers, [line.tier, ...(line.ladder ?? [])]),
      term: term <= (above.term ?? Number.POSITIVE_INFINITY),
      grace: grace <= (above.grace ?? Number.POSITIVE_INFINITY),
      test: !(test && above.only === 'live'),
    })
  }
}

const checkNarrower = (within: Readonly<Record<string, boolean>>): void => {
  for (const field in within) {
    if (within[field]) continue
    const message = `a delegated certificate is wider than its signer: ${field}`
    throw new LicError('RIGHTS_EXCEEDED', message, { stage: 'chain', data: { field } })
  }
}

/** Whether a cap, where there is one, names all of `codes`. */
export const holds = (cap: readonly string[] | undefined, codes: readonly (string | undefined)[]): boolean =>
  cap === undefined || codes.every((code) => code !== undefined && cap.includes(code))
