/** Which copies were made of the ledger, and whether they were ever restored: what `lic doctor` asks about. */

import { insertRow } from './compiled.ts'
import { decodeEnvelope } from './envelope.ts'
import { ENTITY_KINDS } from './event-types.ts'
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
  /** Of the newest that was restored when it was made, or of when this ledger itself came out of one, whichever was later. */
  readonly verified: number | null
  /** Of the newest that holds the keys. */
  readonly withKeys: number | null
}

export const backupTimes = async (db: Reader): Promise<BackupTimes> => {
  const newest = db.selectFrom('backups').select((eb) => eb.fn.max('at').as('at'))
  const at = async (query: typeof newest): Promise<number | null> => (await query.executeTakeFirst())?.at ?? null
  const tried = [await at(newest.where('verified', '=', 1)), await restoredAt(db)].filter((time) => time !== null)
  return {
    made: await at(newest),
    verified: tried.length === 0 ? null : Math.max(...tried),
    withKeys: await at(newest.where('keys', '=', 1)),
  }
}

/** No table keeps it: the log is asked, which has few events about the authority itself. */
const restoredAt = async (db: Reader): Promise<number | null> => {
  const events = db.selectFrom('events').select(['at', 'bytes']).where('entity_kind', '=', ENTITY_KINDS.authority)
  const rows = await events.orderBy('id', 'desc').execute()
  return rows.find(({ bytes }) => decodeEnvelope(bytes).type === 'backup.restored')?.at ?? null
}
