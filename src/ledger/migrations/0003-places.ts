/**
 * Version 3: places and what is given for them. An activation names the place that it holds, the request it answered and
 * how it ended; an emergency code may be one device's; a revision knows which installed one was extended to its end.
 */

import { type Kysely, type Migration, sql } from 'kysely'
import { clustered, columnsOf } from './columns.ts'

const MARKS = ['weak', 'clock', 'listed'] as const
const NUMBERS = ['list', 'list_number', 'anchored', 'anchor_revision', 'anchor_epoch', 'anchor_base', 'anchor_n']

export const places: Migration = {
  up: async (db: Kysely<unknown>) => {
    const { bytes, text, whole, small } = columnsOf(db)
    const add = (name: string) => db.schema.alterTable('activations').addColumn(name, whole).execute()
    for (const name of ['place', 'request']) await db.schema.alterTable('activations').addColumn(name, bytes).execute()
    await db.schema.alterTable('activations').addColumn('ended', text).execute()
    for (const name of MARKS) {
      await db.schema
        .alterTable('activations')
        .addColumn(name, small, (it) => it.notNull().defaultTo(0))
        .execute()
    }
    for (const name of NUMBERS) await add(name)
    await db.schema
      .createIndex('activations_listed')
      .on('activations')
      .column('anchor')
      .where(sql.ref('listed'), '=', sql.lit(1))
      .execute()
    // Nothing was ever written to it: codes of devices need a key of their own.
    await db.schema.dropTable('emergency_codes').execute()
    await clustered(
      db,
      db.schema
        .createTable('emergency_codes')
        .addColumn('license', whole, (it) => it.notNull())
        .addColumn('revision', small, (it) => it.notNull())
        .addColumn('hour', whole, (it) => it.notNull())
        .addColumn('activation', bytes, (it) => it.notNull())
        .addColumn('given_at', whole, (it) => it.notNull())
        .addColumn('event', whole, (it) => it.notNull())
        .addPrimaryKeyConstraint('emergency_codes_key', ['license', 'revision', 'hour', 'activation']),
    ).execute()
    await db.schema.alterTable('revisions').addColumn('installed', small).execute()
  },
}
