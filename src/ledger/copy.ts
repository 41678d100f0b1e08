/**
 * One ledger made into another of the same content, whatever each lies in: a file, or a database on a server. Every table
 * is copied as it is, row by row, in one transaction of the target, over one unchanging state of the source. Invariant: the
 * target held nothing before, and has the same events at the same places afterwards, so the same tree over them.
 */

import { rmSync } from 'node:fs'
import { sql } from 'kysely'
import { LicError } from '../core/errors.ts'
import { sameHead, type TreeHead } from '../core/merkle.ts'
import { logHead } from './checkpoints.ts'
import { insertRows } from './compiled.ts'
import { isPostgres } from './engine.ts'
import { type Ledger, openLedger } from './open.ts'
import type { Reader, Tables, Tx } from './schema.ts'
import { pages, TABLE_KEYS, type TableName } from './table-pages.ts'

/** Called with how many rows were copied since. */
type OnRows = (count: number) => Promise<void>

/**
 * @param source in a transaction of its own @param target made by this program, and nothing recorded in it
 * @returns the head of both. @throws LicError CONFLICT when the target is no empty ledger; UNEXPECTED when the heads differ
 */
export const copyLedger = async (
  source: Reader,
  target: Ledger,
  { onRows = async () => {}, dryRun = false }: { readonly onRows?: OnRows | undefined; readonly dryRun?: boolean } = {},
): Promise<TreeHead> => {
  const head = await logHead(source)
  return target.transaction(async (tx) => {
    await refuseFilled(tx, head)
    if (dryRun) return head
    for (const table of Object.keys(TABLE_KEYS) as readonly TableName[]) {
      for await (const rows of pages(table, source)) {
        // Each ledger has the version that it was made with, which is the same.
        const wanted = table === 'meta' ? rows.filter(({ name }) => name !== 'version') : rows
        await insertRows(tx, table, wanted).catch((error: unknown) => {
          if (error instanceof LicError && error.code === 'NOT_FOUND') throw orphaned(table, error)
          throw error
        })
        await onRows(rows.length)
      }
    }
    if (isPostgres<Tables>(tx)) await goOnNumbering(tx)
    // Worked out from the leaves and nodes that arrived.
    if (!sameHead(await logHead(tx), head)) {
      throw new LicError('UNEXPECTED', 'the copy has another log than the ledger that was copied')
    }
    return head
  })
}

const orphaned = (table: string, cause: LicError): LicError =>
  new LicError('LEDGER_DAMAGED', `a row of ${table} names a row that is not in the ledger`, {
    hint: 'what is wrong: lic ledger verify --all; tables are made anew with lic ledger rebuild',
    cause,
  })

const refuseFilled = async (tx: Tx, wanted: TreeHead): Promise<void> => {
  const found = await logHead(tx)
  const { size } = found
  if (size === 0) return
  // Who was cut off after the last row, or is not sure, is told so.
  if (sameHead(found, wanted)) {
    throw new LicError('CONFLICT', `this very ledger is there already: the same ${size} events, under the same head`, {
      hint: 'look the copy through, then work with it: LIC_LEDGER=PLACE lic ledger verify',
    })
  }
  throw new LicError('CONFLICT', `there is a ledger with ${size} events already`, {
    hint: 'name a place that holds none: a new file, an empty database or schema',
  })
}

/** The server deals numbers from where it stands, not from what was written. */
const goOnNumbering = (tx: Tx): Promise<unknown> =>
  sql`select setval(pg_get_serial_sequence('events', 'id'), coalesce(max(id), 0) + 1, false) from events`.execute(tx)

/** Copies the state of this moment into a new file, its owner's alone, which is there whole or not at all. */
export const copyIntoFile = async (db: Reader, file: string, onRows?: OnRows): Promise<void> => {
  const target = await openLedger({ file, create: true })
  try {
    // As it is, whatever became of it: a copy of pages asks as little.
    await sql`pragma foreign_keys = off`.execute(target.db)
    await db
      .transaction()
      .setAccessMode('read only')
      .execute((tx) => copyLedger(tx, target, { onRows }))
    target.fold()
    await target.close()
  } catch (error) {
    await target.close()
    for (const ending of ['', '-wal', '-shm']) rmSync(`${file}${ending}`, { force: true })
    throw error
  }
}
