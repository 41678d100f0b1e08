/**
 * Opens the book. The only module that loads the SQLite driver, and only when called, so that every command that needs
 * no ledger runs without it. Invariants: a new file is readable by its owner alone; what `transaction` returns has been
 * committed, with a place in the log, and synced.
 */

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type SqliteDriver from 'better-sqlite3'
import type { Database as SqliteDatabase } from 'better-sqlite3'
import { Kysely } from 'kysely'
import { LicError } from '../core/errors.ts'
import { backUpBefore, copyWhole } from './backup.ts'
import { ledgerFault } from './faults.ts'
import { ledgerVersion, type Migrations, migrate, refuseNewer } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { Reader, Tables, Tx } from './schema.ts'
import { placeEvents } from './sequence.ts'
import { sqliteDialect } from './sqlite.ts'

export interface LedgerOptions {
  /** Path of the ledger, or ':memory:'. */
  readonly file: string
  /** Make the ledger when there is none. Default: NO_LEDGER. */
  readonly create?: boolean
  /** Open without the right to write. */
  readonly readOnly?: boolean
  /** How long a writer waits for another, in milliseconds. Default 15,000. */
  readonly busyTimeout?: number
  /** Other than this program's own; for tests of migrating. */
  readonly migrations?: Migrations
}

export interface Ledger {
  /** For reads outside a transaction. Inside one use its `tx`: the connection is one, and waits for itself. */
  readonly db: Reader
  /** Runs `work` with the write lock held from the start; places its events and commits, or undoes everything. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Runs `work` over one unchanging state of the book. */
  snapshot<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Copies one state of the book into a new file while others may be writing; the file is its owner's alone.
   * @param onPages called with how many pages were copied since
   */
  copyTo(file: string, onPages?: (count: number) => Promise<void>): Promise<void>
  /** Folds the write-ahead log into the one file, which may then be moved: closing does so too, but tells no failure. */
  fold(): void
  close(): Promise<void>
}

const BUSY_TIMEOUT = 15_000

/**
 * @throws LicError NO_LEDGER, LEDGER_NEWER, LEDGER_BUSY, LEDGER_READ_ONLY, LEDGER_DAMAGED, DISK_FULL; without the
 * driver: UNEXPECTED.
 */
export const openLedger = async (options: LedgerOptions): Promise<Ledger> => {
  const migrations = options.migrations ?? MIGRATIONS
  const sqlite = await openFile(options)
  const db = new Kysely<Tables>({ dialect: sqliteDialect(sqlite, options.busyTimeout ?? BUSY_TIMEOUT) })
  try {
    const found = await ledgerVersion(db)
    const known = Object.keys(migrations).length
    refuseNewer(found, known)
    if (found === 0) {
      await refuseOthers(db, options.file)
      if (options.create !== true) throw noLedger(options.file)
    }
    logAhead(sqlite)
    if (found < known) {
      if (sqlite.readonly) throw outdated(found, known)
      if (found > 0 && options.file !== ':memory:') await backUpBefore(sqlite, options.file, found)
      await migrate(db, migrations)
    }
  } catch (error) {
    await db.destroy()
    throw ledgerFault(error)
  }
  return {
    db,
    transaction: (work) =>
      db.transaction().execute(async (tx) => {
        const value = await work(tx)
        await placeEvents(tx)
        return value
      }),
    snapshot: (work) => db.transaction().setAccessMode('read only').execute(work),
    copyTo: (file, onPages) => copyWhole(db, sqlite, file, onPages),
    fold: () => {
      try {
        sqlite.pragma('wal_checkpoint(TRUNCATE)')
      } catch (error) {
        throw ledgerFault(error)
      }
    },
    close: () => db.destroy(),
  }
}

const noLedger = (file: string): LicError =>
  new LicError('NO_LEDGER', `there is no ledger at ${file}`, {
    hint: 'make one: lic init --name NAME; or say where yours is: --home DIR or LIC_HOME',
    data: { file },
  })

const outdated = (found: number, known: number): LicError =>
  new LicError('LEDGER_READ_ONLY', `the ledger has version ${found} and has to be brought to ${known} first`, {
    hint: 'run any lic command as someone who may write to the ledger',
  })

/** A database that some other program made is not written into. */
const refuseOthers = async (db: Reader, file: string): Promise<void> => {
  const tables = await db.introspection.getTables()
  if (tables.length === 0) return
  throw new LicError('LEDGER_DAMAGED', 'the file is a database, but no ledger', { data: { file } })
}

/** The file as SQLite opens it, and nothing looked at yet: `openLedger` and the checkup go on from here. */
export const openFile = async (options: LedgerOptions): Promise<SqliteDatabase> => {
  const { file, create = false, readOnly = false, busyTimeout = BUSY_TIMEOUT } = options
  const inMemory = file === ':memory:'
  if (!inMemory && !existsSync(file) && (!create || readOnly)) throw noLedger(file)
  const Database = await loadDriver()
  try {
    if (!inMemory && create && !existsSync(file)) reserve(file)
    if (readOnly && !inMemory) return openToRead(Database, file, busyTimeout)
    try {
      return configured(new Database(file, { readonly: readOnly, fileMustExist: !inMemory, timeout: busyTimeout }))
    } catch (error) {
      // Others may still read where they may not write: SQLite wants to be told.
      if (inMemory || !isReadOnly(error)) throw error
      return openToRead(Database, file, busyTimeout)
    }
  } catch (error) {
    throw ledgerFault(error)
  }
}

const isReadOnly = (error: unknown): boolean => {
  const fault = ledgerFault(error)
  return fault instanceof LicError && fault.code === 'LEDGER_READ_ONLY'
}

/**
 * Beside a book in WAL mode SQLite keeps two files while it is open, to read as well. Where the directory takes none (a
 * read-only mount, another user's home) a book that nobody has open is complete in its one file, and is read whole.
 */
const openToRead = (Database: typeof SqliteDriver, file: string, timeout: number): SqliteDatabase => {
  try {
    return configured(new Database(file, { readonly: true, fileMustExist: true, timeout }))
  } catch (error) {
    if (!isReadOnly(error) || existsSync(`${file}-wal`)) throw error
    const bytes = readFileSync(file)
    // The two marks of WAL mode (file format 1.3), which a book in memory cannot have.
    bytes.fill(1, 18, 20)
    return configured(new Database(bytes, { readonly: true }))
  }
}

const loadDriver = async () => {
  try {
    return (await import('better-sqlite3')).default
  } catch (error) {
    throw new LicError('UNEXPECTED', 'the ledger needs better-sqlite3, which is not installed or does not load', {
      hint: 'npm install better-sqlite3',
      cause: error,
    })
  }
}

/** Makes the file before SQLite does, so that it never exists with another mode; -wal and -shm take over its mode. */
const reserve = (file: string): void => {
  const directory = dirname(file)
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(directory, 0o700)
  closeSync(openSync(file, 'a', 0o600))
}

const configured = (sqlite: SqliteDatabase): SqliteDatabase => {
  try {
    sqlite.pragma('synchronous = FULL')
    sqlite.pragma('foreign_keys = ON')
    // The first look into the file: what keeps it from being read is found here.
    sqlite.pragma('schema_version')
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

/** WAL mode is a mark in the file, so it is set once it is known that the file is a ledger, or is to become one. */
const logAhead = (sqlite: SqliteDatabase): void => {
  if (sqlite.readonly || sqlite.pragma('journal_mode', { simple: true }) === 'wal') return
  // Taken by an empty file only: pages of 8 KiB hold rows of half a kilobyte with less waste.
  sqlite.pragma('page_size = 8192')
  sqlite.pragma('journal_mode = WAL')
}
