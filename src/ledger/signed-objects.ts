/**
 * The bytes of everything signed, each under the event that recorded it. Their hash stands in that event, so that it
 * outlives them.
 */

import { LicError } from '../core/errors.ts'
import { insertRow } from './compiled.ts'
import { decodeEnvelope } from './envelope.ts'
import type { Reader, Tx } from './schema.ts'

export interface SignedObject {
  /** SHA-256(["lic-object-1", protected, payload, signature]), computed by the caller. */
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
  /** Object type of FORMAT 3: 1 license, 2 certificate, 3 activation, 4 revocation list ... */
  readonly type: number
}

export const keepObject = (tx: Tx, event: number, object: Omit<SignedObject, 'hash'>): Promise<void> =>
  insertRow(tx, 'signed_objects', { event, bytes: object.bytes, type: object.type })

/**
 * What the event with this number signed.
 * @throws LicError NOT_FOUND when it signed nothing, or when the bytes were erased with their customer.
 */
export const signedObject = async (db: Reader, event: number): Promise<SignedObject> => {
  const row = await db
    .selectFrom('signed_objects')
    .innerJoin('events', 'events.id', 'signed_objects.event')
    .select(['signed_objects.bytes', 'signed_objects.type', 'events.bytes as envelope'])
    .where('signed_objects.event', '=', event)
    .executeTakeFirst()
  if (row === undefined) throw new LicError('NOT_FOUND', 'no signed object was recorded with this event')
  const { object: hash } = decodeEnvelope(row.envelope)
  if (hash === null) throw new LicError('LEDGER_DAMAGED', 'an object is recorded that its event does not know')
  if (row.bytes === null)
    throw new LicError('NOT_FOUND', 'the signed bytes were erased when the customer was forgotten')
  return { hash, bytes: row.bytes, type: row.type }
}
