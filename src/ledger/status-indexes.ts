/**
 * Status indexes: the place of each revision and line in the published lists (FORMAT 11.2). Dealt at random, so that a
 * list does not say who bought after whom; unique for ever, because lists outlive what they name. A license that was signed
 * without one (under a grant) is named by the first five bytes of its key instead (FORMAT 11.3, fields 5 and 6): it has an
 * index below zero that says them, so that whatever moves a license moves it alike.
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

/** The index of a license that has none. */
const byPrefix = (cti: Uint8Array): number => -1 - cti.subarray(0, 5).reduce((sum, byte) => sum * 256 + byte, 0)

/** Whether lists name the license by its key and not by a place. */
export const isByPrefix = (index: number): boolean => index < 0

const prefixIn = (index: number): Uint8Array => {
  const bytes = new Uint8Array(5)
  for (let i = 4, rest = -1 - index; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  return bytes
}

/** For all lines of a license, with the first of them. */
export const takeNoIndex = (
  tx: Tx,
  {
    license,
    cti,
    line,
    revision,
  }: { readonly license: number; readonly cti: Uint8Array; readonly line: number; readonly revision: number },
): Promise<void> => insertRow(tx, 'status_indexes', { index: byPrefix(cti), license, line, revision, status: 0 })

/**
 * The first five bytes of the keys that lists name, ascending: of what was revoked and of what was suspended. What ended
 * before `since` is left out, since nothing is to be said of it any more.
 */
export const notValidByPrefix = async (
  db: Reader,
  since: number,
): Promise<{ readonly revoked: readonly Uint8Array[]; readonly suspended: readonly Uint8Array[] }> => {
  const rows = await db
    .selectFrom('status_indexes')
    .innerJoin('revisions', (join) =>
      join
        .onRef('revisions.license', '=', 'status_indexes.license')
        .onRef('revisions.number', '=', 'status_indexes.revision'),
    )
    .select(['status_indexes.index', 'status_indexes.status'])
    .where('status_indexes.status', '<>', 0)
    .where('status_indexes.index', '<', 0)
    .where((eb) => eb.or([eb('revisions.expires', 'is', null), eb('revisions.expires', '>=', since)]))
    .orderBy('status_indexes.index', 'desc')
    .execute()
  const named = (status: number) => rows.filter((row) => row.status === status).map((row) => prefixIn(row.index))
  return { revoked: named(1), suspended: named(2) }
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
