/** Version of usage: what sites say that they counted, the newest report of each device. */

import type { Kysely, Migration } from 'kysely'
import { keyed } from './columns.ts'

export const usage: Migration = {
  up: async (db: Kysely<unknown>) => {
    await keyed(db, 'usage_reports', ['license', 'line', 'activation'], {
      license: 'whole',
      line: 'small',
      activation: 'bytes',
      number: 'whole',
      from_at: 'whole',
      until_at: 'whole',
      totals: 'text',
      peaks: 'text',
      days: 'text',
      reported_at: 'whole',
      event: 'whole',
    }).execute()
  },
}
