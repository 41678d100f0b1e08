/**
 * Kysely's PostgreSQL dialect as the ledger needs it: one writer at a time, as SQLite has it, by an advisory lock that a
 * write transaction takes first; numbers and bytes as SQLite gives them; statements prepared once a connection; driver
 * errors through `serverFault`. Knows `pg` only by its shape.
 */

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
  type TableMetadata,
  type TransactionSettings,
} from 'kysely'
import { type ManyRows, quoted } from './compiled.ts'
import { plainBytes } from './plain-bytes.ts'
import { serverFault } from './server-faults.ts'

export interface PostgresClient {
  query(query: {
    readonly text: string
    readonly values?: readonly unknown[]
    readonly name?: string
  }): Promise<{ readonly command: string; readonly rowCount: number | null; readonly rows: unknown[] }>
  release(error?: Error | boolean): void
}

export interface PostgresPool {
  connect(): Promise<PostgresClient>
  end(): Promise<void>
}

/** More shapes of SQL than the ledger has; a bound only against a caller that writes values into SQL. */
const MAX_STATEMENTS = 500
/** PostgreSQL numbers the values of a statement with 16 bits. */
const MAX_VALUES = 16_384

/** Empty, and small: returns when it, and so everything committed before it, is on the disk, as far as the server is told to care. */
export const TO_DISK = `select pg_logical_emit_message(true, 'lic', '')`

/**
 * The server keeps a plan as it was made, often while a table was small enough to be read whole: then so it would stay. What has
 * to be read whole is as cheap as before, once nobody compiles for it.
 */
const SESSION = 'set enable_seqscan = off; set jit = off'

const CHANGES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

class LedgerConnection implements DatabaseConnection, ManyRows {
  readonly client: PostgresClient
  readonly #names = new Map<string, string>()
  /** Set when the connection is of no more use. */
  broken: Error | undefined
  /** Whether its transaction may change anything. */
  writes = false

  constructor(client: PostgresClient) {
    this.client = client
  }

  /** A name under which the server keeps the statement; none for shapes beyond what the ledger has. */
  #name(text: string): { readonly name?: string } {
    const known = this.#names.get(text)
    if (known !== undefined) return { name: known }
    if (this.#names.size >= MAX_STATEMENTS) return {}
    const name = `lic${this.#names.size}`
    this.#names.set(text, name)
    return { name }
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { command, rowCount, rows } = await this.#run({ text: sql, values: parameters, ...this.#name(sql) })
    const changed = CHANGES.has(command) && rowCount !== null ? { numAffectedRows: BigInt(rowCount) } : {}
    return { ...changed, rows: rows.map(plainBytes) as Row[] }
  }

  /** As many rows a statement as its values can be numbered. */
  async insertMany(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    returning?: string,
  ): Promise<readonly number[]> {
    const most = Math.floor(MAX_VALUES / columns.length)
    const numbers: number[] = []
    for (let at = 0; at < rows.length; at += most) {
      const chunk = rows.slice(at, at + most)
      let n = 0
      const values = chunk.map((row) => `(${row.map(() => `$${++n}`).join()})`).join()
      const text = `insert into ${quoted(table)} (${columns.map(quoted).join()}) values ${values}`
      const answer = returning === undefined ? '' : ` returning ${quoted(returning)}`
      const { rows: answered } = await this.#run({ text: `${text}${answer}`, values: chunk.flat() })
      if (returning !== undefined)
        numbers.push(...answered.map((row) => (row as Record<string, number>)[returning] ?? 0))
    }
    // Dealt in the order of the rows; told in any.
    return numbers.sort((a, b) => a - b)
  }

  /** Rows are few or come in pages: nothing of the ledger streams from a server. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query)
  }

  /** One or several statements without values. */
  async exec(text: string): Promise<void> {
    await this.#run({ text })
  }

  async #run(query: Parameters<PostgresClient['query']>[0]): ReturnType<PostgresClient['query']> {
    try {
      return await this.client.query(query)
    } catch (error) {
      const fault = serverFault(error)
      if (!isAnswer(error)) this.broken = fault as Error
      throw fault
    }
  }
}

/** Whether the server itself said no: then the connection is as good as before. */
const isAnswer = (error: unknown): boolean =>
  error instanceof Error && 'severity' in error && error.severity !== 'FATAL' && error.severity !== 'PANIC'

class LedgerDriver implements Driver {
  readonly #pool: PostgresPool
  readonly #busyTimeout: number
  readonly #connections = new WeakMap<PostgresClient, LedgerConnection>()

  constructor(pool: PostgresPool, busyTimeout: number) {
    this.#pool = pool
    this.#busyTimeout = busyTimeout
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    let client: PostgresClient
    try {
      client = await this.#pool.connect()
    } catch (error) {
      throw serverFault(error)
    }
    const known = this.#connections.get(client)
    if (known !== undefined) return known
    const connection = new LedgerConnection(client)
    try {
      await connection.exec(SESSION)
    } catch (error) {
      client.release(true)
      throw error
    }
    this.#connections.set(client, connection)
    return connection
  }

  async releaseConnection(connection: LedgerConnection): Promise<void> {
    connection.client.release(connection.broken)
  }

  /** The lock is the database's and schema's, and ends with the transaction: a process that dies leaves none. */
  async beginTransaction(connection: LedgerConnection, settings: TransactionSettings): Promise<void> {
    connection.writes = settings.accessMode !== 'read only'
    if (!connection.writes) {
      await connection.exec('begin isolation level repeatable read, read only')
      return
    }
    try {
      await connection.exec(
        `begin; set local synchronous_commit = off; set local lock_timeout = ${this.#busyTimeout};` +
          `select pg_advisory_xact_lock(hashtextextended('lic ' || current_schema(), 0)); set local lock_timeout = 0`,
      )
    } catch (error) {
      await this.rollbackTransaction(connection)
      throw error
    }
  }

  /** Group commit: the lock is given up before the disk is waited for, so that one flush carries all who wait then. */
  async commitTransaction(connection: LedgerConnection): Promise<void> {
    await connection.exec(connection.writes ? `commit; ${TO_DISK}` : 'commit')
  }

  async rollbackTransaction(connection: LedgerConnection): Promise<void> {
    // A connection that broke has rolled back already; its own error is the one to report.
    try {
      await connection.client.query({ text: 'rollback' })
    } catch {}
  }

  async destroy(): Promise<void> {
    await this.#pool.end()
  }
}

/** What the migrator asks: which tables there are, in the ledger's own schema; another's may be going while it looks. */
class OwnTables extends PostgresIntrospector {
  readonly #db: Kysely<unknown>

  constructor(db: Kysely<unknown>) {
    super(db)
    this.#db = db
  }

  override async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<{ schema: string; name: string }>`select schemaname as schema, tablename as name
      from pg_catalog.pg_tables where schemaname = current_schema()`.execute(this.#db)
    return rows.map(({ schema, name }) => ({ schema, name, isView: false, columns: [] }))
  }
}

/** @param busyTimeout how long a writer waits for another, in milliseconds */
export const postgresDialect = (pool: PostgresPool, busyTimeout: number): Dialect => ({
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new LedgerDriver(pool, busyTimeout),
  createIntrospector: (db) => new OwnTables(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
})
