/** Every table by what names a row of it, and all rows of one, a page at a time: for whoever compares or copies a whole book. */

import { type RawBuilder, sql } from 'kysely'
import type { Reader, Tables } from './schema.ts'

export type TableName = keyof Tables & string
/** As it lies in the table. */
export type Row = Readonly<Record<string, unknown>>

/** Those that others point to stand before them. */
export const TABLE_KEYS: Readonly<Record<TableName, readonly string[]>> = {
  meta: ['name'],
  events: ['id'],
  private_texts: ['event', 'name'],
  signed_objects: ['event'],
  tree_nodes: ['level', 'position'],
  brands: ['slug'],
  products: ['slug'],
  bundles: ['slug'],
  tiers: ['brand', 'code'],
  customers: ['id'],
  licenses: ['id'],
  lines: ['license', 'number'],
  revisions: ['license', 'number'],
  status_indexes: ['index'],
  status_lists: ['number'],
  revocation_lists: ['sub'],
  activations: ['anchor'],
  usage_reports: ['license', 'line', 'activation'],
  keys: ['kid'],
  trust_bundles: ['version'],
  emergency_codes: ['license', 'revision', 'hour', 'activation'],
  idempotency_keys: ['key'],
  words: ['word', 'customer', 'license'],
  checkpoints: ['event'],
  backups: ['event'],
}

export const PAGE = 500

/** The columns of a key, and the values that a row has in them, as SQL writes a list. */
export const keyOf = (columns: readonly string[]): RawBuilder<unknown> => sql.join(columns.map((name) => sql.ref(name)))
export const valuesOf = (columns: readonly string[], row: Row): RawBuilder<unknown> =>
  sql.join(columns.map((name) => row[name]))

/** A row by its key, as words: `license 7 number 0`; of a key of one column its value alone. */
export const nameOf = (columns: readonly string[], row: Row): string =>
  columns.length === 1 ? wordOf(row[columns[0] ?? '']) : columns.map((name) => `${name} ${wordOf(row[name])}`).join(' ')

const wordOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)

/** All rows of a table in the order of its key. */
export async function* pages(table: TableName, db: Reader): AsyncGenerator<readonly Row[]> {
  const columns = TABLE_KEYS[table]
  const key = keyOf(columns)
  let last: Row | undefined
  for (;;) {
    const after = last === undefined ? sql`` : sql`where (${key}) > (${valuesOf(columns, last)})`
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)} ${after} order by ${key} limit ${sql.lit(PAGE)}`.execute(db)
    if (rows.length > 0) yield rows
    if (rows.length < PAGE) return
    last = rows.at(-1)
  }
}
