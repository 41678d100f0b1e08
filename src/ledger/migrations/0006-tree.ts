/**
 * The Merkle tree over the log, built from the events that there are; the checkpoints that were signed of it,
 * and the copies that were made of the ledger.
 */

import type { Kysely, Migration } from 'kysely'
import type { Tx } from '../schema.ts'
import { logSize } from '../sequence.ts'
import { rebuildTree } from '../tree.ts'
import { keyed, numbered } from './columns.ts'

export const tree: Migration = {
  up: async (db: Kysely<unknown>) => {
    await keyed(db, 'tree_nodes', ['level', 'position'], { level: 'small', position: 'whole', hash: 'bytes' }).execute()
    await numbered(db, 'checkpoints', 'event', {
      size: 'whole',
      root: 'bytes',
      signer: 'bytes',
      at: 'whole',
    }).execute()
    await db.schema.createIndex('checkpoints_by_size').on('checkpoints').column('size').execute()
    await numbered(db, 'backups', 'event', {
      at: 'whole',
      size: 'whole',
      encrypted: 'small',
      keys: 'small',
      verified: 'small',
    }).execute()
    // The tables of this version are all that is read and written.
    const tx = db as unknown as Tx
    await rebuildTree(tx, await logSize(tx))
  },
}
