/**
 * A ledger on a PostgreSQL server (14 or later). The only module that loads its driver, and only when called. The URL says
 * everything: host, database, `sslmode`, `connect_timeout` in seconds, and `pool`, the most connections of one process. Invariants: over a
 * network the server is asked for its certificate unless the URL says otherwise; no message shows the URL's password.
 */

import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE, Kysely, sql } from 'kysely'
import { LicError } from '../core/errors.ts'
import { BUSY_TIMEOUT, type Engine, type LedgerOptions } from './engine.ts'
import { postgresDialect, TO_DISK } from './postgres.ts'
import type { Tables } from './schema.ts'
import { serverFault } from './server-faults.ts'

const OLDEST = 140_000
const POOL = 4
const MOST_POOL = 100
/** Seconds to connect: a server that is there answers in a thousandth of it. */
const PATIENCE = 10
const MOST_PATIENCE = 600
/** Milliseconds between two knocks at a server that is starting. */
const KNOCK_AGAIN = 250

/** PostgreSQL's numbers of types: int8, float8, numeric. All that the ledger asks for fits a JavaScript number. */
const NUMERIC: ReadonlySet<number> = new Set([20, 701, 1700])

/** @throws LicError LEDGER_UNREACHABLE, LEDGER_UNSUITABLE, LEDGER_BUSY, LEDGER_READ_ONLY, NO_LEDGER, INVALID_INPUT */
export const postgresEngine = async ({
  file,
  busyTimeout = BUSY_TIMEOUT,
  ...options
}: LedgerOptions): Promise<Engine> => {
  const { Pool, types } = await loadDriver()
  const { url, most, patience } = readUrl(file)
  const pool = new Pool({
    connectionString: url,
    max: most,
    connectionTimeoutMillis: patience * 1000,
    application_name: 'lic',
    keepAlive: true,
    // A command ends when its work does.
    allowExitOnIdle: true,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        NUMERIC.has(oid) ? Number : types.getTypeParser(oid, format),
    } as typeof types,
  })
  // A connection that breaks while nobody uses it is replaced when somebody does; one in use tells by what it was asked.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<Tables>({ dialect: postgresDialect(pool, busyTimeout) })
  try {
    const readOnly = await meet(db, busyTimeout)
    return {
      db,
      readOnly: readOnly || options.readOnly === true,
      holdsOthers: () => holdsTables(db),
      settle: () => undefined,
      // Its migrations are transactions: what fails has changed nothing.
      beforeMigrating: async () => undefined,
      fold: () => undefined,
      settled: () => (readOnly || options.readOnly === true ? Promise.resolve() : settled(db)),
    }
  } catch (error) {
    await db.destroy()
    throw serverFault(error)
  }
}

/** Waits while the server starts. @returns whether it takes no changes */
const meet = async (db: Kysely<Tables>, busyTimeout: number): Promise<boolean> => {
  const giveUp = performance.now() + busyTimeout
  for (;;) {
    try {
      const { rows } = await sql<{ version: number; encoding: string; standby: boolean }>`select
        current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
        pg_is_in_recovery() as standby`.execute(db)
      const [server] = rows
      if (server === undefined || server.version < OLDEST) throw unsuitable('PostgreSQL 14 or later is needed', server)
      if (server.encoding !== 'UTF8') throw unsuitable('its encoding has to be UTF8', server)
      return server.standby
    } catch (error) {
      const waits = error instanceof LicError && error.code === 'LEDGER_BUSY'
      if (!waits || performance.now() > giveUp) throw error
    }
    await new Promise((wake) => setTimeout(wake, KNOCK_AGAIN))
  }
}

const unsuitable = (reason: string, server: object | undefined): LicError =>
  new LicError('LEDGER_UNSUITABLE', `the database server cannot hold a ledger: ${reason}`, { data: { ...server } })

/** Who may not write has nothing to wait for either. */
const settled = async (db: Kysely<Tables>): Promise<void> => {
  try {
    await sql.raw(TO_DISK).execute(db)
  } catch (error) {
    if (!(error instanceof LicError) || error.code !== 'LEDGER_READ_ONLY') throw error
  }
}

/** In the schema that a ledger would lie in. The migrator makes its own two tables first, and whoever was killed then left no more. */
const holdsTables = async (db: Kysely<Tables>): Promise<boolean> => {
  const { rows } = await sql<{ found: boolean }>`select exists (
    select from pg_catalog.pg_tables where schemaname = current_schema()
    and tablename not in (${DEFAULT_MIGRATION_TABLE}, ${DEFAULT_MIGRATION_LOCK_TABLE})) as found`.execute(db)
  return rows[0]?.found === true
}

/** Modes that say less than they promise are taken for what pg will make of them: a certificate that is checked. */
const CHECKED: ReadonlySet<string> = new Set(['prefer', 'require', 'verify-ca', 'verify-full'])
const UNCHECKED: ReadonlySet<string> = new Set(['disable', 'no-verify'])

const readUrl = (file: string): { readonly url: string; readonly most: number; readonly patience: number } => {
  const url = parsed(file)
  const mode = url.searchParams.get('sslmode')
  if (mode === null ? isRemote(url) : CHECKED.has(mode)) url.searchParams.set('sslmode', 'verify-full')
  else if (mode !== null && !UNCHECKED.has(mode)) {
    throw new LicError('INVALID_INPUT', `sslmode=${mode} is not known`, {
      hint: `one of ${[...CHECKED, ...UNCHECKED].join(', ')}`,
    })
  }
  const most = taken(url, 'pool', POOL, MOST_POOL)
  const patience = taken(url, 'connect_timeout', PATIENCE, MOST_PATIENCE)
  return { url: url.href, most, patience }
}

/** A number that is ours and not the driver's. @throws LicError INVALID_INPUT */
const taken = (url: URL, name: string, otherwise: number, most: number): number => {
  const given = url.searchParams.get(name)
  url.searchParams.delete(name)
  const value = given === null ? otherwise : Number(given)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new LicError('INVALID_INPUT', `${name}=${given} in the URL of the ledger`, { hint: `from 1 to ${most}` })
}

const parsed = (file: string): URL => {
  try {
    // As libpq writes it for a socket, `postgres://USER@/DATABASE?host=/DIRECTORY`, which is no URL by the book.
    return new URL(file.replace(/^(\w+:\/\/[^/@]*@)\//, '$1localhost/'))
  } catch (cause) {
    throw new LicError('INVALID_INPUT', 'the URL of the ledger is not readable', {
      hint: 'postgres://USER@HOST/DATABASE?sslmode=verify-full',
      cause,
    })
  }
}

const LOCAL: ReadonlySet<string> = new Set(['', 'localhost', '127.0.0.1', '[::1]'])

/** A socket's directory stands in `host`, or percent-encoded before the database. */
const isRemote = ({ hostname, searchParams }: URL): boolean => {
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  return !LOCAL.has(host) && !host.startsWith('/')
}

const loadDriver = async () => {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new LicError('UNEXPECTED', 'a ledger on a server needs the package pg, which is not installed', {
      hint: 'npm install pg',
      cause,
    })
  }
}
