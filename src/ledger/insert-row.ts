/**
 * Inserting a row through SQL that is compiled once for each table and set of columns: a bulk issue inserts seven rows a
 * license, and building the same query anew costs more than running it.
 */

import { CompiledQuery, type Insertable } from 'kysely'
import type { Tables, Tx } from './schema.ts'

/** By dialect, then by table and columns. */
const compiled = new WeakMap<object, Map<string, string>>()

/** @throws LicError CONFLICT when the table has a row with this key. */
export const insertRow = async <T extends keyof Tables & string>(
  tx: Tx,
  table: T,
  row: Insertable<Tables[T]>,
): Promise<void> => {
  await tx.executeQuery(CompiledQuery.raw(sqlFor(tx, table, row), Object.values(row)))
}

const sqlFor = <T extends keyof Tables & string>(tx: Tx, table: T, row: Insertable<Tables[T]>): string => {
  const { adapter } = tx.getExecutor()
  let statements = compiled.get(adapter)
  if (statements === undefined) {
    statements = new Map()
    compiled.set(adapter, statements)
  }
  const shape = `${table}:${Object.keys(row).join()}`
  let sql = statements.get(shape)
  if (sql === undefined) {
    sql = tx.insertInto(table).values(row).compile().sql
    statements.set(shape, sql)
  }
  return sql
}
