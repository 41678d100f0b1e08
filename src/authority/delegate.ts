/**
 * `lic key delegate`: a key whose limits every verifier enforces. Its certificate holds grants, whole license lines cut from
 * the tiers as they stand; what a tier becomes later does not change them. Invariants: no grant is wider than the key that
 * signs it, by the verifier's own rules; the ledger never sees the private half.
 */

import { type Certificate, type Grant, readCertificate, writeCertificate } from '../core/certificate.ts'
import { checkDelegated, issuersOf } from '../core/chain.ts'
import { open } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { kidOf } from '../core/keys.ts'
import { OBJECTS } from '../core/objects.ts'
import { theBrand } from '../ledger/brands.ts'
import { record } from '../ledger/events.ts'
import { listKeys } from '../ledger/keys.ts'
import { type Product, theProduct } from '../ledger/products.ts'
import type { Reader } from '../ledger/schema.ts'
import { listTiers, type Tier, theTier } from '../ledger/tiers.ts'
import { type Authority, BEHIND, stamp, write } from './authority.ts'
import { checkName } from './checked.ts'
import { checkFreeName } from './key-lines.ts'
import type { KeyContents } from './key-pem.ts'
import { lineFrom } from './lines.ts'
import { openSigningKey, ownTrust, signingKeyFor, untagged } from './sealing.ts'
import { Secret } from './secret.ts'
import { beforeSigning, type SigningKey, unsigned } from './sign-object.ts'
import { fileSigner, generateSeed } from './signer.ts'
import { formatTime, hoursText, longestHours, parseExpiry, parseTerm } from './term.ts'

export interface DelegateInput {
  readonly name: string
  readonly products: readonly string[]
  readonly tiers: readonly string[]
  /** The longest license, `14d`; absent = each tier's own term. */
  readonly maxTerm?: string | undefined
  /** When the key ends, `90d` or a date. */
  readonly expires: string
  /** Everything made with it is for test builds. */
  readonly test?: boolean | undefined
  /** Who uses it, as its certificate tells everybody. */
  readonly reseller?: string | undefined
  /** How many licenses are meant to be made; the ledger reckons with it, no verifier can. */
  readonly count?: number | undefined
  /** In the place of what the tiers say; 0 = unlimited. */
  readonly seats?: number | undefined
  readonly devices?: number | undefined
  readonly reason?: string | undefined
}

export interface Delegated {
  readonly kid: Uint8Array
  readonly signer: Uint8Array
  readonly certificate: Certificate
  /** What its file holds. */
  readonly contents: KeyContents
}

/** What of the 4096 bytes of a license (FORMAT 2.3) is left to the chain. */
const LONGEST_CHAIN = 3_400
/** Lists name a trial for so long after its end at most (publish-revocations.ts); a grace is never longer. */
const LONGEST_GRACE = 366 * 24
const MOST_GRANTS = 256

/**
 * Signs and records; whoever asked writes the file.
 * @throws LicError NOT_FOUND, INVALID_INPUT, CONFLICT for a name that is taken, RIGHTS_EXCEEDED with the field that is too wide, CLOCK_SUSPECT, and as keys do
 */
export const delegate = async (authority: Authority, input: DelegateInput): Promise<Delegated> => {
  const { ledger, random } = authority
  const seed = generateSeed(random)
  const idSeed = new Secret(generateSeed(random).reveal())
  const { publicKey } = fileSigner(seed)
  const name = checkName('the name', input.name)
  checkFreeName(await listKeys(ledger.db), { name, role: 'delegated' })
  const { terms, products } = await checkedDelegation(ledger.db, authority, input)
  const certificate: Certificate = { ...terms, publicKey }
  await beforeUnlocking(authority, certificate)
  const key = await openSigningKey(authority, 'issuing')
  const object = await signed(key, certificate)
  const kid = kidOf(publicKey)
  await write(authority, async (tx) => {
    checkFreeName(await listKeys(tx), { name, role: 'delegated' })
    const { reason } = input
    const about = { ...stamp(authority), entity: kid, ...(reason !== undefined && { reason }) }
    await record(tx, { ...about, type: 'key.created', data: { role: 'delegated', name, publicKey } }, random)
    const data = { signer: key.kid, notBefore: certificate.starts, notAfter: certificate.expires }
    await record(tx, { ...about, type: 'key.certified', object, data }, random)
    // No certificate is recorded that a verifier would refuse.
    const { roots } = await ownTrust(tx)
    beforeSigning(() => issuersOf({ kid, chain: untagged(object.bytes) }, { roots }))
  })
  const [root] = key.issuer.keys.slice(-1)
  if (!root) throw new LicError('UNEXPECTED', 'a chain without a root')
  const delegation = { certificate: object.bytes, root: root.bytes, idSeed, prefixes: products }
  return { kid, signer: key.kid, certificate, contents: { seed, delegation } }
}

/** A slip is told before anybody types a passphrase. @throws LicError RIGHTS_EXCEEDED */
const beforeUnlocking = async (authority: Authority, certificate: Certificate): Promise<void> => {
  const above = (await signingKeyFor(authority, 'issuing')).certificate
  if (above) checkNarrower(certificate, readCertificate(open(above)))
}

/** @throws LicError RIGHTS_EXCEEDED naming the field, without a stage: nothing was verified */
const checkNarrower = (certificate: Certificate, above: Certificate): void => {
  try {
    checkDelegated(certificate, above)
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    throw new LicError(error.code, error.message, {
      hint: `${boundOf(above, error.data?.field)}: ask for less, or let the root certify a key that may more`,
      ...(error.data && { data: error.data }),
      cause: error,
    })
  }
}

/** What the signer may, in the field that is too wide. */
const boundOf = (above: Certificate, field: unknown): string => {
  const { starts, expires, products, tiers, term, grace, only } = above
  const bounds: Readonly<Record<string, string>> = {
    starts: `the issuing key begins on ${formatTime(starts)}`,
    expires: `the issuing key ends on ${formatTime(expires)}`,
    products: `the issuing key signs for ${products?.join(', ')}`,
    tiers: `the issuing key signs the tiers ${tiers?.join(', ')}`,
    term: `the issuing key signs at most ${hoursText(term ?? 0)}`,
    grace: `the issuing key signs at most ${hoursText(grace ?? 0)} of grace`,
    test: `the issuing key signs ${only} licenses alone`,
  }
  return bounds[String(field)] ?? 'lic key list shows what the issuing key may sign'
}

const signed = async (key: SigningKey, certificate: Certificate) => {
  const [above] = key.issuer.certificates
  if (above) checkNarrower(certificate, above)
  const object = beforeSigning(() => unsigned('certificate', writeCertificate(certificate), key.signer, key.chain))
  if (object.length > LONGEST_CHAIN) {
    throw new LicError('INVALID_INPUT', `its chain would be ${object.length} bytes, and each license carries it`, {
      hint: `delegate fewer products or tiers with one key: ${LONGEST_CHAIN} bytes is the limit`,
    })
  }
  return object.signed(await key.signer.sign(object.toSign))
}

/** Everything in the certificate but the key, and the key prefixes of the products. */
const checkedDelegation = async (
  db: Reader,
  { brand: scope, now: clock }: Pick<Authority, 'brand' | 'now'>,
  input: DelegateInput,
): Promise<{ readonly terms: Omit<Certificate, 'publicKey'>; readonly products: ReadonlyMap<string, string> }> => {
  const now = clock()
  const products = await Promise.all([...new Set(input.products)].map((slug) => theProduct(db, scope, slug)))
  const [first] = products
  if (!first || input.tiers.length === 0) throw new LicError('USAGE', 'a key is delegated for products and tiers')
  const stranger = products.find(({ brand }) => brand !== first.brand)
  if (stranger) throw new LicError('INVALID_INPUT', `${first.slug} and ${stranger.slug} belong to different brands`)
  const brand = await theBrand(db, first.brand)
  const all = await listTiers(db, brand.slug)
  const tiers = await Promise.all([...new Set(input.tiers)].map((code) => theTier(db, brand.slug, code)))
  const grants = products.flatMap((product) => tiers.map((tier) => grantOf(product, tier, all, input, now)))
  if (grants.length > MOST_GRANTS) {
    throw new LicError('INVALID_INPUT', `${grants.length} grants, and a key has at most ${MOST_GRANTS}`)
  }
  const expires = parseExpiry(input.expires, now)
  if (expires === undefined) {
    throw new LicError('INVALID_INPUT', 'a delegated key has an end', { hint: 'add --expires 90d' })
  }
  const { reseller, count } = input
  return {
    terms: {
      // As with every certificate: a clock that is set right by a few minutes must not put licenses before it.
      starts: now - BEHIND,
      expires,
      types: [OBJECTS.license.type],
      grants: new Map(grants.map((grant, number) => [number, grant])),
      ...(reseller !== undefined && { reseller: checkName('the name of the reseller', reseller) }),
      ...(count !== undefined && { count }),
    },
    products: new Map(products.map(({ slug, prefix }) => [slug, prefix ?? brand.prefix])),
  }
}

/** The line that `lic issue` would sign for this tier now. @throws LicError INVALID_INPUT, USAGE */
const grantOf = (
  product: Product,
  tier: Tier,
  all: readonly Tier[],
  { seats, devices, maxTerm, test }: DelegateInput,
  now: number,
): Grant => {
  const term = maxTerm ?? (tier.term === 'never' ? undefined : (tier.term ?? undefined))
  if (term === undefined) {
    throw new LicError('USAGE', `the tier ${tier.code} has no term of its own`, { hint: 'add --max-term 14d' })
  }
  const grace = tier.graceHours ?? 48
  if (grace > LONGEST_GRACE) {
    throw new LicError('INVALID_INPUT', `the tier ${tier.code} has more than a year of grace`, {
      hint: `under a delegated key ${LONGEST_GRACE} hours is the limit`,
    })
  }
  return {
    line: lineFrom({ product: product.slug, tier: tier.code, seats, devices }, tier, all, { now, forever: false }),
    term: longestHours(parseTerm(term)),
    grace,
    fresh: tier.freshDays ?? undefined,
    test: test === true ? true : undefined,
  }
}
