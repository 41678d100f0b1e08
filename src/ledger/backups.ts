/** Which copies were made of the ledger, and whether they were ever restored: what `lic doctor` asks about. */

import { insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import type { Reader, Tx } from './schema.ts'

export const keepBackup = (tx: Tx, event: Happening<'backup.made'>): Promise<void> => {
  const { size, encrypted, keys, verified } = event.data
  return insertRow(tx, 'backups', {
    event: event.id,
    at: event.at,
    size,
    encrypted: encrypted ? 1 : 0,
    keys: keys ? 1 : 0,
    verified: verified ? 1 : 0,
  })
}

export interface BackupTimes {
  /** Of the newest copy, unix seconds; null: none was ever made with `lic ledger backup`. */
  readonly made: number | null
  /** Of the newest that was restored when it was made. */
  readonly verified: number | null
  /** Of the newest that holds the keys. */
  readonly withKeys: number | null
}

export const backupTimes = async (db: Reader): Promise<BackupTimes> => {
  const newest = db.selectFrom('backups').select((eb) => eb.fn.max('at').as('at'))
  const at = async (query: typeof newest): Promise<number | null> => (await query.executeTakeFirst())?.at ?? null
  return {
    made: await at(newest),
    verified: await at(newest.where('verified', '=', 1)),
    withKeys: await at(newest.where('keys', '=', 1)),
  }
}
