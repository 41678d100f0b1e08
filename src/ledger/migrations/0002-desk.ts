/** Version 2: words for `lic find`; on each license a label of the vendor's own, and when the first of its lines ends. */

import { type Kysely, type Migration, sql } from 'kysely'
import { columnsOf, keyed } from './columns.ts'

export const desk: Migration = {
  up: async (db: Kysely<unknown>) => {
    const { text, whole } = columnsOf(db)
    await db.schema.alterTable('licenses').addColumn('label', text).execute()
    // Lines may end before their license: what ends soon is found by its first end.
    await db.schema.alterTable('licenses').addColumn('ends', whole).execute()
    await sql`update licenses set ends = expires`.execute(db)
    await db.schema.dropIndex('licenses_by_expires_id').execute()
    await db.schema
      .createIndex('licenses_by_ends_id')
      .on('licenses')
      .columns(['ends', 'id'])
      .where('ends', 'is not', null)
      .execute()
    // And what is over in part, by its last.
    await db.schema
      .createIndex('licenses_over_in_part')
      .on('licenses')
      .columns(['expires', 'id'])
      .where(sql.ref('ends'), '<>', sql.ref('expires'))
      .execute()
    const words = { word: 'text', customer: 'text', license: 'whole' } as const
    await keyed(db, 'words', ['word', 'customer', 'license'], words).execute()
    await db.schema.createIndex('words_by_customer_license').on('words').columns(['customer', 'license']).execute()
  },
}
