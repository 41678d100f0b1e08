/**
 * `lic ledger audit`: no signature without a row. What is genuine and not in the ledger was signed by somebody else with
 * the key, or after a backup that was restored; what is forged is told too. An object is known by its hash (FORMAT 3.3).
 */

import { readAnswer } from '../core/answers.ts'
import { equal } from '../core/bytes.ts'
import { LIST_LIMITS } from '../core/cbor.ts'
import type { Trust } from '../core/chain.ts'
import { readCheckpoint, verifyCheckpoint } from '../core/checkpoint.ts'
import { formatKey } from '../core/codes/license-key.ts'
import { objectHash, open, type Signed } from '../core/cose.ts'
import { type ErrorCode, LicError } from '../core/errors.ts'
import { readLicense } from '../core/license.ts'
import { OBJECTS } from '../core/objects.ts'
import { signedBy } from '../core/signed-by.ts'
import { authenticate } from '../core/verify.ts'
import { decodeEnvelope } from '../ledger/envelope.ts'
import { eventsOf, type PastEvent, pastEvent } from '../ledger/history.ts'
import type { Reader } from '../ledger/schema.ts'
import { noteHash } from './checkpoint.ts'

export interface Audited {
  /** Of the object; null for what is none. */
  readonly type: string | null
  /** `unknown`: genuine, and the ledger has no row for it. */
  readonly status: 'known' | 'unknown' | 'forged'
  readonly code: ErrorCode | null
  readonly reason: string | null
  /** Masked; of a license. */
  readonly key: string | null
  /** What recorded it. */
  readonly event: PastEvent | null
}

/** @param trust the own root keys and certificates, with those that travelled along */
export const auditObject = async (db: Reader, bytes: Uint8Array, trust: Trust): Promise<Audited> => {
  let signed: Signed
  try {
    signed = open(bytes, LIST_LIMITS)
  } catch (error) {
    return forged(null, null, error)
  }
  const key = keyIn(signed)
  try {
    const own = signed.chain ? { roots: trust.roots } : trust
    if (signed.type === 'license') authenticate(bytes, own)
    else signedBy(signed, own)
  } catch (error) {
    return forged(signed.type, key, error)
  }
  return found(signed.type, key, await recordOf(db, signed))
}

/** The same for the text of a checkpoint. */
export const auditCheckpoint = async (db: Reader, note: string, trust: Trust): Promise<Audited> => {
  try {
    verifyCheckpoint(readCheckpoint(note), trust)
  } catch (error) {
    return forged('checkpoint', null, error)
  }
  return found('checkpoint', null, await withHash(db, OBJECTS.checkpoint.type, noteHash(note)))
}

const forged = (type: string | null, key: string | null, error: unknown): Audited => {
  if (!(error instanceof LicError)) throw error
  return { type, status: 'forged', code: error.code, reason: error.message, key, event: null }
}

const found = (type: string, key: string | null, event: PastEvent | null): Audited => {
  if (event !== null) return { type, status: 'known', code: null, reason: null, key, event }
  const reason = 'the own key signed it, and the ledger has no row for it'
  return { type, status: 'unknown', code: 'NOT_IN_LEDGER', reason, key, event: null }
}

/** What it says of itself, verified or not: to find the file again. */
const keyIn = (signed: Signed): string | null => {
  if (signed.type !== 'license') return null
  try {
    const { prefix, cti } = readLicense(signed)
    return formatKey(prefix, cti)
  } catch (error) {
    if (error instanceof LicError) return null
    throw error
  }
}

const recordOf = async (db: Reader, signed: Signed): Promise<PastEvent | null> => {
  const hash = objectHash(signed)
  const among = (events: readonly PastEvent[]) =>
    events.find(({ object }) => object !== null && equal(object, hash)) ?? null
  switch (signed.type) {
    case 'license':
      return among(await eventsOf(db, 'license', readLicense(signed).cti))
    case 'extension':
      return among(await eventsOf(db, 'license', readAnswer('extension', signed).cti))
    case 'activation':
      return among(await eventsOf(db, 'activation', readAnswer('activation', signed).anchor))
    case 'deviceAnchor':
      return among(await eventsOf(db, 'activation', readAnswer('deviceAnchor', signed).anchor))
    default:
      return withHash(db, OBJECTS[signed.type].type, hash)
  }
}

/** Of the kinds that there are few of: lists, certificates, checkpoints. */
const withHash = async (db: Reader, type: number, hash: Uint8Array): Promise<PastEvent | null> => {
  const rows = await db
    .selectFrom('signed_objects')
    .innerJoin('events', 'events.id', 'signed_objects.event')
    .selectAll('events')
    .where('signed_objects.type', '=', type)
    .execute()
  const row = rows.find(({ bytes }) => {
    const { object } = decodeEnvelope(bytes)
    return object !== null && equal(object, hash)
  })
  return row === undefined ? null : pastEvent(db, row)
}
