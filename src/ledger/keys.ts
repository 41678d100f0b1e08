/** The authority's keys as the book knows them: public halves, roles, certificates. Private halves lie in key files. */

import type { Selectable } from 'kysely'
import { toHex } from '../core/bytes.ts'
import { addUp, insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import type { KeyRole, KeyState, KeysTable, Reader, Tx } from './schema.ts'

export interface Key {
  readonly kid: Uint8Array
  readonly role: KeyRole
  readonly name: string | null
  /** Null for the emergency secret. */
  readonly publicKey: Uint8Array | null
  readonly file: string | null
  readonly epoch: number | null
  readonly state: KeyState
  readonly signer: Uint8Array | null
  readonly notBefore: number | null
  readonly notAfter: number | null
  /** The certificate's bytes; null for a key that needs none, or has none yet. */
  readonly certificate: Uint8Array | null
  readonly createdAt: number
  /** Licenses of a delegated key that the ledger has taken in. */
  readonly taken: number
}

const keyOf = (row: Selectable<KeysTable> & { certificate: Uint8Array | null }): Key => ({
  kid: row.kid,
  role: row.role,
  name: row.name,
  publicKey: row.public_key,
  file: row.file,
  epoch: row.epoch,
  state: row.state,
  signer: row.signer,
  notBefore: row.not_before,
  notAfter: row.not_after,
  certificate: row.certificate,
  createdAt: row.created_at,
  taken: row.taken,
})

/** A key's entity is its kid. */
const kidOf = (event: Happening<'key.created' | 'key.certified'>): Uint8Array => event.entity as Uint8Array

export const addKey = (tx: Tx, event: Happening<'key.created'>): Promise<void> =>
  insertRow(tx, 'keys', {
    kid: kidOf(event),
    role: event.data.role,
    name: event.data.name ?? null,
    public_key: event.data.publicKey ?? null,
    file: event.data.file ?? null,
    epoch: event.data.epoch ?? null,
    state: 'active',
    created_at: event.at,
  })

export const certifyKey = async (tx: Tx, event: Happening<'key.certified'>): Promise<void> => {
  const { signer, notBefore, notAfter } = event.data
  await tx
    .updateTable('keys')
    .set({ signer, not_before: notBefore, not_after: notAfter, certified: event.id })
    .where('kid', '=', kidOf(event))
    .execute()
}

/** One more license of a delegated key is in the book. */
export const countTaken = (tx: Tx, kid: Uint8Array): Promise<void> =>
  addUp(tx, `taken ${toHex(kid)}`, 1, (sum) =>
    tx
      .updateTable('keys')
      .set((eb) => ({ taken: eb('taken', '+', sum) }))
      .where('kid', '=', kid)
      .execute(),
  )

const withCertificates = (db: Reader) =>
  db
    .selectFrom('keys')
    .leftJoin('signed_objects', 'signed_objects.event', 'keys.certified')
    .selectAll('keys')
    .select('signed_objects.bytes as certificate')

/** In the order they were made; of one role when it is given. */
export const listKeys = async (db: Reader, role?: KeyRole): Promise<readonly Key[]> => {
  let query = withCertificates(db)
  if (role !== undefined) query = query.where('keys.role', '=', role)
  // Of several made within one second, the one that was certified last is the newest.
  const rows = await query.orderBy('keys.created_at').orderBy('keys.certified').orderBy('keys.kid').execute()
  return rows.map(keyOf)
}
