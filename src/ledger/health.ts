/**
 * A look into a ledger that may be damaged, too old or too new: facts, each asked for alone, so that one that cannot be
 * had does not hide the others. Invariant: nothing is written, and nothing is migrated.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import { sql } from 'kysely'
import { LicError } from '../core/errors.ts'
import { BUSY_TIMEOUT, isPostgres, type LedgerOptions } from './engine.ts'
import { ledgerVersion } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { engineFor } from './open.ts'
import type { Reader } from './schema.ts'
import { openFile } from './sqlite-file.ts'
import { keyOf, nameOf, type Row, TABLE_KEYS, type TableName } from './table-pages.ts'

export interface Examined {
  readonly db: Reader
  /** 0: none of ours. */
  readonly version: number
  /** The version that this program makes. */
  readonly known: number
  readonly close: () => Promise<void>
}

/** @throws LicError NO_LEDGER, LEDGER_DAMAGED, LEDGER_BUSY, LEDGER_READ_ONLY, LEDGER_UNREACHABLE, and UNEXPECTED without the driver */
export const examine = async ({ file, busyTimeout = BUSY_TIMEOUT }: LedgerOptions): Promise<Examined> => {
  const { db } = await engineFor({ file, readOnly: true, busyTimeout })
  const close = () => db.destroy()
  try {
    return { db, version: await ledgerVersion(db), known: Object.keys(MIGRATIONS).length, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** @throws LicError UNEXPECTED when the driver does not load */
export const sqliteVersion = async (): Promise<string> => {
  const sqlite = await openFile({ file: ':memory:' })
  try {
    return String(sqlite.prepare('select sqlite_version()').pluck().get())
  } finally {
    sqlite.close()
  }
}

/** Whether the file is marked for write-ahead logging (file format 1.3: bytes 18 and 19 are 2). */
export const logsAhead = (file: string): boolean => {
  const head = new Uint8Array(20)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, head)
  } finally {
    closeSync(descriptor)
  }
  return head[18] === 2 && head[19] === 2
}

/** How a connection of this program waits for the disk: 0 off, 1 normal, 2 full, 3 extra. */
export const synchronous = async (db: Reader): Promise<number> => {
  const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(db)
  return rows[0]?.synchronous ?? 0
}

/** Problems worth printing; more of them say no more. */
const MOST = 5

/**
 * Reads the ledger table by table: pages, order of rows and, if `thorough`, that every index agrees with its table.
 * @returns what is wrong, a few words each; empty when all is whole
 * @throws LicError LEDGER_DAMAGED when SQLite cannot even go on
 */
export const integrityProblems = async (
  db: Reader,
  {
    thorough,
    onTable,
  }: { readonly thorough: boolean; readonly onTable: (done: number, total: number) => Promise<void> },
): Promise<readonly string[]> => {
  // A server looks after its own files.
  if (isPostgres(db)) return []
  const { rows: tables } = await sql<{ name: string }>`select name from sqlite_schema where type = 'table'`.execute(db)
  const problems: string[] = []
  for (const [i, { name }] of tables.entries()) {
    const { rows } = thorough
      ? await sql<{ found: string }>`
          select integrity_check as found from pragma_integrity_check(${name}) limit ${MOST}`.execute(db)
      : await sql<{ found: string }>`
          select quick_check as found from pragma_quick_check(${name}) limit ${MOST}`.execute(db)
    problems.push(...rows.map(({ found }) => found).filter((found) => found !== 'ok'))
    if (problems.length >= MOST) break
    await onTable(i + 1, tables.length)
    // Ctrl-C is heard between two tables.
    await new Promise((wake) => setImmediate(wake))
  }
  return problems.slice(0, MOST)
}

export interface BrokenReference {
  readonly table: string
  /** Its key, as words; of a table of others its number. */
  readonly row: string
  /** The table that has no such row. */
  readonly parent: string
}

/** Rows that name a row which is not there. A server keeps its own from coming about. */
export const brokenReferences = async (db: Reader): Promise<readonly BrokenReference[]> => {
  if (isPostgres(db)) return []
  const { rows } = await sql<{ table: string; rowid: number | null; parent: string; key: number }>`
    select "table", rowid, parent, fkid as key from pragma_foreign_key_check limit ${MOST}`.execute(db)
  const found: BrokenReference[] = []
  const seen = new Set<string>()
  for (const { table, rowid, parent, key } of rows) {
    if (!isOurs(table)) found.push({ table, row: `row ${rowid ?? '?'}`, parent })
    else if (!seen.has(`${table} ${key}`)) {
      found.push(...(await orphans(db, table, key)).map((row) => ({ table, row, parent })))
      seen.add(`${table} ${key}`)
    }
  }
  return found.slice(0, MOST)
}

const isOurs = (table: string): table is TableName => Object.hasOwn(TABLE_KEYS, table)

/** By their keys, which SQLite does not tell of a table without row numbers. */
const orphans = async (db: Reader, table: TableName, key: number): Promise<readonly string[]> => {
  const { rows: columns } = await sql<{ from: string; to: string; parent: string }>`
    select "from", "to", "table" as parent from pragma_foreign_key_list(${table}) where id = ${key}`.execute(db)
  const [column] = columns
  if (column === undefined) return []
  const own = TABLE_KEYS[table]
  const { rows } = await sql<Row>`
    select ${keyOf(own)} from ${sql.table(table)} as child where ${sql.ref(`child.${column.from}`)} is not null
      and not exists (select 1 from ${sql.table(column.parent)} as named
        where ${sql.ref(`named.${column.to}`)} = ${sql.ref(`child.${column.from}`)})
      limit ${MOST}`.execute(db)
  return rows.map((row) => nameOf(own, row))
}

/** Events that no transaction has given a place in the log. */
export const unplacedEvents = async (db: Reader): Promise<number> => {
  const row = await db
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('place', 'is', null)
    .executeTakeFirst()
  return row?.count ?? 0
}

/** What a PostgreSQL server says of itself, of this connection, and of who asks. */
export const serverFacts = async (db: Reader) => {
  const { rows } = await sql<{
    version: string
    database: string
    schema: string
    user: string
    isSuperuser: boolean
    fsync: string
    fullPageWrites: string
    synchronousCommit: string
    encrypted: boolean
    /** Null for a socket. */
    address: string | null
  }>`select current_setting('server_version') as version, current_database() as database, current_schema() as schema,
    current_user as "user", (select rolsuper from pg_roles where rolname = current_user) as "isSuperuser",
    current_setting('fsync') as fsync, current_setting('full_page_writes') as "fullPageWrites",
    current_setting('synchronous_commit') as "synchronousCommit",
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
    host(inet_server_addr()) as address`.execute(db)
  const [facts] = rows
  if (facts === undefined) throw new LicError('UNEXPECTED', 'the database server says nothing of itself')
  return facts
}

/** Of a definition that is not there. */
export const MISSING = 'it is missing'

/** Tables, indexes and triggers that are not what this program makes; told by name. The database's own are left out. */
export const schemaDifferences = async (
  actual: Reader,
  expected: Reader,
): Promise<readonly { readonly name: string; readonly what: string }[]> => {
  const due = await definedInFile(expected)
  if (isPostgres(actual)) {
    const there = await definedOnServer(actual)
    // Beside them a server keeps what it likes, and triggers of its own kind.
    const names = [...[...due.keys()].filter((name) => !name.startsWith('trigger ')), ...SERVER_TRIGGERS]
    return names
      .filter((name) => !there.has(name))
      .map((name) => ({ name, what: name.startsWith('trigger ') ? 'it is missing, or switched off' : MISSING }))
  }
  const there = await definedInFile(actual)
  return [
    ...[...due].filter(([name]) => !there.has(name)).map(([name]) => ({ name, what: MISSING })),
    ...[...there]
      .filter(([name, text]) => due.get(name) !== text)
      .map(([name]) => ({ name, what: due.has(name) ? 'it is defined in another way' : 'no version of lic makes it' })),
  ]
}

const definedInFile = async (db: Reader): Promise<ReadonlyMap<string, string | null>> => {
  const { rows } = await sql<{ name: string; sql: string | null }>`
    select type || ' ' || name as name, sql from sqlite_schema where substr(name, 1, 7) <> 'sqlite_'`.execute(db)
  return new Map(rows.map((row) => [row.name, row.sql]))
}

const SERVER_TRIGGERS = ['trigger events_stand', 'trigger events_stay'] as const

const definedOnServer = async (db: Reader): Promise<ReadonlySet<string>> => {
  const { rows } = await sql<{ name: string }>`
    select case c.relkind when 'i' then 'index ' else 'table ' end || c.relname as name from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'i')
    union all select 'trigger ' || tgname from pg_trigger
      where tgrelid = to_regclass('events') and not tgisinternal and tgenabled in ('O', 'A')`.execute(db)
  return new Set(rows.map(({ name }) => name))
}
