/**
 * Queries that run for every license of a bulk issue, as SQL that is compiled once: building the same query anew costs
 * more than running it. Invariant: the SQL of a name never depends on the values, only on the dialect.
 */

import { CompiledQuery, type Insertable } from 'kysely'
import type { Reader, Tables, Tx } from './schema.ts'

/** By dialect, then by name. */
const compiled = new WeakMap<object, Map<string, string>>()

/** Runs the query `name` with `values` for its parameters; `build` says what it is, the first time. */
export const runCompiled = async <Row>(
  db: Reader,
  name: string,
  values: readonly unknown[],
  build: () => CompiledQuery,
): Promise<readonly Row[]> => {
  const { adapter } = db.getExecutor()
  let statements = compiled.get(adapter)
  if (statements === undefined) {
    statements = new Map()
    compiled.set(adapter, statements)
  }
  let sql = statements.get(name)
  if (sql === undefined) {
    sql = build().sql
    statements.set(name, sql)
  }
  return (await db.executeQuery<Row>(CompiledQuery.raw(sql, [...values]))).rows
}

/** @throws LicError CONFLICT when the table has a row with this key. */
export const insertRow = async <T extends keyof Tables & string>(
  tx: Tx,
  table: T,
  row: Insertable<Tables[T]>,
): Promise<void> => {
  const name = `insert ${table} ${Object.keys(row).join()}`
  await runCompiled(tx, name, Object.values(row), () => tx.insertInto(table).values(row).compile())
}
