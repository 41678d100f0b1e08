/**
 * Deals places in the log. A transaction commits its change and its events; whoever holds the write lock places every
 * event that has no place yet, in the order they were recorded. With SQLite that is the transaction itself, a batch of
 * one. Invariant: places are 0, 1, 2 ... without a gap, and never change; the tree over them grows with them.
 */

import { sql } from 'kysely'
import type { Reader, Tx } from './schema.ts'
import { extendTree } from './tree.ts'

/** Events that have a place: the size of the log. */
export const logSize = async (db: Reader): Promise<number> => {
  const last = await db
    .selectFrom('events')
    .select('place')
    .orderBy('place', 'desc')
    .where('place', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return last?.place == null ? 0 : last.place + 1
}

/** Places what is unplaced. @returns how many events found their place. */
export const placeEvents = async (tx: Tx): Promise<number> => {
  const unplaced = await tx.selectFrom('events').select('id').where('place', 'is', null).limit(1).executeTakeFirst()
  if (unplaced === undefined) return 0
  const next = await logSize(tx)
  const numbered = tx
    .selectFrom('events')
    .where('place', 'is', null)
    .select(['id', sql<number>`row_number() over (order by id) - 1`.as('rank')])
    .as('numbered')
  const { numUpdatedRows } = await tx
    .updateTable('events')
    .from(numbered)
    .set({ place: sql<number>`numbered.rank + ${next}` })
    .whereRef('events.id', '=', 'numbered.id')
    .executeTakeFirst()
  await extendTree(tx, next, next + Number(numUpdatedRows))
  return Number(numUpdatedRows)
}
