/**
 * Queries that run for every license of a bulk issue, as SQL that is compiled once: building the same query anew costs
 * more than running it. Invariant: the SQL of a name never depends on the values, only on the dialect.
 */

import { CompiledQuery, type Insertable } from 'kysely'
import type { Reader, Tables, Tx } from './schema.ts'

/** By dialect, then by name. */
const compiled = new WeakMap<object, Map<string, string>>()

/** The SQL of `name`; `build` says what it is, the first time. */
const compiledOnce = (db: Reader, name: string, build: () => CompiledQuery): string => {
  const { adapter } = db.getExecutor()
  const statements = compiled.get(adapter) ?? new Map<string, string>()
  compiled.set(adapter, statements)
  const sql = statements.get(name) ?? build().sql
  statements.set(name, sql)
  return sql
}

/** Runs the query `name` with `values` for its parameters. */
export const runCompiled = async <Row>(
  db: Reader,
  name: string,
  values: readonly unknown[],
  build: () => CompiledQuery,
): Promise<readonly Row[]> => {
  const sql = compiledOnce(db, name, build)
  return (await db.executeQuery<Row>(CompiledQuery.raw(sql, [...values]))).rows
}

/** The values of an `in`, the last of them repeated up to a power of two: few lengths, so few statements. */
export const padded = <V>(values: readonly V[]): readonly V[] => {
  const last = values.at(-1)
  if (last === undefined) return values
  const length = 2 ** Math.ceil(Math.log2(values.length))
  return [...values, ...new Array<V>(length - values.length).fill(last)]
}

/** What a batch has collected: rows by table, and sums by what they count. */
interface Collected {
  readonly rows: Map<Table, object[]>
  readonly sums: Map<string, { sum: number; readonly write: (sum: number) => Promise<unknown> }>
}

type Table = keyof Tables & string

const collecting = new WeakMap<Tx, Collected>()

/** @throws LicError CONFLICT when the table has a row with this key; inside `collectInserts` only at its end. */
export const insertRow = <T extends Table>(tx: Tx, table: T, row: Insertable<Tables[T]>): Promise<void> => {
  const collected = collecting.get(tx)
  if (collected === undefined) return insertNow(tx, table, row)
  const rows = collected.rows.get(table)
  if (rows === undefined) collected.rows.set(table, [row])
  else rows.push(row)
  return DONE
}

const insertNow = async <T extends Table>(tx: Tx, table: T, row: Insertable<Tables[T]>): Promise<void> => {
  const name = `insert ${table} ${Object.keys(row).join()}`
  await runCompiled(tx, name, Object.values(row), () => tx.insertInto(table).values(row).compile())
}

/** For what is done at once: a promise each would cost as much as the rest. */
const DONE = Promise.resolve()

/** Runs `write` with `amount`; inside `collectInserts` once, at its end, with the sum of all amounts of this name. */
export const addUp = async (
  tx: Tx,
  name: string,
  amount: number,
  write: (sum: number) => Promise<unknown>,
): Promise<void> => {
  const collected = collecting.get(tx)
  const known = collected?.sums.get(name)
  if (collected === undefined) await write(amount)
  else if (known === undefined) collected.sums.set(name, { sum: amount, write })
  else known.sum += amount
}

/** Tables that others point to; their rows go first. */
const PARENTS: readonly string[] = ['events', 'customers', 'licenses']
const rank = (table: string): number => (PARENTS.includes(table) ? PARENTS.indexOf(table) : PARENTS.length)

/**
 * Runs `work` with its inserts held back, then makes them table by table. For work that does not read what it inserts.
 * @throws LicError CONFLICT; then the transaction must be undone
 */
export const collectInserts = async (tx: Tx, work: () => Promise<void>): Promise<void> => {
  const collected: Collected = { rows: new Map(), sums: new Map() }
  collecting.set(tx, collected)
  try {
    await work()
  } finally {
    collecting.delete(tx)
  }
  for (const [table, rows] of [...collected.rows].sort(([a], [b]) => rank(a) - rank(b))) {
    await insertRows(tx, table, rows)
  }
  for (const { sum, write } of collected.sums.values()) await write(sum)
}

/** A connection that takes many rows of one shape at once. Names of tables and columns are the schema's own. */
export interface ManyRows {
  /** @returns what each row was given in the column `returning`, a key that is dealt, in their order; else nothing to go by */
  insertMany(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    returning?: string,
  ): Promise<readonly number[]>
}

export const quoted = (name: string): string => `"${name}"`

/**
 * Writes rows that name the same columns; a column that all of them leave empty is not written.
 * @param returning a key that the database deals: the result is what each row was given
 */
export const insertRows = async (
  tx: Tx,
  table: Table,
  rows: readonly object[],
  returning?: string,
): Promise<readonly number[]> => {
  if (rows.length === 0) return []
  const columns = columnsOf(rows as readonly Row[])
  const values = (rows as readonly Row[]).map((row) => columns.map((column) => row[column] ?? null))
  return tx.getExecutor().provideConnection(async (connection) => {
    // Every dialect of the ledger has it; Kysely's own interface does not know it.
    return (connection as typeof connection & ManyRows).insertMany(table, columns, values, returning)
  })
}

type Row = Readonly<Record<string, unknown>>

const columnsOf = (rows: readonly Row[]): readonly string[] =>
  Object.keys(rows[0] ?? {}).filter((column) => rows.some((row) => row[column] != null))
