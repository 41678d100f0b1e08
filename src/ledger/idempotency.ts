/**
 * Requests that may be sent twice. The key is written in the transaction of what it asked for, so a repetition finds
 * either nothing or the whole answer. Invariant: one key, one request.
 */

import type { Selectable } from 'kysely'
import { equal, fromHex, toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { type BrandScope, isOfBrand } from './brand-filter.ts'
import { insertRow, padded, runCompiled } from './compiled.ts'
import { type Asked, decodeEnvelope } from './envelope.ts'
import type { IdempotencyKeysTable, Reader, Tx } from './schema.ts'

export interface Idempotency extends Asked {
  /** Hash of everything that was asked, to tell a repetition from another request. Kept beside the log, never in it. */
  readonly requestHash: Uint8Array
}

/** The name of the private text that holds the hash of a request, and its clear text. */
export const REQUEST = 'request'
export const requestText = ({ requestHash }: Idempotency): string => toHex(requestHash)

/**
 * The event that answered this very request before, or null when the key is new.
 * @param brand who asks: an answer of another brand is none
 * @throws LicError CONFLICT when the key stands for another request, or for one of another brand
 */
export const answeredBefore = async (
  db: Reader,
  request: Idempotency,
  brand: BrandScope = null,
): Promise<number | null> => (await answersBefore(db, [request], brand))(request)

/** The same for many requests, with one question to the ledger. */
export const answersBefore = async (
  db: Reader,
  requests: readonly Idempotency[],
  brand: BrandScope = null,
): Promise<(request: Idempotency) => number | null> => {
  const keys = [...new Set(requests.map(({ key }) => key))]
  const within = padded(keys)
  const rows =
    keys.length === 0
      ? []
      : await runCompiled<Selectable<IdempotencyKeysTable>>(db, `idempotency keys x${within.length}`, within, () =>
          db
            .selectFrom('idempotency_keys')
            .selectAll()
            .where('key', 'in', [...within])
            .compile(),
        )
  const known = new Map(rows.map((row) => [row.key, row]))
  const theirs = await eventsOfBrand(
    db,
    rows.map(({ event }) => event),
    brand,
  )
  return (request) => {
    const row = known.get(request.key)
    if (row === undefined) return null
    const same = row.verb === request.verb && equal(row.request_hash, request.requestHash)
    if (same && theirs(row.event)) return row.event
    throw new LicError('CONFLICT', 'this idempotency key was used for another request', {
      hint: 'use a new key for a new request',
      data: { key: request.key, verb: row.verb },
    })
  }
}

const eventsOfBrand = async (
  db: Reader,
  events: readonly number[],
  brand: BrandScope,
): Promise<(event: number) => boolean> => {
  if (brand === null || events.length === 0) return () => true
  const rows = db
    .selectFrom('events')
    .select(['id', 'bytes'])
    .where('id', 'in', [...events])
  const own = (await rows.execute()).filter(({ bytes }) => isOfBrand(decodeEnvelope(bytes), brand))
  const ids = new Set(own.map(({ id }) => id))
  return (event) => ids.has(event)
}

/** @param request the text of `requestText`; null once erased, and then no repetition is recognised */
export const keepIdempotencyKey = (
  tx: Tx,
  { key, verb }: Asked,
  request: string | null,
  event: number,
  at: number,
): Promise<void> => insertRow(tx, 'idempotency_keys', { key, verb, request_hash: fromHex(request ?? ''), event, at })
