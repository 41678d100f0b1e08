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

/** Rows of one shape on their way into a table: one statement takes many of them. */
interface Shape {
  readonly table: keyof Tables & string
  readonly name: string
  readonly rows: object[]
}

/** What a batch has collected: rows by shape, and sums by what they count. */
interface Collected {
  readonly shapes: Map<string, Shape>
  readonly sums: Map<string, { sum: number; readonly write: (sum: number) => Promise<unknown> }>
}

const collecting = new WeakMap<Tx, Collected>()

/** @throws LicError CONFLICT when the table has a row with this key; inside `collectInserts` only at its end. */
export const insertRow = async <T extends keyof Tables & string>(
  tx: Tx,
  table: T,
  row: Insertable<Tables[T]>,
): Promise<void> => {
  const name = `insert ${table} ${Object.keys(row).join()}`
  const collected = collecting.get(tx)
  if (collected === undefined) {
    await runCompiled(tx, name, Object.values(row), () => tx.insertInto(table).values(row).compile())
    return
  }
  const shape = collected.shapes.get(name)
  if (shape === undefined) collected.shapes.set(name, { table, name, rows: [row] })
  else shape.rows.push(row)
}

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
const rank = ({ table }: Shape): number => (PARENTS.includes(table) ? PARENTS.indexOf(table) : PARENTS.length)

/**
 * Runs `work` with its inserts held back, then makes them with a few statements. For work that does not read what it
 * inserts. @throws LicError CONFLICT; then the transaction must be undone
 */
export const collectInserts = async (tx: Tx, work: () => Promise<void>): Promise<void> => {
  const collected: Collected = { shapes: new Map(), sums: new Map() }
  collecting.set(tx, collected)
  try {
    await work()
  } finally {
    collecting.delete(tx)
  }
  for (const { table, name, rows } of [...collected.shapes.values()].sort((a, b) => rank(a) - rank(b))) {
    await insertRows(tx, table, name, rows)
  }
  for (const { sum, write } of collected.sums.values()) await write(sum)
}

/** Rows a statement: few sizes, so that each is prepared once. */
const SIZES = [100, 10, 1] as const

/** @returns what `returning` names, of every row in the order of rows */
export const insertRows = async <Row>(
  tx: Tx,
  table: keyof Tables & string,
  name: string,
  rows: readonly object[],
  returning?: string,
): Promise<readonly Row[]> => {
  const answered: Row[] = []
  for (let at = 0; at < rows.length; ) {
    const size = SIZES.find((each) => each <= rows.length - at) ?? 1
    const chunk = rows.slice(at, at + size)
    const values: unknown[] = []
    for (const row of chunk) for (const value of Object.values(row)) values.push(value)
    const got = await runCompiled<Row>(tx, `${name} x${size} ${returning ?? ''}`, values, () => {
      const insert = tx.insertInto(table).values(chunk as never)
      return returning === undefined ? insert.compile() : insert.returning(returning as never).compile()
    })
    answered.push(...got)
    at += size
  }
  return answered
}
