/**
 * `lic renew --typed`: a renewal that is read over the phone. The next revision goes into the book as with any renewal, and
 * the site gets an extension, which moves the end of the revision that it has (FORMAT 13) and fits five typed lines.
 */

import { openAnswer, readAnswer, writeAnswer } from '../core/answers.ts'
import { equal, toHex } from '../core/bytes.ts'
import { issuersOf } from '../core/chain.ts'
import { open } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { grantLicense } from '../core/rights.ts'
import { termOf, typedLines } from '../core/typed-response.ts'
import { record } from '../ledger/events.ts'
import { eventsOf } from '../ledger/history.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import { findRevision, type Revision } from '../ledger/revisions.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { type SignedObject, signedObject } from '../ledger/signed-objects.ts'
import { type Authority, stamp } from './authority.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { type RenewInput, renewal } from './renew.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { reviseIn } from './revise.ts'
import { openKey, ownTrust } from './sealing.ts'
import { beforeSigning, type SigningKey, seal } from './sign-object.ts'
import { type Standing, standingFor } from './standing.ts'
import { writeWith } from './write-signed.ts'

export interface ExtendInput extends Omit<RenewInput, 'product'> {
  /** Revision that the site has; absent = the one that was extended last, else the newest. */
  readonly installed?: number | undefined
}

export interface Extended {
  /** The next revision, as the book has it. */
  readonly handed: HandedLicense
  /** The revision that is extended. */
  readonly installed: number
  /** When the site's license ends then: a whole number of hours from now, at most an hour before the new revision does. */
  readonly expires: number
  /** Five, numbered. */
  readonly lines: readonly string[]
}

const HOUR = 3600

/** @throws LicError as `renew`; NOT_FOUND for a revision that there is not; RIGHTS_EXCEEDED when another key signed it */
export const renewTyped = async (authority: Authority, input: ExtendInput): Promise<Extended> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('renew typed', idempotencyKey, asked)
  const { db } = authority.ledger
  const answered = await earlierAnswer(db, request, authority.brand)
  if (answered !== null) return firstAnswer(db, answered)
  const before = await standingFor(db, authority, 'renew', input.key)
  const known = await revisionOfSite(db, before, input.installed)
  const opened = await openKey(authority, await keyThatSiteKnows(db, known, authority.now()))
  return writeWith(authority, opened, async (tx, key) => {
    const again = await earlierAnswer(tx, request, authority.brand)
    if (again !== null) return firstAnswer(tx, again)
    const standing = await standingFor(tx, authority, 'renew', input.key)
    const { row, license: old } = standing
    const site = await revisionOfSite(tx, standing, input.installed)
    if (!equal((await keyThatSiteKnows(tx, site, authority.now())).kid, key.kid)) {
      throw new LicError('CONFLICT', 'the license was given another revision meanwhile', { hint: 'try again' })
    }
    const revised = renewal(old, input, authority.now())
    if (revised.expires === undefined) {
      throw new LicError('INVALID_INPUT', 'five typed lines cannot say that a license never ends', {
        hint: 'name an end: --for 5y; or hand the license over as a file: lic renew KEY --until never --out FILE',
      })
    }
    const { handed } = await reviseIn(tx, authority, key, standing, {
      type: 'license.renewed',
      revised,
      emergency: old.anchor !== undefined,
      reason: input.reason,
      request,
    })
    const { object, expires } = await extension(tx, authority, key, site, revised.expires)
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'license.extended',
        entity: row.cti,
        brand: row.brand,
        customer: row.customer,
        object,
        data: { installed: site.number, number: handed.license.revision, expires },
      },
      authority.random,
    )
    return { handed, ...typedOf(object.bytes) }
  })
}

/** What the site has: it never saw a revision that it was only told the end of. */
const revisionOfSite = async (db: Reader, { row }: Standing, installed: number | undefined): Promise<Revision> => {
  const newest = await findRevision(db, row.id, row.revision)
  const number = installed ?? newest?.installed ?? row.revision
  const found = number === row.revision ? newest : await findRevision(db, row.id, number)
  if (found) return found
  throw new LicError('NOT_FOUND', `the license has no revision ${number}`, { hint: 'see them: lic show KEY' })
}

/** Five lines carry no chain: the site knows the key that signed what it has. @throws LicError RIGHTS_EXCEEDED */
const keyThatSiteKnows = async (db: Reader, site: Revision, now: number): Promise<Key> => {
  const key = (await listKeys(db)).find((each) => equal(each.kid, site.signer))
  const ended = (key?.notAfter ?? 0) <= now
  if (key?.role === 'issuing' && key.state === 'active' && !ended) return key
  const why =
    key?.state !== 'active' ? `is ${key?.state ?? 'unknown'}` : ended ? 'has ended' : 'may not sign extensions'
  throw new LicError(
    'RIGHTS_EXCEEDED',
    `the site knows the key ${key?.name ?? toHex(site.signer)} of revision ${site.number} alone, and that ${why}`,
    { hint: 'hand the renewed license over as QR code or file: lic renew KEY --for 1y --qr F.png' },
  )
}

const extension = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  site: Revision,
  end: number,
): Promise<{ readonly object: SignedObject; readonly expires: number }> => {
  const issuedAt = authority.now()
  const hours = Math.floor((end - issuedAt) / HOUR)
  if (hours < 1) throw new LicError('INVALID_INPUT', 'the new end is less than an hour away')
  const expires = issuedAt + hours * HOUR
  if (!site.bytes) throw new LicError('NOT_FOUND', `revision ${site.number} is not in the ledger any more`)
  const { license } = handOver(site.bytes)
  const payload = writeAnswer('extension', { issuedAt, expires, cti: license.cti, revision: site.number })
  const object = await seal('extension', payload, key.signer, key.chain)
  const trust = await ownTrust(tx)
  // No extension is recorded that the site would refuse.
  beforeSigning(() => {
    const [issuer] = issuersOf(open(site.bytes as Uint8Array), trust)
    if (issuer) openAnswer('extension', object.bytes, trust, grantLicense(license, issuer))
  })
  return { object, expires }
}

const typedOf = (object: Uint8Array): Omit<Extended, 'handed'> => {
  const signed = open(object)
  const { issuedAt, expires, revision } = readAnswer('extension', signed)
  const lines = typedLines({
    form: 'extension',
    place: 0,
    issuedAt,
    term: termOf(issuedAt, expires),
    kidPrefix: signed.kid.subarray(0, 3),
    signature: signed.signature,
  })
  return { installed: revision, expires, lines }
}

/** What was answered when this renewal was recorded: its extension is the next event of the license. */
const firstAnswer = async (db: Reader, event: number): Promise<Extended> => {
  const handed = handOver((await signedObject(db, event)).bytes)
  const events = await eventsOf(db, 'license', handed.license.cti)
  const extended = events.find(({ id, type }) => id > event && type === 'license.extended')
  if (!extended) throw new LicError('LEDGER_DAMAGED', 'a renewal by phone without its extension')
  return { handed, ...typedOf((await signedObject(db, extended.id)).bytes) }
}
