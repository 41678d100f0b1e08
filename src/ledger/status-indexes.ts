/**
 * Status indexes: the place of each revision and line in the published lists (FORMAT 11.2). Dealt at random, so that a
 * list does not say who bought after whom; unique for ever, because lists outlive what they name.
 */

import { LicError } from '../core/errors.ts'
import { PLACES } from '../core/status.ts'
import { addUp, insertRow, runCompiled } from './compiled.ts'
import type { StatusIndexData } from './event-types.ts'
import type { Random } from './private-texts.ts'
import type { Reader, Tx } from './schema.ts'

/** Lists: the 12 bits above. */
const LISTS = 2 ** 12
/** Dealt places of a list before the next one opens: above this, draws collide too often. */
const FULL = (PLACES / 4) * 3

/**
 * Deals `count` indexes that nothing has. They are taken when the event that names them is recorded, in the same
 * transaction.
 * @throws LicError CONFLICT when all lists are full.
 */
export const dealStatusIndexes = async (tx: Tx, count: number, random: Random): Promise<readonly number[]> => {
  let { number: list, dealt } = await currentList(tx)
  const drawn = new Set<number>()
  while (drawn.size < count) {
    if (dealt >= FULL) {
      list += 1
      dealt = 0
    }
    if (list >= LISTS) throw new LicError('CONFLICT', 'every revocation list of this ledger is full')
    // As many as are missing, as far as the list goes; those that are taken are drawn again.
    const wanted = new Set<number>()
    while (wanted.size < Math.min(count - drawn.size, FULL - dealt)) {
      const index = list * PLACES + randomPlace(random)
      if (!drawn.has(index)) wanted.add(index)
    }
    const taken = await takenOf(tx, [...wanted])
    for (const index of wanted) {
      if (taken.has(index)) continue
      drawn.add(index)
      dealt += 1
    }
  }
  return [...drawn]
}

const currentList = async (db: Reader): Promise<{ number: number; dealt: number }> => {
  const [newest] = await runCompiled<{ number: number; dealt: number }>(db, 'newest status list', [1], () =>
    db.selectFrom('status_lists').selectAll().orderBy('number', 'desc').limit(1).compile(),
  )
  return newest ?? { number: 0, dealt: 0 }
}

const randomPlace = (random: Random): number => {
  const [a = 0, b = 0, c = 0] = random(3)
  return ((a & 0x0f) << 16) | (b << 8) | c
}

const takenOf = async (db: Reader, indexes: readonly number[]): Promise<ReadonlySet<number>> => {
  const rows = await runCompiled<{ index: number }>(db, `status indexes ${indexes.length}`, indexes, () =>
    db
      .selectFrom('status_indexes')
      .select('index')
      .where('index', 'in', [...indexes])
      .compile(),
  )
  return new Set(rows.map(({ index }) => index))
}

/** Takes dealt indexes for a revision of a license, and counts them to their lists. */
export const takeStatusIndexes = async (
  tx: Tx,
  license: number,
  revision: number,
  indexes: readonly StatusIndexData[],
): Promise<void> => {
  const lists = new Map<number, number>()
  for (const { index, line } of indexes) {
    await insertRow(tx, 'status_indexes', { index, license, line, revision, status: 0 })
    const list = Math.floor(index / PLACES)
    lists.set(list, (lists.get(list) ?? 0) + 1)
  }
  for (const [number, dealt] of lists) {
    await addUp(tx, `list ${number}`, dealt, (sum) =>
      runCompiled(tx, 'count dealt', [number, sum, sum], () =>
        tx
          .insertInto('status_lists')
          .values({ number, dealt: sum })
          .onConflict((conflict) =>
            conflict.column('number').doUpdateSet((eb) => ({ dealt: eb('status_lists.dealt', '+', sum) })),
          )
          .compile(),
      ),
    )
  }
}

/** What the next list says about these indexes. */
export const writeStatuses = async (
  tx: Tx,
  statuses: readonly { readonly index: number; readonly status: number }[],
): Promise<void> => {
  for (const { index, status } of statuses) {
    await tx.updateTable('status_indexes').set({ status }).where('index', '=', index).execute()
  }
}

export interface StatusIndex {
  readonly index: number
  readonly line: number
  /** Revision that it was dealt in. */
  readonly revision: number
  /** 0 valid, 1 revoked, 2 suspended. */
  readonly status: number
}

/** Every index of a license, in the order of lines. `license` is its number in the ledger. */
export const statusIndexesOf = async (db: Reader, license: number): Promise<readonly StatusIndex[]> => {
  const query = db.selectFrom('status_indexes').select(['index', 'line', 'revision', 'status'])
  return query.where('license', '=', license).orderBy('line').orderBy('revision').execute()
}

/** Numbers of the lists that have dealt a place. */
export const listNumbers = async (db: Reader): Promise<readonly number[]> =>
  (await db.selectFrom('status_lists').select('number').orderBy('number').execute()).map((row) => row.number)

/** Places of one list that are not valid, ascending: what publishing it says. */
export const notValidIn = async (
  db: Reader,
  list: number,
): Promise<readonly { readonly place: number; readonly status: number }[]> => {
  const from = list * PLACES
  const rows = await db
    .selectFrom('status_indexes')
    .select(['index', 'status'])
    .where('status', '<>', 0)
    .where('index', '>=', from)
    .where('index', '<', from + PLACES)
    .orderBy('index')
    .execute()
  return rows.map((row) => ({ place: row.index - from, status: row.status }))
}
