/**
 * The tables as the log says they must be, in a ledger of their own, and a comparison with those that there are. Only the
 * fold's input is read from the book: events, and the texts beside them.
 * Invariant: the book is not written; a row that differs, is missing or is too much is told with its table and key.
 */

import { sql } from 'kysely'
import { isPostgres } from './engine.ts'
import { foldIn } from './events.ts'
import { eventsFrom, type PastEvent } from './history.ts'
import { type Ledger, openLedger } from './open.ts'
import { FOLDED } from './rebuild.ts'
import type { Reader } from './schema.ts'
import { keyOf, nameOf, PAGE, pages, type Row, TABLE_KEYS, valuesOf } from './table-pages.ts'

type Table = (typeof FOLDED)[number] | 'meta'

/**
 * A new ledger whose tables are the fold of the log.
 * @param file where it lies; ':memory:' for a small one
 * @throws LicError LEDGER_DAMAGED where the log does not fold: then the event before is the last that does
 */
export const refolded = async (
  db: Reader,
  file: string,
  onEvents: (count: number) => Promise<void>,
): Promise<Ledger> => {
  const made = await openLedger({ file, create: true })
  try {
    await made.transaction(async (tx) => {
      for (let place = 0; ; ) {
        const events = await eventsFrom(db, place, PAGE)
        for (const event of events) {
          await foldIn(tx, event)
          await keepNames(tx, event)
        }
        await onEvents(events.length)
        place += events.length
        if (events.length < PAGE) return
      }
    })
    return made
  } catch (error) {
    await made.close()
    throw error
  }
}

/** Forgetting asks which events have texts about the customer; what they say is no part of the fold. */
const keepNames = async (tx: Parameters<typeof foldIn>[0], event: PastEvent): Promise<void> => {
  const customer = event.type.startsWith('customer.') ? String(event.entity) : event.customer
  if (customer === null) return
  const rows = Object.keys(event.texts).map((name) => ({ event: event.id, name, salt: null, value: null, customer }))
  if (rows.length > 0) await tx.insertInto('private_texts').values(rows).execute()
}

export interface Difference {
  readonly table: string
  readonly row: string
  readonly what: string
}

/** @param actual the book; @param expected what `refolded` made of it */
export async function* differences(
  actual: Reader,
  expected: Reader,
  onRows: (count: number) => Promise<void>,
): AsyncGenerator<Difference> {
  // Parents first: a person who looks at the first wants the cause.
  for (const table of [...FOLDED].reverse()) yield* tableDifferences(table, actual, expected, onRows)
  yield* tableDifferences('meta', actual, expected, onRows)
}

async function* tableDifferences(
  table: Table,
  actual: Reader,
  expected: Reader,
  onRows: (count: number) => Promise<void>,
): AsyncGenerator<Difference> {
  const columns = TABLE_KEYS[table]
  let found = 0
  for await (const rows of pages(table, actual)) {
    const others = await rowsOf(table, expected, rows)
    for (const row of rows) {
      const other = others.get(nameOf(columns, row))
      if (other === undefined) yield { table, row: nameOf(columns, row), what: 'no event made this row' }
      else {
        found++
        const differing = Object.keys(other).filter((name) => !same(row[name], other[name]))
        if (differing.length > 0) {
          yield { table, row: nameOf(columns, row), what: `${differing.join(', ')}: not what the events say` }
        }
      }
    }
    await onRows(rows.length)
  }
  if (found === (await countOf(table, expected))) return
  for await (const rows of pages(table, expected)) {
    const others = await rowsOf(table, actual, rows)
    for (const row of rows) {
      const name = nameOf(columns, row)
      if (!others.has(name)) yield { table, row: name, what: 'the row is missing' }
    }
  }
}

const countOf = async (table: Table, db: Reader): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(db)
  return Number(rows[0]?.n ?? 0)
}

/** The rows with the same keys, by their names. */
const rowsOf = async (table: Table, db: Reader, like: readonly Row[]): Promise<ReadonlyMap<string, Row>> => {
  const columns = TABLE_KEYS[table]
  const wanted = sql.join(like.map((row) => sql`(${valuesOf(columns, row)})`))
  // One takes several rows as a table alone, the other knows the types of none that stand in one.
  const list = isPostgres(db) ? wanted : sql`values ${wanted}`
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)} where (${keyOf(columns)}) in (${list})`.execute(db)
  return new Map(rows.map((row) => [nameOf(columns, row), row]))
}

const same = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b
