/**
 * `lic ledger import`: licenses that delegated keys have made, taken into the book. Invariants: nothing is taken that the
 * own verifier refuses, or whose key the book does not know; what is refused leaves nothing and touches nothing else; the
 * same license again changes nothing, in whatever order journals come.
 */

import { equal, toHex } from '../core/bytes.ts'
import type { Trust } from '../core/chain.ts'
import { maskKey } from '../core/codes/license-key.ts'
import { objectHash, open, type Signed } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { type License, readLicense, writeLicense } from '../core/license.ts'
import { OBJECTS } from '../core/objects.ts'
import { authenticate, type Verdict } from '../core/verify.ts'
import { type NewEvent, record, recordAll } from '../ledger/events.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import { ctiPrefix } from '../ledger/licenses.ts'
import { type Product, theProduct } from '../ledger/products.ts'
import { findRevision } from '../ledger/revisions.ts'
import type { Tx } from '../ledger/schema.ts'
import type { SignedObject } from '../ledger/signed-objects.ts'
import { type Authority, stamp, write } from './authority.ts'
import { handOver } from './hand-over.ts'
import { lineData } from './lines.ts'
import { inBlocks } from './random-blocks.ts'
import { ownTrust } from './sealing.ts'
import { revisionData } from './sign-license.ts'
import { type Holders, holdersFor } from './trial-holders.ts'

/** A license as it was found. What stood beside it is nobody's signed word, and is not looked at. */
export interface Found {
  readonly bytes: Uint8Array
}

export type TakenIn =
  | {
      readonly ok: true
      /** `extended`: signed again by its key, with a later end. */
      readonly state: 'taken' | 'again' | 'extended'
      readonly kid: Uint8Array
      readonly customer: string
      readonly created: boolean
    }
  | { readonly ok: false; readonly error: LicError; readonly masked: string | null }

/** What many licenses have in common, asked once. */
export interface TrialDesk {
  /** With the ends that the newest bundle gave keys. */
  readonly trust: Trust
  /** Every key of the book by its kid. */
  readonly keys: ReadonlyMap<string, Key>
  readonly productOf: (tx: Tx, slug: string) => Promise<Product>
}

export const trialDesk = async ({ ledger, brand }: Authority): Promise<TrialDesk> => {
  const products = new Map<string, Product>()
  const keys = await listKeys(ledger.db)
  const ended = keys.flatMap(({ kid, endedAt }) => (endedAt === null ? [] : [[kid, endedAt] as const]))
  return {
    trust: { ...(await ownTrust(ledger.db)), ended },
    keys: new Map(keys.map((key) => [toHex(key.kid), key])),
    productOf: async (tx, slug) => {
      const product = products.get(slug) ?? (await theProduct(tx, brand, slug))
      products.set(slug, product)
      return product
    },
  }
}

/** A license that the own verifier takes. */
interface Genuine {
  readonly ok: true
  readonly found: Found
  readonly signed: Signed
  readonly issuer: Verdict['issuer']
  readonly test: boolean
  /** With what its grant says. */
  readonly license: License
  readonly hash: Uint8Array
}
type Refused = Extract<TakenIn, { ok: false }>

/**
 * @param customer whose those are that name nobody, or an address that is several customers'
 * @throws LicError CLOCK_SUSPECT, NOT_FOUND for that customer, and as the ledger does; then none was taken in
 */
export const importTrials = async (
  authority: Authority,
  desk: TrialDesk,
  found: readonly Found[],
  customer: string | undefined,
): Promise<readonly TakenIn[]> => {
  const judged = found.map((each) => genuine(desk, each))
  const desked = { ...authority, random: found.length > 1 ? inBlocks(authority.random) : authority.random }
  return write(desked, async (tx) => {
    const good = judged.flatMap((each) => (each.ok ? [each] : []))
    const holders = await holdersFor(
      tx,
      desked,
      good.map(({ license }) => license),
      customer,
    )
    const book = await bookOf(tx, desked, desk, holders, good)
    const taken: TakenIn[] = []
    for (const each of judged) taken.push(each.ok ? await settled(each, () => book.take(each)) : each)
    await book.write()
    return taken
  })
}

const settled = async ({ license }: Genuine, work: () => Promise<TakenIn>): Promise<TakenIn> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    return { ok: false, error, masked: maskKey(license.prefix, license.cti) }
  }
}

/** Without the book: the bytes, their signature, and who may have made it. */
const genuine = ({ trust, keys }: TrialDesk, found: Found): Genuine | Refused => {
  let masked: string | null = null
  try {
    const signed = open(found.bytes)
    const { prefix, cti } = readLicense(signed)
    masked = maskKey(prefix, cti)
    // Verified chains are remembered with the roots alone.
    const { issuer, license } = authenticate(found.bytes, signed.chain ? { ...trust, certificates: undefined } : trust)
    checkSigner(keys, issuer)
    return {
      ok: true,
      ...{ found, signed, issuer },
      test: license.test,
      license: handOver(found.bytes).license,
      hash: objectHash(signed),
    }
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    return { ok: false, error, masked }
  }
}

/** @throws LicError NOT_IN_LEDGER for what no delegated key of this book made, KEY_COMPROMISED */
const checkSigner = (keys: TrialDesk['keys'], issuer: Verdict['issuer']): void => {
  if (!issuer.certificates[0]?.grants) {
    throw new LicError(
      'NOT_IN_LEDGER',
      'no delegated key made it: what the issuing key signs is in the ledger already',
      {
        hint: 'lic show KEY; if the ledger does not know it, treat the issuing key as stolen',
      },
    )
  }
  if (keys.get(toHex(issuer.key.kid))?.role !== 'delegated') {
    throw new LicError('NOT_IN_LEDGER', `the ledger does not know the delegated key ${toHex(issuer.key.kid)}`, {
      hint: 'take it in where the key was made; if nobody made it, treat the issuing key as stolen',
    })
  }
  // Its own key, or one above it: who has that one makes keys of this kind.
  const stolen = issuer.keys.find(({ kid }) => keys.get(toHex(kid))?.state === 'compromised')
  if (stolen !== undefined) {
    throw new LicError('KEY_COMPROMISED', `the key ${toHex(stolen.kid)} is compromised: anybody may have made it`, {
      hint: 'issue a license of its own to who has a right to one: lic issue',
    })
  }
}

interface KnownLicense {
  readonly id: number
  readonly cti: Uint8Array
  readonly revision: number
  readonly brand: string
  readonly customer: string
}

/** The book while one transaction lasts: what is new collects, and is written together. */
const bookOf = async (tx: Tx, authority: Authority, desk: TrialDesk, holders: Holders, all: readonly Genuine[]) => {
  const known = await knownOf(tx, all)
  let events: (NewEvent<'customer.added'> | NewEvent<'license.issued'>)[] = []

  const flush = async (): Promise<void> => {
    const fresh = events
    events = []
    await recordAll(tx, fresh, authority.random)
    for (const [prefix, row] of await knownOf(tx, all)) known.set(prefix, row)
  }

  const take = async (each: Genuine): Promise<TakenIn> => {
    const { cti, prefix } = each.license
    // The same id twice in one transaction: the first must stand before the second is held against it.
    if (events.some(({ entity }) => entity instanceof Uint8Array && ctiPrefix(entity) === ctiPrefix(cti))) await flush()
    const row = known.get(ctiPrefix(cti))
    if (row && equal(row.cti, cti)) return again(tx, authority, each, row)
    if (row) {
      throw new LicError('CONFLICT', `another license has a key that begins so: ${maskKey(prefix, cti)}`, {
        hint: 'make it again with another --idempotency-key: requests name a license by these two groups',
      })
    }
    const product = await desk.productOf(tx, each.license.lines.values().next().value?.product ?? '')
    const key = desk.keys.get(toHex(each.issuer.key.kid)) as Key
    const holder = await holders.of({ license: each.license, brand: product.brand, key })
    if (holder.event) events.push(holder.event)
    events.push(issued(authority, each, product, holder.id))
    return { ok: true, state: 'taken', kid: key.kid, customer: holder.id, created: holder.event !== undefined }
  }

  return { take, write: flush }
}

const issued = (
  authority: Authority,
  each: Genuine,
  { brand }: Product,
  customer: string,
): NewEvent<'license.issued'> => {
  const { license, issuer, test } = each
  const reseller = issuer.certificates[0]?.reseller
  return {
    ...stamp(authority),
    type: 'license.issued',
    entity: license.cti,
    brand,
    customer,
    object: objectOf(each),
    data: {
      prefix: license.prefix,
      test,
      lines: [...license.lines].map(([number, line]) => lineData(number, line)),
      revision: revisionData(license, issuer.key.kid),
      statusIndexes: [],
      ...(reseller !== undefined && { reseller }),
    },
  }
}

const objectOf = ({ found, hash }: Genuine): SignedObject => ({
  bytes: found.bytes,
  hash,
  type: OBJECTS.license.type,
})

/** By the first five bytes of their ids, which no two licenses of a ledger share. */
const knownOf = async (tx: Tx, all: readonly Genuine[]): Promise<Map<number, KnownLicense>> => {
  const prefixes = [...new Set(all.map(({ license }) => ctiPrefix(license.cti)))]
  if (prefixes.length === 0) return new Map()
  const rows = await tx
    .selectFrom('licenses')
    .select(['id', 'cti', 'cti_prefix', 'revision', 'brand', 'customer'])
    .where('cti_prefix', 'in', prefixes)
    .execute()
  return new Map(rows.map(({ cti_prefix, ...row }) => [cti_prefix, row]))
}

/** An id that the book has: the same license, or one that its key signed again, or none that is to be taken. */
const again = async (tx: Tx, authority: Authority, each: Genuine, row: KnownLicense): Promise<TakenIn> => {
  const { license, issuer, hash } = each
  const { kid } = issuer.key
  const first = await findRevision(tx, row.id, license.revision)
  const answer = { ok: true, kid, customer: row.customer, created: false } as const
  if (first?.hash && equal(first.hash, hash)) return { ...answer, state: 'again' }
  if (!first || !equal(first.signer, kid)) {
    throw new LicError('CONFLICT', 'its id is known under another key, or in another revision', {
      hint: `compare: lic show KEY; it was signed by ${toHex(kid)}`,
    })
  }
  if (!first.bytes || !equal(timeless(first.bytes), timeless(each.found.bytes))) {
    throw new LicError('CONFLICT', 'the same key signed another license with this id', {
      hint: 'compare: lic show KEY, lic inspect FILE',
    })
  }
  const later = [license.expires ?? 0, license.issuedAt] as const
  const isLater = later[0] > (first.expires ?? 0) || (later[0] === first.expires && later[1] > first.issuedAt)
  // Once it was changed into another license, what it was is of no account.
  if (!isLater || row.revision !== license.revision) return { ...answer, state: 'again' }
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'license.renewed',
      entity: license.cti,
      brand: row.brand,
      customer: row.customer,
      object: objectOf(each),
      data: { revision: revisionData(license, kid) },
    },
    authority.random,
  )
  return { ...answer, state: 'extended' }
}

/** What a license says besides when it was made and when it ends. */
const timeless = (bytes: Uint8Array): Uint8Array =>
  writeLicense({ ...readLicense(open(bytes)), issuedAt: 0, starts: undefined, expires: 2 ** 32 - 1 })
