/** The log as it was at a time: how many events it had, and the root over them (FORMAT 17.1). */

import { rootOf, type TreeHead } from '../core/merkle.ts'
import type { Reader } from './schema.ts'
import { logSize } from './sequence.ts'

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
  const size = first?.place ?? (await logSize(db))
  const leaves: Uint8Array[] = []
  for (let from = 0; from < size; from += AT_ONCE) {
    const rows = await db
      .selectFrom('events')
      .select('leaf')
      .where('place', '>=', from)
      .where('place', '<', Math.min(size, from + AT_ONCE))
      .orderBy('place')
      .execute()
    for (const { leaf } of rows) leaves.push(leaf)
  }
  return { size, root: rootOf(leaves) }
}

const AT_ONCE = 10_000
