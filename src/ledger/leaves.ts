/**
 * The log as it lies in the file, for whoever checks it: rows in the order of their places, with all that lies beside them,
 * a batch at a time. Nothing here trusts what it reads.
 */

import type { Selectable } from 'kysely'
import type { TreeNodesTable } from './log-tables.ts'
import type { EventsTable, PrivateTextsTable, Reader, SignedObjectsTable } from './schema.ts'
import { FAN } from './tree.ts'

/** Rows as they lie there. */
export type LeafRow = Selectable<EventsTable>
export type TextRow = Selectable<PrivateTextsTable>
export type ObjectRow = Selectable<SignedObjectsTable>

export interface Leaves {
  readonly rows: readonly LeafRow[]
  /** By the number of their event. */
  readonly texts: ReadonlyMap<number, readonly TextRow[]>
  readonly objects: ReadonlyMap<number, ObjectRow>
}

/** Events from `place` on, as many as a stored node has children. */
export const leavesFrom = async (db: Reader, place: number): Promise<Leaves> => {
  const query = db.selectFrom('events').selectAll().where('place', '>=', place)
  const rows = await query.orderBy('place').limit(FAN).execute()
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return { rows, texts: new Map(), objects: new Map() }
  const texts = new Map<number, TextRow[]>()
  for (const row of await db.selectFrom('private_texts').selectAll().where('event', 'in', ids).execute()) {
    texts.set(row.event, [...(texts.get(row.event) ?? []), row])
  }
  const objects = await db.selectFrom('signed_objects').selectAll().where('event', 'in', ids).execute()
  return { rows, texts, objects: new Map(objects.map((row) => [row.event, row])) }
}

/** Numbers of events that have no place, and of rows beside the log whose event there is not; some of each. */
export const strays = async (db: Reader, most: number) => {
  const nowhere = db
    .selectFrom('events')
    .select('id')
    .where((eb) => eb.or([eb('place', 'is', null), eb('place', '<', 0)]))
  const unplaced = await nowhere.limit(most).execute()
  const texts = db
    .selectFrom('private_texts')
    .leftJoin('events', 'events.id', 'private_texts.event')
    .select(['private_texts.event', 'private_texts.name'])
    .where('events.id', 'is', null)
  const objects = db
    .selectFrom('signed_objects')
    .leftJoin('events', 'events.id', 'signed_objects.event')
    .select('signed_objects.event')
    .where('events.id', 'is', null)
  return {
    events: unplaced.map(({ id }) => id),
    texts: await texts.limit(most).execute(),
    objects: (await objects.limit(most).execute()).map(({ event }) => event),
  }
}

/** The stored node, if it is there. */
export const nodeAt = async (db: Reader, level: number, position: number): Promise<Uint8Array | undefined> => {
  const query = db.selectFrom('tree_nodes').select('hash').where('level', '=', level)
  return (await query.where('position', '=', position).executeTakeFirst())?.hash
}

/** Stored nodes, by level and position, of which a log of `size` events has none. */
export const nodesBeyond = async (db: Reader, size: number): Promise<readonly Selectable<TreeNodesTable>[]> => {
  const rows: Selectable<TreeNodesTable>[] = []
  const levels = await db.selectFrom('tree_nodes').select('level').distinct().execute()
  for (const { level } of levels) {
    const query = db.selectFrom('tree_nodes').selectAll().where('level', '=', level)
    const full = level < 1 ? 0 : Math.floor(size / FAN ** level)
    const beyond = query.where((eb) => eb.or([eb('position', '<', 0), eb('position', '>=', full)]))
    rows.push(...(await beyond.limit(FAN).execute()))
  }
  return rows
}

/** Texts of a customer under events before `event` that are still there, or half there: the events. */
export const unerased = async (db: Reader, customer: string, event: number): Promise<readonly number[]> => {
  const rows = await db
    .selectFrom('private_texts')
    .select('event')
    .where('customer', '=', customer)
    .where('event', '<', event)
    .where((eb) => eb.or([eb('value', 'is not', null), eb('salt', 'is not', null)]))
    .limit(FAN)
    .execute()
  return rows.map((row) => row.event)
}
