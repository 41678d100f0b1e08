/** Facts of the ledger as a whole, by name: its version (migrate.ts) and whose authority it is. */

import { LicError } from '../core/errors.ts'
import { insertRow } from './compiled.ts'
import { ENTITY_KINDS } from './event-types.ts'
import type { Happening } from './happening.ts'
import type { Reader, Tx } from './schema.ts'

export const createAuthority = (tx: Tx, event: Happening<'authority.created'>): Promise<void> =>
  insertRow(tx, 'meta', { name: 'authority', value: event.data.name })

/** The vendor's name; null before `authority.created`. */
export const authorityName = async (db: Reader): Promise<string | null> => {
  const row = await db.selectFrom('meta').select('value').where('name', '=', 'authority').executeTakeFirst()
  return row?.value ?? null
}

/** What events about the authority as a whole are about: the kid of its first root key. @throws LicError LEDGER_DAMAGED */
export const authorityEntity = async (db: Reader): Promise<Uint8Array> => {
  const query = db.selectFrom('events').select('entity_id').where('entity_kind', '=', ENTITY_KINDS.authority)
  const row = await query.orderBy('id').limit(1).executeTakeFirst()
  if (row === undefined) throw new LicError('LEDGER_DAMAGED', 'no event of this ledger founds an authority')
  return row.entity_id
}
