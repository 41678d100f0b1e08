/**
 * Places in the log. Whoever holds the write lock of a SQLite ledger is alone, so an event gets its place when it is
 * recorded, in the transaction of its change, and the tree over the log grows with it (events.ts). Invariant: places are
 * 0, 1, 2 ... without a gap, and never change.
 */

import { runCompiled } from './compiled.ts'
import type { Reader } from './schema.ts'

/** Events that have a place: the size of the log, and the next place. */
export const logSize = async (db: Reader): Promise<number> => {
  const [last] = await runCompiled<{ place: number }>(db, 'last place', [1], () =>
    db.selectFrom('events').select('place').where('place', 'is not', null).orderBy('place', 'desc').limit(1).compile(),
  )
  return last === undefined ? 0 : last.place + 1
}
