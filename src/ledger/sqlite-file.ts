/**
 * A ledger in a file. The only module that loads the SQLite driver, and only when called, so that every command that needs
 * no ledger runs without it. Invariant: a new file is readable by its owner alone, from its first byte.
 */

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type SqliteDriver from 'better-sqlite3'
import type { Database as SqliteDatabase } from 'better-sqlite3'
import { Kysely } from 'kysely'
import { LicError } from '../core/errors.ts'
import { backUpBefore, copyWhole } from './backup.ts'
import { BUSY_TIMEOUT, type Engine, type LedgerOptions, noLedger } from './engine.ts'
import { ledgerFault } from './faults.ts'
import type { Tables } from './schema.ts'
import { sqliteDialect } from './sqlite.ts'

/** @throws LicError as `openFile` */
export const sqliteEngine = async (options: LedgerOptions): Promise<Engine> => {
  const { file } = options
  const sqlite = await openFile(options)
  const db = new Kysely<Tables>({ dialect: sqliteDialect(sqlite, options.busyTimeout ?? BUSY_TIMEOUT) })
  return {
    db,
    readOnly: sqlite.readonly,
    // A database that some other program made is not written into.
    holdsOthers: async () => (await db.introspection.getTables()).length > 0,
    settle: () => logAhead(sqlite),
    beforeMigrating: async (found) => {
      if (file !== ':memory:') await backUpBefore(sqlite, file, found)
    },
    settled: async () => undefined,
    copyTo: (copy, onPages) => copyWhole(db, sqlite, copy, onPages),
    fold: () => {
      try {
        sqlite.pragma('wal_checkpoint(TRUNCATE)')
      } catch (error) {
        throw ledgerFault(error)
      }
    },
  }
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

/** Whether any process has a ledger open: then its file cannot be had alone. One of which nothing was written yet is nobody's. */
export const isInUse = async (file: string): Promise<boolean> => {
  const Database = await loadDriver()
  let sqlite: SqliteDatabase | undefined
  try {
    sqlite = new Database(file, { fileMustExist: true, timeout: 0 })
    sqlite.pragma('locking_mode = EXCLUSIVE')
    sqlite.exec('begin exclusive; rollback')
    return false
  } catch (error) {
    const fault = ledgerFault(error)
    return !(fault instanceof LicError) || fault.code === 'LEDGER_BUSY'
  } finally {
    sqlite?.close()
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
