/** The authority's keys as the book knows them: public halves, roles, certificates. Private halves lie in key files. */

import type { Selectable, Updateable } from 'kysely'
import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { Compromise } from '../core/revocation.ts'
import { addUp, insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import type { KeyRole, KeyState, KeysTable, Reader, Tx } from './schema.ts'

export interface Key {
  readonly kid: Uint8Array
  readonly role: KeyRole
  /** No other key has it. */
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
  /** Of a root that was linked to: the link's bytes. */
  readonly link: Uint8Array | null
  readonly createdAt: number
  /** Licenses of a delegated key that the ledger has taken in. */
  readonly taken: number
  /** Since when others may have had it; kept when it was lifted. */
  readonly compromisedAt: number | null
  /** The log at that time: leaves, and root hash. */
  readonly tree: { readonly size: number; readonly root: Uint8Array } | null
  /** The newest trust bundle takes it off the compromised ones. */
  readonly lifted: boolean
  /** Nothing later is accepted from it, says the newest trust bundle. */
  readonly endedAt: number | null
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
  certificate: row.role === 'root' ? null : row.certificate,
  link: row.role === 'root' ? row.certificate : null,
  createdAt: row.created_at,
  taken: row.taken,
  compromisedAt: row.compromised_at,
  tree: row.tree_size === null || row.tree_root === null ? null : { size: row.tree_size, root: row.tree_root },
  lifted: row.lifted === 1,
  endedAt: row.ended_at,
})

/** A key's entity is its kid. */
const kidOf = (event: Happening): Uint8Array => event.entity as Uint8Array

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
    created: event.id,
    lifted: 0,
  })

export const certifyKey = async (tx: Tx, event: Happening<'key.certified'>): Promise<void> => {
  const { signer, notBefore, notAfter } = event.data
  await set(tx, kidOf(event), { signer, not_before: notBefore, not_after: notAfter, certified: event.id })
}

export const linkKey = (tx: Tx, event: Happening<'key.linked'>): Promise<void> =>
  set(tx, kidOf(event), { signer: event.data.signer, certified: event.id })

export const retireKey = (tx: Tx, event: Happening<'key.retired'>): Promise<void> =>
  set(tx, kidOf(event), { state: 'retired' })

export const compromiseKey = (tx: Tx, event: Happening<'key.compromised'>): Promise<void> => {
  const { at, treeSize, treeRoot } = event.data
  const tree = { tree_size: treeSize ?? null, tree_root: treeRoot ?? null }
  return set(tx, kidOf(event), { state: 'compromised', compromised_at: at, ...tree, lifted: 0 })
}

const set = async (tx: Tx, kid: Uint8Array, values: Updateable<KeysTable>): Promise<void> => {
  await tx.updateTable('keys').set(values).where('kid', '=', kid).execute()
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

/** Asked for each key by itself, never joined: of the signed objects nearly all are licenses. */
const withCertificates = (db: Reader) =>
  db
    .selectFrom('keys')
    .selectAll('keys')
    .select(({ selectFrom }) =>
      selectFrom('signed_objects')
        .select('signed_objects.bytes')
        .whereRef('signed_objects.event', '=', 'keys.certified')
        .as('certificate'),
    )

/** In the order they were made; of one role when it is given. */
export const listKeys = async (db: Reader, role?: KeyRole): Promise<readonly Key[]> => {
  let query = withCertificates(db)
  if (role !== undefined) query = query.where('keys.role', '=', role)
  return (await query.orderBy('keys.created').execute()).map(keyOf)
}

/** @throws LicError NOT_FOUND */
export const keyBy = async (db: Reader, kid: Uint8Array): Promise<Key> => {
  const row = await withCertificates(db).where('keys.kid', '=', kid).executeTakeFirst()
  if (row !== undefined) return keyOf(row)
  throw new LicError('NOT_FOUND', 'no key of the ledger has this kid')
}

/** What every list says of keys (FORMAT 11.3, fields 2 and 4). */
export const compromisedKeys = async (
  db: Reader,
): Promise<{ readonly compromised: readonly Compromise[]; readonly deadEpochs: readonly number[] }> => {
  const keys = await db.selectFrom('keys').selectAll().where('state', '=', 'compromised').orderBy('kid').execute()
  return {
    compromised: keys.flatMap(({ kid, compromised_at, tree_size, tree_root }): readonly Compromise[] =>
      compromised_at === null || tree_size === null || tree_root === null
        ? []
        : [[kid, compromised_at, tree_size, tree_root]],
    ),
    deadEpochs: keys.flatMap(({ epoch }) => epoch ?? []).sort((a, b) => a - b),
  }
}
