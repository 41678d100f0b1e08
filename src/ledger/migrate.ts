/**
 * The version of a ledger and the way to the newest one. The version is a row of `meta`, so that opening a current
 * ledger costs one read and not a run of the migrator. Invariants: versions only rise; a ledger that a newer program
 * wrote is refused, not guessed at; what is there is copied before it is changed.
 */

import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import { LicError } from '../core/errors.ts'
import { isPostgres } from './engine.ts'
import { isLacking } from './faults.ts'
import type { Reader, Tables } from './schema.ts'

/** Migrations by name, in the order of their names; the n-th makes version n. */
export type Migrations = Readonly<Record<string, Migration>>

/** The version that the ledger records; 0 when nothing is there yet. */
export const ledgerVersion = async (db: Reader): Promise<number> => {
  try {
    const row = await db.selectFrom('meta').select('value').where('name', '=', 'version').executeTakeFirst()
    if (row === undefined) return 0
    if (/^[1-9][0-9]{0,5}$/.test(row.value)) return Number(row.value)
    throw new LicError('LEDGER_DAMAGED', 'meta version: it says no version of a ledger')
  } catch (error) {
    if (error instanceof LicError && !isLacking(error)) throw error
    return 0
  }
}

/** @throws LicError LEDGER_NEWER when the ledger has seen a later program than this one. */
export const refuseNewer = (found: number, known: number): void => {
  if (found <= known) return
  throw new LicError('LEDGER_NEWER', `the ledger has version ${found}, this program knows ${known}`, {
    hint: 'use a newer lic with this ledger',
    data: { ledger: found, program: known },
  })
}

/**
 * Brings the ledger to the version that `migrations` end in, all or nothing, and records it.
 * Safe against another process that does the same at the same time.
 */
export const migrate = async (db: Kysely<Tables>, migrations: Migrations): Promise<void> => {
  const names = Object.keys(migrations).sort()
  const recording = Object.fromEntries(names.map((name, i) => [name, recorded(migrations, name, i + 1)]))
  // The migrator would take another schema's table for its own.
  const migrationTableSchema = isPostgres(db) ? await currentSchema(db) : undefined
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => recording },
    ...(migrationTableSchema !== undefined && { migrationTableSchema }),
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/** @throws LicError LEDGER_UNSUITABLE where the search path names no schema that is there */
const currentSchema = async (db: Kysely<Tables>): Promise<string> => {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(db)
  const schema = rows[0]?.schema
  if (schema) return schema
  throw new LicError('LEDGER_UNSUITABLE', 'the database has no schema that tables could be made in', {
    hint: 'create schema NAME; and name it: postgres://...?options=-c%20search_path%3DNAME',
  })
}

const recorded = (migrations: Migrations, name: string, version: number): Migration => ({
  up: async (db: Kysely<Tables>) => {
    await migrations[name]?.up(db)
    const value = String(version)
    await db
      .insertInto('meta')
      .values({ name: 'version', value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute()
  },
})
