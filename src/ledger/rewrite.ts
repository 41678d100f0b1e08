/**
 * Writing the ledger's file anew from what its tables hold. SQLite leaves what was erased in pages that are free, in the
 * gaps of others, and in the write-ahead log; after this none of them is left.
 */

import { sql } from 'kysely'
import type { Reader } from './schema.ts'

/**
 * Outside of any transaction. Takes about as long as copying the file, and as much room again.
 * @returns false when another process reads the ledger: then traces may stand in the write-ahead log until all have closed it
 * @throws LicError LEDGER_BUSY, DISK_FULL; the ledger is then as it was
 */
export const rewriteFile = async (db: Reader): Promise<boolean> => {
  await sql`vacuum`.execute(db)
  const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db)
  return rows[0]?.busy === 0
}
