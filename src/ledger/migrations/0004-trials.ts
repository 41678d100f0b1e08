/** Version 4: trials that were made under delegated keys and taken in. How many of each key, and whose they are. */

import { type Kysely, type Migration, sql } from 'kysely'
import { columnsOf } from './columns.ts'

export const trials: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .alterTable('keys')
      .addColumn('taken', columnsOf(db).whole, (it) => it.notNull().defaultTo(0))
      .execute()
    // Small beside the others: only what was taken in stands in it.
    await db.schema
      .createIndex('licenses_taken_by_customer')
      .on('licenses')
      .column('customer')
      .where(sql.ref('source'), '=', sql.lit('import'))
      .execute()
  },
}
