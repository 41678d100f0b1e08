/** The log as it was at a time: how many events it had, and the root over them (FORMAT 17.1). */

import type { TreeHead } from '../core/merkle.ts'
import type { Reader } from './schema.ts'
import { logSize } from './sequence.ts'
import { treeHead } from './tree.ts'

/**
 * The events before the first that was recorded at `time` or later. A clock that ran ahead makes them fewer, never more: what
 * counts as older was in the log before anything of that time was.
 */
export const headBefore = async (db: Reader, time: number): Promise<TreeHead> => {
  const first = await db
    .selectFrom('events')
    .select((eb) => eb.fn.min('place').as('place'))
    .where('at', '>=', time)
    .where('place', 'is not', null)
    .executeTakeFirst()
  return treeHead(db, first?.place ?? (await logSize(db)))
}
