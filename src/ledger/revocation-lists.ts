/** What has been published: the newest revocation list of each name. What the next one says: status-indexes.ts. */

import type { Selectable } from 'kysely'
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
