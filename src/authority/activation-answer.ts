/**
 * What a request is answered with: the signed activation, what goes along with it, and the same as text. Built from the book
 * alone, so that an answer which is asked for again is the same bytes.
 */

import { openAnswer, readAnswer, writeAnswer } from '../core/answers.ts'
import { concat, equal, toHex } from '../core/bytes.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { encodeText } from '../core/codes/text.ts'
import { open } from '../core/cose.ts'
import { anchorOf, spanOf } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import { activationId } from '../core/release.ts'
import type { GrantedLicense, GrantedLine } from '../core/rights.ts'
import { PLACES } from '../core/status.ts'
import { termOf, typedLines } from '../core/typed-response.ts'
import { type Activation, standingActivations } from '../ledger/activations.ts'
import { record } from '../ledger/events.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import type { License } from '../ledger/licenses.ts'
import { linesOf } from '../ledger/lines.ts'
import { newestList, publishingOf } from '../ledger/revocation-lists.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { signerKnown } from '../ledger/sites.ts'
import { findBundle } from '../ledger/trust-bundles.ts'
import type { Authority, stamp } from './authority.ts'
import { clockAnswersIn, isCounted } from './places.ts'
import { subjectOf } from './publish-revocations.ts'
import { newestBundle } from './publish-trust.ts'
import { ownTrust } from './sealing.ts'
import { secretOf } from './secret-away.ts'
import { beforeSigning, type SigningKey, seal } from './sign-object.ts'

export interface Responded {
  readonly id: string
  readonly key: string
  readonly masked: string
  readonly license: string
  readonly customer: string
  readonly product: string
  readonly activation: Activation
  /** Places taken and places that there are (0 = unlimited); null for an answer that takes none. */
  readonly places: { readonly used: number; readonly of: number } | null
  /** Answers of the last year that confirmed a clock. */
  readonly clockAnswers: number
  /** It was answered before. */
  readonly repeated: boolean
  /** Activation with its chain, then list, trust bundle and emergency anchor where they go along. */
  readonly bytes: Uint8Array
  readonly code: string
  readonly lines: readonly string[] | null
}

/** A larger list does not go along: it would double the number of QR codes. */
const LIST_BESIDE = 1024

/** A larger bundle does not go along either. */
const BUNDLE_BESIDE = 1024

/**
 * The key that five typed lines for a license are signed with: they carry no chain, so it is the one that the site knows, as
 * long as that key signs.
 * @throws LicError RIGHTS_EXCEEDED when it does not any more
 */
export const keyOfSite = async (db: Reader, row: License, now: number): Promise<Key> => {
  const known = await signerKnown(db, row.id)
  const key = (await listKeys(db)).find(({ kid }) => known !== null && equal(kid, known))
  const why =
    key === undefined || (key.role !== 'issuing' && key.state === 'active')
      ? 'it may not sign answers'
      : key.state !== 'active'
        ? `it is ${key.state}`
        : (key.notAfter ?? 0) <= now
          ? 'its certificate has ended'
          : undefined
  if (key !== undefined && why === undefined) return key
  const named = key?.name ?? (known === null ? 'unknown' : toHex(known))
  throw new LicError(
    'RIGHTS_EXCEEDED',
    `the site knows the key ${named} alone, and five lines cannot be signed with it: ${why}`,
    {
      hint: 'send the answer as QR code or file, which carry the certificate: --qr F.png or --out F',
    },
  )
}

/** What was typed once is typed again only while the site still knows its key. @throws LicError RIGHTS_EXCEEDED */
export const checkTyped = async (db: Reader, row: License, kid: Uint8Array, now: number): Promise<void> => {
  if (equal((await keyOfSite(db, row, now)).kid, kid)) return
  throw new LicError(
    'RIGHTS_EXCEEDED',
    `the answer was signed with the key ${toHex(kid)}, which the site need not know`,
    {
      hint: 'send the answer as QR code or file, which carry the certificate: --qr F.png or --out F',
    },
  )
}

/** The newest list for this line, as its number and that of its publishing, where it is small enough. */
export const listBeside = async (
  db: Reader,
  { statusIndex = 0 }: GrantedLine,
): Promise<readonly [number, number] | null> => {
  const list = Math.floor(statusIndex / PLACES)
  const newest = await newestList(db, subjectOf(list))
  if (newest === null) return null
  return (await signedObject(db, newest.event)).bytes.length <= LIST_BESIDE ? [list, newest.number] : null
}

/** The version of the newest trust bundle, where there is one that is small enough. */
export const bundleBeside = async (db: Reader): Promise<number | null> => {
  const bundle = await newestBundle(db)
  return bundle !== null && bundle.bytes.length <= BUNDLE_BESIDE ? bundle.version : null
}

export type About = ReturnType<typeof stamp> & {
  readonly entity: Uint8Array
  readonly activation: Uint8Array
  readonly license: Uint8Array
  readonly line: number
  readonly brand: string
  readonly customer: string
}

/** An emergency chain that is this device's alone. */
export const recordAnchor = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  license: GrantedLicense,
  about: About,
): Promise<void> => {
  const emergency = secretOf(key)
  // A key that may answer and was given no emergency secret answers without.
  if (emergency === undefined) return
  const { cti, revision, expires } = license
  const issuedAt = authority.now()
  // In its grace a license has no hours left that an anchor of its own would add.
  if (expires !== undefined && expires <= issuedAt) return
  const subject = { cti, revision, releaseAnchor: about.activation }
  const chain = anchorOf(emergency, subject, spanOf(issuedAt, expires))
  const payload = writeAnswer('deviceAnchor', { issuedAt, expires, cti, revision, anchor: about.activation, chain })
  const object = await seal('deviceAnchor', payload, key.signer, key.chain)
  const trust = await ownTrust(tx)
  beforeSigning(() => openAnswer('deviceAnchor', object.bytes, trust, license))
  await record(
    tx,
    {
      ...about,
      type: 'activation.anchored',
      object,
      data: { revision, epoch: chain[0], base: chain[1], n: chain[2] },
    },
    authority.random,
  )
}

/** The answer as the book holds it. */
export const answerOf = async (
  db: Reader,
  row: License,
  activation: Activation,
  { now, typed, repeated }: { readonly now: number; readonly typed: boolean; readonly repeated: boolean },
): Promise<Responded> => {
  const { bytes: object } = await signedObject(db, activation.event)
  const beside: Uint8Array[] = []
  if (activation.list !== null) {
    const event = await publishingOf(db, subjectOf(activation.list.list), activation.list.number)
    if (event !== null) beside.push((await signedObject(db, event)).bytes)
  }
  const bundle = activation.bundle === null ? null : await findBundle(db, activation.bundle)
  if (bundle !== null) beside.push((await signedObject(db, bundle.event)).bytes)
  if (activation.emergency !== null) beside.push((await signedObject(db, activation.emergency.event)).bytes)
  const signed = open(object)
  if (typed) await checkTyped(db, row, signed.kid, now)
  const bytes = concat(object, ...beside)
  const line = ((await linesOf(db, [row.id])).get(row.id) ?? []).find(({ number }) => number === activation.line)
  const counted = (await standingActivations(db, row.id, activation.line)).filter((each) => isCounted(each, now))
  return {
    id: activationId(activation.anchor),
    key: formatKey(row.prefix, row.cti),
    masked: maskKey(row.prefix, row.cti),
    license: toHex(row.cti),
    customer: row.customer,
    product: line?.product ?? '',
    activation,
    places: activation.place === null ? null : { used: counted.length, of: line?.devices ?? 0 },
    clockAnswers: await clockAnswersIn(db, row, now),
    repeated,
    bytes,
    code: encodeText(bytes),
    lines: typed ? typedOf(object) : null,
  }
}

const typedOf = (object: Uint8Array): readonly string[] => {
  const signed = open(object)
  const { issuedAt, expires, clock, place = 0 } = readAnswer('activation', signed)
  return typedLines({
    form: clock ? 'activation with clock' : 'activation',
    place,
    issuedAt,
    term: termOf(issuedAt, expires),
    kidPrefix: signed.kid.subarray(0, 3),
    signature: signed.signature,
  })
}
