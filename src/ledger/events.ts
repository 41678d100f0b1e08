/**
 * Writing history. `record` is the only way into the book: it commits personal text, builds the envelope, appends it,
 * keeps what was signed, and folds the event into the tables, all in the caller's transaction. Invariant: no table
 * changes without an event, and no event without its tables.
 */

import { utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { leafHash } from '../core/merkle.ts'
import { collectInserts, insertRows } from './compiled.ts'
import { type Envelope, encodeEnvelope } from './envelope.ts'
import { ENTITY_KINDS, EVENT_TYPES, type EventData, type EventType, type Plain, type Source } from './event-types.ts'
import { type Happening, happeningOf } from './happening.ts'
import { type Idempotency, keepIdempotencyKey, REQUEST, requestText } from './idempotency.ts'
import { clearTexts, commit, keepText, type PrivateText, type Random, REASON } from './private-texts.ts'
import { project } from './project.ts'
import type { Reader, Tx } from './schema.ts'
import { keepObject, type SignedObject } from './signed-objects.ts'
import { extendTree } from './tree.ts'

export interface NewEvent<T extends EventType> {
  readonly type: T
  /** Unix seconds, from the caller's clock. */
  readonly at: number
  /** Slug, customer id, `brand/code` of a tier, list `sub`; cti or kid as bytes. */
  readonly entity: string | Uint8Array
  readonly actor: string
  readonly source: Source
  readonly data: EventData[T]
  readonly brand?: string | undefined
  readonly customer?: string | undefined
  /** cti, where the entity is something else of the license. */
  readonly license?: Uint8Array | undefined
  readonly line?: number | undefined
  readonly activation?: Uint8Array | undefined
  readonly host?: string | undefined
  /** Personal data as far as the log is concerned: kept beside it. */
  readonly reason?: string | undefined
  /** Further personal text by name; 'reason' and 'request' are taken. */
  readonly texts?: Readonly<Record<string, string>> | undefined
  readonly idempotency?: Idempotency | undefined
  readonly object?: SignedObject | undefined
}

/**
 * Records what happened. @returns the event's number, under which its signed object is found again.
 * @throws LicError CONFLICT when its entity, status index or idempotency key is in the ledger already.
 */
export const record = async <T extends EventType>(tx: Tx, event: NewEvent<T>, random: Random): Promise<number> => {
  const { entity, first } = EVENT_TYPES[event.type]
  const version = first === 'always' ? 1 : await nextVersion(tx, ENTITY_KINDS[entity], event.entity, first === 'maybe')
  const { envelope, bytes, texts, object } = enveloped(event, version, random)
  return append(tx, envelope, bytes, texts, object)
}

/** What a batch records: the first event of its entity, whose version nobody has to look up. */
type Beginning = 'customer.added' | 'license.issued'

/**
 * Records many events in a few statements.
 * @returns their numbers, in their order. @throws LicError CONFLICT as `record`; then the transaction must be undone
 */
export const recordAll = async (
  tx: Tx,
  events: readonly { readonly [T in Beginning]: NewEvent<T> }[Beginning][],
  random: Random,
): Promise<readonly number[]> => {
  const all = events.map((event) => enveloped(event, 1, random))
  const ids = await insertEvents(tx, all)
  await collectInserts(tx, async () => {
    for (const [i, { envelope, texts, object }] of all.entries()) {
      await keepBeside(tx, ids[i] as number, envelope, texts, object)
    }
  })
  return ids
}

interface Enveloped {
  readonly envelope: Envelope
  readonly bytes: Uint8Array
  readonly texts: readonly PrivateText[]
  readonly object: SignedObject | undefined
}

const enveloped = (event: NewEvent<EventType>, version: number, random: Random): Enveloped => {
  const { entity: kind } = EVENT_TYPES[event.type]
  const reason = event.reason === undefined ? null : commit(REASON, event.reason, random)
  const { idempotency } = event
  const asked = { ...event.texts, ...(idempotency && { [REQUEST]: requestText(idempotency) }) }
  const others = Object.entries(asked).map(([name, value]) => commit(name, value, random))
  const envelope: Envelope = {
    at: event.at,
    type: event.type,
    brand: event.brand ?? null,
    entityKind: ENTITY_KINDS[kind],
    entity: event.entity,
    version,
    customer: event.customer ?? null,
    license: kind === 'license' && event.entity instanceof Uint8Array ? event.entity : (event.license ?? null),
    line: event.line ?? null,
    activation: event.activation ?? null,
    actor: event.actor,
    source: event.source,
    host: event.host ?? null,
    reason: reason?.commitment ?? null,
    idempotency: idempotency === undefined ? null : { key: idempotency.key, verb: idempotency.verb },
    object: event.object?.hash ?? null,
    data: event.data as Plain,
    texts: Object.fromEntries(others.map(({ text, commitment }) => [text.name, commitment])),
  }
  const texts = (reason === null ? others : [reason, ...others]).map(({ text }) => text)
  return { envelope, bytes: encodeEnvelope(envelope), texts, object: event.object }
}

/** Appends an event that has its bytes already (an import, a replay), with what lies beside it, and folds it in. */
export const append = async (
  tx: Tx,
  envelope: Envelope,
  bytes: Uint8Array,
  texts: readonly PrivateText[],
  object?: Omit<SignedObject, 'hash'>,
): Promise<number> => {
  const [id] = await insertEvents(tx, [{ envelope, bytes }])
  if (id === undefined) throw new LicError('UNEXPECTED', 'the ledger gave an event no number')
  await keepBeside(tx, id, envelope, texts, object)
  return id
}

/** Numbers are dealt in the order of the rows. */
const insertEvents = async (
  tx: Tx,
  events: readonly Pick<Enveloped, 'envelope' | 'bytes'>[],
): Promise<readonly number[]> => {
  const leaves = events.map(({ bytes }) => leafHash(bytes))
  const first = await extendTree(tx, leaves)
  const rows = events.map(({ envelope, bytes }, i) => ({
    place: first + i,
    at: envelope.at,
    entity_kind: envelope.entityKind,
    entity_id: entityBytes(envelope.entity),
    entity_version: envelope.version,
    license: envelope.entityKind === ENTITY_KINDS.license ? null : envelope.license,
    leaf: leaves[i] as Uint8Array,
    bytes,
  }))
  return insertRows(tx, 'events', rows, 'id')
}

const keepBeside = async (
  tx: Tx,
  id: number,
  envelope: Envelope,
  texts: readonly PrivateText[],
  object?: Omit<SignedObject, 'hash'>,
): Promise<void> => {
  const { entityKind, entity } = envelope
  const customer = entityKind === ENTITY_KINDS.customer && typeof entity === 'string' ? entity : envelope.customer
  for (const text of texts) await keepText(tx, id, text, customer)
  if (object !== undefined) await keepObject(tx, id, object)
  await foldIn(tx, happeningOf(envelope, clearTexts(texts), id))
}

/** Everything in the tables that follows from one event. */
export const foldIn = async (tx: Tx, event: Happening): Promise<void> => {
  if (event.idempotency !== null) {
    await keepIdempotencyKey(tx, event.idempotency, event.texts[REQUEST] ?? null, event.id, event.at)
  }
  await project(tx, event)
}

/** An entity's id as the column holds it. */
export const entityBytes = (entity: string | Uint8Array): Uint8Array =>
  typeof entity === 'string' ? utf8(entity) : entity

const nextVersion = async (tx: Tx, kind: number, entity: string | Uint8Array, mayBeFirst: boolean): Promise<number> => {
  const last = await tx
    .selectFrom('events')
    .select('entity_version')
    .where('entity_kind', '=', kind)
    .where('entity_id', '=', entityBytes(entity))
    .orderBy('entity_version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (last === undefined && !mayBeFirst) throw new LicError('NOT_FOUND', 'nothing in the ledger has this id')
  return (last?.entity_version ?? 0) + 1
}

/** Events whose times are looked at: a clock that creeps back a little with each of them is noticed all the same. */
const LOOK_BACK = 256

/** The latest time among the newest events, for a check of the clock; null in an empty ledger. */
export const newestEventTime = async (db: Reader): Promise<number | null> => {
  const newest = db.selectFrom('events').select('at').orderBy('id', 'desc').limit(LOOK_BACK).as('newest')
  const row = await db
    .selectFrom(newest)
    .select((eb) => eb.fn.max('newest.at').as('at'))
    .executeTakeFirst()
  return row?.at ?? null
}
