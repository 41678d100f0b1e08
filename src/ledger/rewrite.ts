/**
 * Writing the ledger's file anew from what its tables hold. SQLite leaves what was erased in pages that are free, in the
 * gaps of others, and in the write-ahead log; after this none of them is left.
 */

import { sql } from 'kysely'
import { isPostgres } from './engine.ts'
import type { Reader } from './schema.ts'

/**
 * Outside of any transaction. Takes about as long as copying the file, and as much room again.
 * On a server the tables that held it are written anew; its own log and copies keep it as long as its keeper says.
 * @returns false when another process reads the ledger: then traces may stand in the write-ahead log until all have closed it
 * @throws LicError LEDGER_BUSY, DISK_FULL; the ledger is then as it was
 */
export const rewriteFile = async (db: Reader): Promise<boolean> => {
  if (isPostgres(db)) return rewriteTables(db)
  await sql`vacuum`.execute(db)
  const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db)
  return rows[0]?.busy === 0
}

/** Every table that forgetting erases something in. */
const HELD = ['private_texts', 'signed_objects', 'customers', 'licenses', 'activations', 'idempotency_keys', 'words']

const rewriteTables = async (db: Reader): Promise<boolean> => {
  for (const table of HELD) await sql`vacuum (full) ${sql.table(table)}`.execute(db)
  return true
}
