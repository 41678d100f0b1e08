/**
 * Version 3: places and what is given for them. An activation names the place that it holds, the request it answered and
 * how it ended; an emergency code may be one device's; a revision knows which installed one was extended to its end.
 */

import { type Kysely, type Migration, sql } from 'kysely'
import { columnsOf, keyed } from './columns.ts'

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
    await keyed(db, 'emergency_codes', ['license', 'revision', 'hour', 'activation'], {
      license: 'whole',
      revision: 'small',
      hour: 'whole',
      activation: 'bytes',
      given_at: 'whole',
      event: 'whole',
    }).execute()
    await db.schema.alterTable('revisions').addColumn('installed', small).execute()
  },
}
