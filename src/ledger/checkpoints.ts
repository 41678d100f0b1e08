/** Signed heads of the log. Each is recorded by the event behind the last that it is about. */

import type { Selectable } from 'kysely'
import { LicError } from '../core/errors.ts'
import type { TreeHead } from '../core/merkle.ts'
import { insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import type { CheckpointsTable } from './log-tables.ts'
import type { Reader, Tx } from './schema.ts'
import { logSize } from './sequence.ts'
import { treeHead } from './tree.ts'

export interface Checkpointed {
  readonly size: number
  readonly root: Uint8Array
  /** Unix seconds. */
  readonly at: number
  /** kid of the audit key. */
  readonly signer: Uint8Array
  /** The event whose signed object is the note. */
  readonly event: number
}

const checkpointed = ({ size, root, at, signer, event }: Selectable<CheckpointsTable>): Checkpointed => ({
  ...{ size, root, at, signer, event },
})

export const keepCheckpoint = (tx: Tx, event: Happening<'checkpoint.signed'>): Promise<void> =>
  insertRow(tx, 'checkpoints', {
    event: event.id,
    size: event.data.size,
    root: event.data.root,
    // A checkpoint's entity is the kid of its key.
    signer: event.entity as Uint8Array,
    at: event.at,
  })

/** The head of the log when it had `size` events; now, when none is given. @throws LicError NOT_FOUND for a later one */
export const logHead = async (db: Reader, size?: number): Promise<TreeHead> => {
  const now = await logSize(db)
  if (size === undefined || size <= now) return treeHead(db, size ?? now)
  throw new LicError('NOT_FOUND', `the log has ${now} events, and its head at ${size} was asked for`, {
    hint: 'this ledger is older, or lost what came after; lic ledger verify --checkpoint FILE tells',
  })
}

/** The newest checkpoint; null before the first. */
export const newestCheckpoint = async (db: Reader): Promise<Checkpointed | null> => {
  const row = await db.selectFrom('checkpoints').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? null : checkpointed(row)
}

/** The checkpoint of exactly this size; null when there is none. */
export const checkpointAt = async (db: Reader, size: number): Promise<Checkpointed | null> => {
  const query = db.selectFrom('checkpoints').selectAll().where('size', '=', size)
  const row = await query.orderBy('event').limit(1).executeTakeFirst()
  return row === undefined ? null : checkpointed(row)
}

/** The first checkpoint whose log holds the event at `place`; null when none does yet. */
export const firstCheckpointOver = async (db: Reader, place: number): Promise<Checkpointed | null> => {
  const query = db.selectFrom('checkpoints').selectAll().where('size', '>', place)
  const row = await query.orderBy('size').limit(1).executeTakeFirst()
  return row === undefined ? null : checkpointed(row)
}
