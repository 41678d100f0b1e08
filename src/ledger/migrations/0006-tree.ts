/**
 * The Merkle tree over the log, built from the events that there are; the checkpoints that were signed of it,
 * and the copies that were made of the ledger.
 */

import type { Kysely, Migration } from 'kysely'
import type { Tx } from '../schema.ts'
import { logSize } from '../sequence.ts'
import { rebuildTree } from '../tree.ts'
import { BYTES, CLUSTERED, ROW_ID, WHOLE } from './columns.ts'

export const tree: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .createTable('tree_nodes')
      .addColumn('level', 'integer', (it) => it.notNull())
      .addColumn('position', WHOLE, (it) => it.notNull())
      .addColumn('hash', BYTES, (it) => it.notNull())
      .addPrimaryKeyConstraint('tree_nodes_key', ['level', 'position'])
      .modifyEnd(CLUSTERED)
      .execute()
    await db.schema
      .createTable('checkpoints')
      .addColumn('event', ROW_ID, (it) => it.primaryKey())
      .addColumn('size', WHOLE, (it) => it.notNull())
      .addColumn('root', BYTES, (it) => it.notNull())
      .addColumn('signer', BYTES, (it) => it.notNull())
      .addColumn('at', WHOLE, (it) => it.notNull())
      .execute()
    await db.schema.createIndex('checkpoints_by_size').on('checkpoints').column('size').execute()
    await db.schema
      .createTable('backups')
      .addColumn('event', ROW_ID, (it) => it.primaryKey())
      .addColumn('at', WHOLE, (it) => it.notNull())
      .addColumn('size', WHOLE, (it) => it.notNull())
      .addColumn('encrypted', 'integer', (it) => it.notNull())
      .addColumn('keys', 'integer', (it) => it.notNull())
      .addColumn('verified', 'integer', (it) => it.notNull())
      .execute()
    // The tables of this version are all that is read and written.
    const tx = db as unknown as Tx
    await rebuildTree(tx, await logSize(tx))
  },
}
