/** What has been published: the newest revocation list of each name. What the next one says: status-indexes.ts. */

import type { Selectable } from 'kysely'
import { utf8 } from '../core/bytes.ts'
import { decodeEnvelope } from './envelope.ts'
import { ENTITY_KINDS, type RevocationsPublished } from './event-types.ts'
import type { Happening } from './happening.ts'
import type { Reader, RevocationListsTable, Tx } from './schema.ts'

export interface PublishedList {
  readonly sub: string
  /** Publishing time in seconds; the next is greater. */
  readonly number: number
  /** How many status indexes in it are not valid. */
  readonly count: number
  readonly publishedAt: number
  /** The event whose signed object is the list. */
  readonly event: number
}

const listOf = (row: Selectable<RevocationListsTable>): PublishedList => ({
  sub: row.sub,
  number: row.number,
  count: row.count,
  publishedAt: row.published_at,
  event: row.event,
})

export const publishList = async (tx: Tx, event: Happening<'revocations.published'>): Promise<void> => {
  const row = { number: event.data.number, count: event.data.count, published_at: event.at, event: event.id }
  await tx
    .insertInto('revocation_lists')
    .values({ sub: String(event.entity), ...row })
    .onConflict((conflict) => conflict.column('sub').doUpdateSet(row))
    .execute()
}

/** The newest list named `sub`; null before the first. */
export const newestList = async (db: Reader, sub: string): Promise<PublishedList | null> => {
  const row = await db.selectFrom('revocation_lists').selectAll().where('sub', '=', sub).executeTakeFirst()
  return row === undefined ? null : listOf(row)
}

/** The event of one publishing of a list; null when there was none. The newest are looked at first. */
export const publishingOf = async (db: Reader, sub: string, number: number): Promise<number | null> => {
  const rows = await db
    .selectFrom('events')
    .select(['id', 'bytes'])
    .where('entity_kind', '=', ENTITY_KINDS['revocation list'])
    .where('entity_id', '=', utf8(sub))
    .orderBy('entity_version', 'desc')
    .execute()
  const found = rows.find(
    ({ bytes }) => (decodeEnvelope(bytes).data as unknown as RevocationsPublished).number === number,
  )
  return found?.id ?? null
}

/** Lists that there can be (FORMAT 11.2). */
const LISTS = 4096

/** The events of one publishing, one a list: it begins with `event`. */
export const eventsOfPublishing = async (db: Reader, event: number): Promise<readonly number[]> => {
  const rows = await db
    .selectFrom('events')
    .select(['id', 'bytes'])
    .where('id', '>=', event)
    .where('entity_kind', '=', ENTITY_KINDS['revocation list'])
    .orderBy('id')
    .limit(LISTS)
    .execute()
  // Written by `publishRevocations`: no other event is about a list.
  const numbers = rows.map(({ bytes }) => (decodeEnvelope(bytes).data as unknown as RevocationsPublished).number)
  const end = numbers.findIndex((number) => number !== numbers[0])
  return rows.slice(0, end < 0 ? undefined : end).map(({ id }) => id)
}
