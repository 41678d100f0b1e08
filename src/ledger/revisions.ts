/** The revisions of a license, each with the signed object that put it into force. */

import type { Selectable } from 'kysely'
import { insertRow } from './compiled.ts'
import { decodeEnvelope } from './envelope.ts'
import type { RevisionData } from './event-types.ts'
import type { Happening } from './happening.ts'
import type { Reader, RevisionsTable, Tx } from './schema.ts'

export interface Revision extends Required<RevisionData> {
  readonly actor: string
  /** Revision that was extended to this one's end by phone: what the site has; null: it gets this one. */
  readonly installed: number | null
  /** The event that recorded it. */
  readonly event: number
  /** Hash of the signed license; null for one that was recorded without (an import). */
  readonly hash: Uint8Array | null
  /** The signed license; null when it was erased with its customer. */
  readonly bytes: Uint8Array | null
}

type Row = Selectable<RevisionsTable> & { envelope: Uint8Array; bytes: Uint8Array | null }

const revisionOf = (row: Row): Revision => ({
  number: row.number,
  issuedAt: row.issued_at,
  starts: row.starts,
  expires: row.expires,
  signer: row.signer,
  anchor:
    row.anchor_epoch === null ? null : { epoch: row.anchor_epoch, base: row.anchor_base ?? 0, n: row.anchor_n ?? 0 },
  actor: row.actor,
  installed: row.installed,
  event: row.event,
  hash: decodeEnvelope(row.envelope).object,
  bytes: row.bytes,
})

export const addRevision = (
  tx: Tx,
  license: number,
  revision: RevisionData,
  by: { readonly actor: string; readonly event: number },
): Promise<void> =>
  insertRow(tx, 'revisions', {
    license,
    number: revision.number,
    issued_at: revision.issuedAt,
    starts: revision.starts ?? null,
    expires: revision.expires ?? null,
    signer: revision.signer,
    event: by.event,
    anchor_epoch: revision.anchor?.epoch ?? null,
    anchor_base: revision.anchor?.base ?? null,
    anchor_n: revision.anchor?.n ?? null,
    actor: by.actor,
  })

export const dropRevision = async (tx: Tx, license: number, number: number): Promise<void> => {
  await tx.deleteFrom('revisions').where('license', '=', license).where('number', '=', number).execute()
}

export const extendRevision = async (tx: Tx, event: Happening<'license.extended'>): Promise<void> => {
  const { installed, number } = event.data
  const ofThis = tx
    .selectFrom('licenses')
    .select('id')
    .where('cti', '=', event.entity as Uint8Array)
  await tx
    .updateTable('revisions')
    .set({ installed })
    .where('license', 'in', ofThis)
    .where('number', '=', number)
    .execute()
}

const withObjects = (db: Reader, license: number) =>
  db
    .selectFrom('revisions')
    .innerJoin('events', 'events.id', 'revisions.event')
    .leftJoin('signed_objects', 'signed_objects.event', 'revisions.event')
    .selectAll('revisions')
    .select(['events.bytes as envelope', 'signed_objects.bytes as bytes'])
    .where('revisions.license', '=', license)

/** First to last. `license` is the license's number in the ledger. */
export const revisionsOf = async (db: Reader, license: number): Promise<readonly Revision[]> =>
  (await withObjects(db, license).orderBy('revisions.number').execute()).map(revisionOf)

/** One revision of a license; null when it has no such revision. */
export const findRevision = async (db: Reader, license: number, number: number): Promise<Revision | null> => {
  const row = await withObjects(db, license).where('revisions.number', '=', number).executeTakeFirst()
  return row === undefined ? null : revisionOf(row)
}

/** A signed license whose anchor was made with the secret of this epoch, of the newest; null when there is none. */
export const newestAnchored = async (db: Reader, epoch: number): Promise<Uint8Array | null> => {
  const row = await db
    .selectFrom('revisions')
    .innerJoin('signed_objects', 'signed_objects.event', 'revisions.event')
    .select('signed_objects.bytes')
    .where('revisions.anchor_epoch', '=', epoch)
    // Backwards along the table's own order, so that the first that fits ends it.
    .orderBy('revisions.license', 'desc')
    .orderBy('revisions.number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.bytes ?? null
}
