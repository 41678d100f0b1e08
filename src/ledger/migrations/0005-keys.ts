/**
 * Version 5: the life of keys. A key knows which event made it, since when others may have had it, and what trust bundles say
 * of it; bundles have a table; an activation knows whether it was typed, and which bundle went along.
 */

import { type Kysely, type Migration, sql } from 'kysely'
import { columnsOf, numbered } from './columns.ts'

/** The kind of entity that a key is, as events have it. */
const KEY = 2

export const keys: Migration = {
  up: async (db: Kysely<unknown>) => {
    const { whole, bytes, small } = columnsOf(db)
    const alter = (table: string) => db.schema.alterTable(table)
    const mark = (table: string, name: string) =>
      alter(table)
        .addColumn(name, small, (it) => it.notNull().defaultTo(0))
        .execute()
    await alter('keys')
      .addColumn('created', whole, (it) => it.notNull().defaultTo(0))
      .execute()
    await sql`update keys set created = (select id from events
      where entity_kind = ${sql.lit(KEY)} and entity_id = keys.kid and entity_version = 1)`.execute(db)
    for (const name of ['compromised_at', 'tree_size', 'ended_at']) await alter('keys').addColumn(name, whole).execute()
    await alter('keys').addColumn('tree_root', bytes).execute()
    await mark('keys', 'lifted')
    await numbered(db, 'trust_bundles', 'version', { signer: 'bytes', published_at: 'whole', event: 'whole' }).execute()
    await alter('activations').addColumn('bundle', whole).execute()
    await mark('activations', 'typed')
  },
}
