/**
 * The canonical bytes of an event: a deterministic CBOR map with these keys, those without a value left out.
 *
 *    0 v (1)           1 at, unix seconds    2 type              3 brand slug         4 entity kind, number
 *    5 entity id       6 entity version      7 customer id       8 license, cti       9 line
 *   10 activation     11 actor              12 source, number   13 host              14 reason, commitment
 *   15 idempotency [key, verb]                                  16 hash of the signed object
 *   17 data (field-names.ts)                18 texts: name -> commitment
 *
 * A license event names its license once, as the entity. The bytes hold neither the place nor a previous hash, so that
 * they can be written before the log's order is known. Invariant: no personal data, in any field.
 */

import { type Cbor, decode, encode } from '../core/cbor.ts'
import { LicError } from '../core/errors.ts'
import { ENTITY_KINDS, type Plain, SOURCES } from './event-types.ts'
import { fromCbor, toCbor } from './field-names.ts'

/** A request that may be sent twice, as the log names it. */
export interface Asked {
  /** As the caller chose it. */
  readonly key: string
  readonly verb: string
}

export interface Envelope {
  readonly at: number
  readonly type: string
  readonly brand: string | null
  /** Number of the entity's kind; one that this program does not know stays a number. */
  readonly entityKind: number
  readonly entity: string | Uint8Array
  readonly version: number
  readonly customer: string | null
  readonly license: Uint8Array | null
  readonly line: number | null
  readonly activation: Uint8Array | null
  readonly actor: string
  readonly source: string
  readonly host: string | null
  readonly reason: Uint8Array | null
  /** What was asked is committed to in `texts`, salted: it may name people. */
  readonly idempotency: Asked | null
  /** SHA-256(["lic-object-1", protected, payload, signature]). */
  readonly object: Uint8Array | null
  readonly data: Plain
  readonly texts: Readonly<Record<string, Uint8Array>>
}

const ENVELOPE_VERSION = 1
/** Far above what one event says; a bound for what is read from a file. */
const LIMITS = { bytes: 256 * 1024 }

/** @throws LicError INVALID_INPUT for values that have no deterministic form, and for more than a reader takes. */
export const encodeEnvelope = (event: Envelope): Uint8Array => {
  const map = new Map<number, Cbor>([[0, ENVELOPE_VERSION]])
  const put = (key: number, value: Cbor): void => {
    if (value !== null) map.set(key, value)
  }
  put(1, event.at)
  put(2, event.type)
  put(3, event.brand)
  put(4, event.entityKind)
  put(5, event.entity)
  put(6, event.version)
  put(7, event.customer)
  put(8, event.entityKind === ENTITY_KINDS.license ? null : event.license)
  put(9, event.line)
  put(10, event.activation)
  put(11, event.actor)
  put(12, (SOURCES as Record<string, number>)[event.source] ?? event.source)
  put(13, event.host)
  put(14, event.reason)
  const { idempotency } = event
  put(15, idempotency && [idempotency.key, idempotency.verb])
  put(16, event.object)
  put(17, toCbor(event.data))
  const texts = Object.entries(event.texts)
  put(18, texts.length === 0 ? null : new Map(texts))
  const bytes = encode(map)
  // What is written must be read again: a name of a megabyte would make the book unreadable from here on.
  if (bytes.length > LIMITS.bytes) {
    throw new LicError('INVALID_INPUT', `the entry would be ${bytes.length} bytes, and ${LIMITS.bytes} is the limit`, {
      hint: 'shorten the names, the actor or the idempotency key',
    })
  }
  return bytes
}

const SOURCE_NAMES = new Map<Cbor, string>(Object.entries(SOURCES).map(([name, number]) => [number, name]))

/** @throws LicError LEDGER_DAMAGED when the bytes are no envelope of this version. */
export const decodeEnvelope = (bytes: Uint8Array): Envelope => {
  const map = decoded(bytes)
  const get = (key: number): Cbor => map.get(key) ?? null
  const text = (key: number): string => must(typeof get(key) === 'string', get(key) as string)
  const number = (key: number): number => must(typeof get(key) === 'number', get(key) as number)
  const textOrNull = (key: number) => (map.has(key) ? text(key) : null)
  const bytesOrNull = (key: number) => (map.has(key) ? must(isBytes(get(key)), get(key) as Uint8Array) : null)
  must(get(0) === ENVELOPE_VERSION, null)
  const entity = get(5)
  const entityKind = number(4)
  const source = get(12)
  return {
    at: number(1),
    type: text(2),
    brand: textOrNull(3),
    entityKind,
    entity: must(typeof entity === 'string' || isBytes(entity), entity as string | Uint8Array),
    version: number(6),
    customer: textOrNull(7),
    license: entityKind === ENTITY_KINDS.license && isBytes(entity) ? entity : bytesOrNull(8),
    line: map.has(9) ? number(9) : null,
    activation: bytesOrNull(10),
    actor: text(11),
    source: SOURCE_NAMES.get(source) ?? String(source),
    host: textOrNull(13),
    reason: bytesOrNull(14),
    idempotency: idempotencyOf(get(15)),
    object: bytesOrNull(16),
    data: fromCbor(get(17)),
    texts: textsOf(get(18)),
  }
}

const damaged = (cause?: unknown): LicError => new LicError('LEDGER_DAMAGED', 'an event is not readable', { cause })

const must = <T>(holds: boolean, value: T): T => {
  if (!holds) throw damaged()
  return value
}

const isBytes = (value: Cbor): value is Uint8Array => value instanceof Uint8Array

const decoded = (bytes: Uint8Array): ReadonlyMap<number | string, Cbor> => {
  try {
    // A view of its own: the decoder leaves a mark on the array that it is given.
    const value = decode(bytes.subarray(), LIMITS)
    if (value instanceof Map) return value
  } catch (error) {
    throw damaged(error)
  }
  throw damaged()
}

const idempotencyOf = (value: Cbor): Asked | null => {
  if (value === null) return null
  const [key, verb] = must(Array.isArray(value), value as readonly Cbor[])
  if (typeof key !== 'string' || typeof verb !== 'string') throw damaged()
  return { key, verb }
}

const textsOf = (value: Cbor): Readonly<Record<string, Uint8Array>> => {
  if (value === null) return {}
  const map = must(value instanceof Map, value as ReadonlyMap<number | string, Cbor>)
  return Object.fromEntries(
    [...map].map(([name, commitment]) => [name, must(isBytes(commitment), commitment as Uint8Array)]),
  )
}
