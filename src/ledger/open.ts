/**
 * Opens the book, in a SQLite file or on a PostgreSQL server, and brings it to this program's version. Invariant: what
 * `transaction` returns has been committed, with its places in the log, and synced.
 */

import { LicError } from '../core/errors.ts'
import { type Engine, type LedgerOptions, noLedger } from './engine.ts'
import { ledgerFault } from './faults.ts'
import { ledgerVersion, migrate, refuseNewer } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { isUrl, shown } from './place.ts'
import type { Reader, Tx } from './schema.ts'

export type { LedgerOptions } from './engine.ts'

export interface Ledger {
  /** For reads outside a transaction. Inside one use its `tx`: the connection is one, and waits for itself. */
  readonly db: Reader
  /** Runs `work` with the write lock held from the start, and commits, or undoes everything. */
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
  /** Returns when whatever was read is on the disk, so that it may be told: on a server another's writing is seen a moment before. */
  settled(): Promise<void>
  close(): Promise<void>
}

/**
 * @throws LicError NO_LEDGER, LEDGER_NEWER, LEDGER_BUSY, LEDGER_READ_ONLY, LEDGER_DAMAGED, LEDGER_UNREACHABLE,
 * LEDGER_UNSUITABLE, DISK_FULL; without the driver: UNEXPECTED.
 */
export const openLedger = async (options: LedgerOptions): Promise<Ledger> => {
  const migrations = options.migrations ?? MIGRATIONS
  const engine = await engineFor(options)
  const { db } = engine
  try {
    const found = await ledgerVersion(db)
    const known = Object.keys(migrations).length
    refuseNewer(found, known)
    if (found === 0) {
      if (await engine.holdsOthers()) throw otherProgram(options.file)
      if (options.create !== true) throw noLedger(options.file)
    }
    engine.settle()
    if (found < known) {
      if (engine.readOnly) throw outdated(found, known)
      if (found > 0) await engine.beforeMigrating(found)
      await migrate(db, migrations)
    }
  } catch (error) {
    await db.destroy()
    throw ledgerFault(error)
  }
  return {
    db,
    transaction: (work) => db.transaction().execute(work),
    snapshot: (work) => db.transaction().setAccessMode('read only').execute(work),
    copyTo: async (file, onPages) => {
      if (engine.copyTo !== undefined) return engine.copyTo(file, onPages)
      const { copyIntoFile } = await import('./copy.ts')
      await copyIntoFile(db, file, onPages)
    },
    fold: () => engine.fold(),
    settled: () => engine.settled(),
    close: () => db.destroy(),
  }
}

/** The database at a place, and nothing looked at yet. */
export const engineFor = async (options: LedgerOptions): Promise<Engine> =>
  isUrl(options.file)
    ? (await import('./postgres-server.ts')).postgresEngine(options)
    : (await import('./sqlite-file.ts')).sqliteEngine(options)

const outdated = (found: number, known: number): LicError =>
  new LicError('LEDGER_READ_ONLY', `the ledger has version ${found} and has to be brought to ${known} first`, {
    hint: 'run any lic command as someone who may write to the ledger',
  })

const otherProgram = (file: string): LicError =>
  new LicError('LEDGER_DAMAGED', 'the file is a database, but no ledger', { data: { file: shown(file) } })
