/** What a ledger asks of the database that it lies in, SQLite or PostgreSQL, and where it is told which. */

import { type Kysely, PostgresAdapter } from 'kysely'
import { LicError } from '../core/errors.ts'
import type { Migrations } from './migrate.ts'
import { shown } from './place.ts'
import type { Tables } from './schema.ts'

export interface LedgerOptions {
  /** Path of the ledger, ':memory:', or the URL of a PostgreSQL database. */
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

/** What a kind of database does in its own way when a ledger is opened. */
export interface Engine {
  readonly db: Kysely<Tables>
  readonly readOnly: boolean
  /** Whether what is no ledger yet holds something of another program's. */
  holdsOthers(): Promise<boolean>
  /** Called once it is known that this is a ledger, or is to become one. */
  settle(): void
  /** Keeps what is there before it is changed. */
  beforeMigrating(found: number): Promise<void>
  fold(): void
  /** Returns when everything that can be read is on the disk. */
  settled(): Promise<void>
  /** Copies one state of the book into a new file, in pages; absent: rows are copied into a ledger of their own. */
  copyTo?(file: string, onPages?: (count: number) => Promise<void>): Promise<void>
}

export const BUSY_TIMEOUT = 15_000

export const noLedger = (file: string): LicError =>
  new LicError('NO_LEDGER', `there is no ledger at ${shown(file)}`, {
    hint: 'make one: lic init --name NAME; or say where yours is: --home DIR, LIC_HOME or LIC_LEDGER',
    data: { file: shown(file) },
  })

/** PostgreSQL, else SQLite. */
export const isPostgres = <T>(db: Kysely<T>): boolean => db.getExecutor().adapter instanceof PostgresAdapter
