/** Version of usage: what sites say that they counted, the newest report of each device. */

import type { Kysely, Migration } from 'kysely'
import { BYTES, CLUSTERED, WHOLE } from './columns.ts'

export const usage: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .createTable('usage_reports')
      .addColumn('license', WHOLE, (it) => it.notNull())
      .addColumn('line', 'integer', (it) => it.notNull())
      .addColumn('activation', BYTES, (it) => it.notNull())
      .addColumn('number', WHOLE, (it) => it.notNull())
      .addColumn('from_at', WHOLE, (it) => it.notNull())
      .addColumn('until_at', WHOLE, (it) => it.notNull())
      .addColumn('totals', 'text', (it) => it.notNull())
      .addColumn('peaks', 'text', (it) => it.notNull())
      .addColumn('days', 'text', (it) => it.notNull())
      .addColumn('reported_at', WHOLE, (it) => it.notNull())
      .addColumn('event', WHOLE, (it) => it.notNull())
      .addPrimaryKeyConstraint('usage_reports_key', ['license', 'line', 'activation'])
      .modifyEnd(CLUSTERED)
      .execute()
  },
}
