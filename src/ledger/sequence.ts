/**
 * Places in the log. Whoever holds the write lock of a SQLite ledger is alone, so an event gets its place when it is
 * recorded, in the transaction of its change. Invariant: places are 0, 1, 2 ... without a gap, and never change.
 */

import type { Reader } from './schema.ts'

/** Events that have a place: the size of the log, and the next place. */
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
