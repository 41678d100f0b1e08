/** Reading history: events as they were recorded, with the personal text that is still kept beside them. */

import type { Selectable } from 'kysely'
import { decodeEnvelope, type Envelope } from './envelope.ts'
import { ENTITY_KINDS, type EntityKind } from './event-types.ts'
import { entityBytes } from './events.ts'
import { clearTexts, textsOf } from './private-texts.ts'
import type { EventsTable, Reader } from './schema.ts'

export interface PastEvent extends Omit<Envelope, 'reason' | 'texts'> {
  readonly id: number
  /** Position in the log; null while a transaction on another machine has not dealt it. */
  readonly place: number | null
  readonly leaf: Uint8Array
  /** The canonical bytes that the leaf is the hash of. */
  readonly bytes: Uint8Array
  /** Clear text; null when none was given, or when it was erased. */
  readonly reason: string | null
  readonly texts: Readonly<Record<string, string | null>>
}

export const pastEvent = async (db: Reader, row: Selectable<EventsTable>): Promise<PastEvent> => {
  const { id, place, leaf, bytes } = row
  return { ...decodeEnvelope(bytes), ...clearTexts(await textsOf(db, id)), id, place, leaf, bytes }
}

const past = async (db: Reader, rows: readonly Selectable<EventsTable>[]): Promise<readonly PastEvent[]> => {
  const events: PastEvent[] = []
  for (const row of rows) events.push(await pastEvent(db, row))
  return events
}

/** Everything that happened to one entity, oldest first. */
export const eventsOf = async (
  db: Reader,
  kind: EntityKind,
  entity: string | Uint8Array,
): Promise<readonly PastEvent[]> => {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('entity_kind', '=', ENTITY_KINDS[kind])
    .where('entity_id', '=', entityBytes(entity))
    .orderBy('entity_version')
    .execute()
  return past(db, rows)
}

/** Everything that happened to a license, its activations and codes, oldest first. */
export const eventsOfLicense = async (db: Reader, cti: Uint8Array): Promise<readonly PastEvent[]> => {
  const own = await eventsOf(db, 'license', cti)
  const rows = await db.selectFrom('events').selectAll().where('license', '=', cti).orderBy('id').execute()
  return [...own, ...(await past(db, rows))].sort((a, b) => a.id - b.id)
}

/** A page of the log in its order: from place `from` on. */
export const eventsFrom = async (db: Reader, from: number, limit: number): Promise<readonly PastEvent[]> => {
  const query = db.selectFrom('events').selectAll().where('place', '>=', from)
  return past(db, await query.orderBy('place').limit(limit).execute())
}

/** Events by their numbers, newest first. */
export const eventsById = async (db: Reader, ids: readonly number[]): Promise<readonly PastEvent[]> => {
  if (ids.length === 0) return []
  const query = db.selectFrom('events').selectAll()
  return past(
    db,
    await query
      .where('id', 'in', [...ids])
      .orderBy('id', 'desc')
      .execute(),
  )
}
