/** Facts of the ledger as a whole, by name: its version (migrate.ts) and whose authority it is. */

import { insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import type { Reader, Tx } from './schema.ts'

export const createAuthority = (tx: Tx, event: Happening<'authority.created'>): Promise<void> =>
  insertRow(tx, 'meta', { name: 'authority', value: event.data.name })

/** The vendor's name; null before `authority.created`. */
export const authorityName = async (db: Reader): Promise<string | null> => {
  const row = await db.selectFrom('meta').select('value').where('name', '=', 'authority').executeTakeFirst()
  return row?.value ?? null
}
