/** Version 2: words for `lic find`, and a label of the vendor's own on each license. */

import type { Kysely, Migration } from 'kysely'
import { CLUSTERED, WHOLE } from './columns.ts'

export const desk: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.alterTable('licenses').addColumn('label', 'text').execute()
    await db.schema
      .createTable('words')
      .addColumn('word', 'text', (it) => it.notNull())
      .addColumn('customer', 'text', (it) => it.notNull())
      .addColumn('license', WHOLE, (it) => it.notNull())
      .addPrimaryKeyConstraint('words_key', ['word', 'customer', 'license'])
      .modifyEnd(CLUSTERED)
      .execute()
    await db.schema.createIndex('words_by_customer_license').on('words').columns(['customer', 'license']).execute()
  },
}
