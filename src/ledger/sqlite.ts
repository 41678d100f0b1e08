/**
 * Kysely's SQLite dialect as the ledger needs it: write transactions take the lock at once (BEGIN IMMEDIATE, so that no
 * reader turns writer and loses), statements are prepared once, migrations run in one transaction, driver errors go
 * through `ledgerFault`, and bytes come back as plain Uint8Array. Knows better-sqlite3 only by its shape.
 */

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { LicError } from '../core/errors.ts'
import { type ManyRows, quoted } from './compiled.ts'
import { ledgerFault } from './faults.ts'
import { plainBytes } from './plain-bytes.ts'

export interface SqliteStatement {
  readonly reader: boolean
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  iterate(...parameters: unknown[]): IterableIterator<unknown>
}

export interface SqliteHandle {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
  close(): unknown
}

/**
 * Milliseconds until the write lock is asked for again: soon at first, as most have it for a moment; then the sooner the longer
 * somebody has waited, so that among many the oldest comes first, and those who must wait anyhow leave the machine to others.
 */
const askAgain = (waited: number): number => (waited < 20 ? 4 : Math.max(2, 48 / 2 ** (waited / 2000)))

/** More shapes of SQL than the ledger has; a bound only against a caller that writes values into SQL. */
const MAX_STATEMENTS = 500

class LedgerConnection implements DatabaseConnection, ManyRows {
  readonly #handle: SqliteHandle
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(handle: SqliteHandle) {
    this.#handle = handle
  }

  #prepare(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
      statement = this.#handle.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      const statement = this.#prepare(query.sql)
      if (statement.reader) return { rows: statement.all(query.parameters).map(plainBytes) as Row[] }
      return { rows: [], numAffectedRows: BigInt(statement.run(query.parameters).changes) }
    } catch (error) {
      throw ledgerFault(error)
    }
  }

  /** One statement, stepped through the rows: as fast as any number of rows a statement, and prepared once. */
  async insertMany(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
  ): Promise<readonly number[]> {
    try {
      const statement = this.#prepare(
        `insert into ${quoted(table)} (${columns.map(quoted).join()}) values (${columns.map(() => '?').join()})`,
      )
      return rows.map((row) => Number(statement.run(row).lastInsertRowid))
    } catch (error) {
      throw ledgerFault(error)
    }
  }

  /** Not through the cache: a statement that is still being stepped cannot be started again. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    try {
      for (const row of this.#handle.prepare(query.sql).iterate(query.parameters)) {
        yield { rows: [plainBytes(row) as Row] }
      }
    } catch (error) {
      throw ledgerFault(error)
    }
  }

  exec(sql: string): void {
    try {
      this.#handle.exec(sql)
    } catch (error) {
      throw ledgerFault(error)
    }
  }
}

class LedgerDriver implements Driver {
  readonly #handle: SqliteHandle
  readonly #connection: LedgerConnection
  /** Resolves when everyone who asked for the one connection before is done with it. */
  #turn: Promise<void> = Promise.resolve()
  #done: () => void = () => undefined
  readonly #busyTimeout: number

  constructor(handle: SqliteHandle, busyTimeout: number) {
    this.#handle = handle
    this.#busyTimeout = busyTimeout
    this.#connection = new LedgerConnection(handle)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#turn
    let done: () => void = () => undefined
    this.#turn = new Promise((resolve) => {
      done = resolve
    })
    await before
    this.#done = done
    return this.#connection
  }

  async releaseConnection(): Promise<void> {
    this.#done()
  }

  async beginTransaction(_: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    if (settings.accessMode === 'read only') this.#connection.exec('begin')
    else await this.#takeLock()
  }

  /**
   * Waits for the write lock by asking again and again. SQLite's own waiting asks less often the longer it lasts, so that
   * among many writers the newest always wins and the oldest runs out of time.
   */
  async #takeLock(): Promise<void> {
    const began = performance.now()
    this.#connection.exec('pragma busy_timeout = 0')
    try {
      for (;;) {
        const waited = performance.now() - began
        try {
          return this.#connection.exec('begin immediate')
        } catch (error) {
          const isBusy = error instanceof LicError && error.code === 'LEDGER_BUSY'
          if (!isBusy || waited > this.#busyTimeout) throw error
        }
        await new Promise((resolve) => setTimeout(resolve, askAgain(waited)))
      }
    } finally {
      this.#connection.exec(`pragma busy_timeout = ${this.#busyTimeout}`)
    }
  }

  async commitTransaction(): Promise<void> {
    this.#connection.exec('commit')
  }

  async rollbackTransaction(): Promise<void> {
    // A full disk or a damaged file has rolled back already; its own error is the one to report.
    try {
      this.#handle.exec('rollback')
    } catch {}
  }

  async destroy(): Promise<void> {
    this.#handle.close()
  }
}

/** SQLite's schema changes are transactional; a migration that is interrupted leaves the old ledger. */
class LedgerAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** @param busyTimeout how long a writer waits for another, in milliseconds */
export const sqliteDialect = (handle: SqliteHandle, busyTimeout: number): Dialect => ({
  createAdapter: () => new LedgerAdapter(),
  createDriver: () => new LedgerDriver(handle, busyTimeout),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
})
