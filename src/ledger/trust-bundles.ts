/** Trust bundles that were published, and what the newest of them says of the keys. */

import type { Happening } from './happening.ts'
import type { Reader, Tx } from './schema.ts'

export interface PublishedBundle {
  readonly version: number
  /** kid of the root that signed it. */
  readonly signer: Uint8Array
  readonly publishedAt: number
  /** The event whose signed object is the bundle. */
  readonly event: number
}

export const publishTrust = async (tx: Tx, event: Happening<'trust.published'>): Promise<void> => {
  const { version, signer, lifted, ended } = event.data
  const row = { version, signer, published_at: event.at, event: event.id }
  await tx.insertInto('trust_bundles').values(row).execute()
  // A bundle says all that holds, so what it leaves out holds no longer.
  await tx.updateTable('keys').set({ lifted: 0, ended_at: null }).execute()
  for (const kid of lifted ?? []) {
    await tx.updateTable('keys').set({ lifted: 1 }).where('kid', '=', kid).execute()
    const stolen = tx.updateTable('keys').set({ state: 'retired' }).where('kid', '=', kid)
    await stolen.where('state', '=', 'compromised').execute()
  }
  for (const [kid, time] of ended ?? []) {
    await tx.updateTable('keys').set({ ended_at: time }).where('kid', '=', kid).execute()
  }
}

/** The newest, or the one of a version; null when there is none. */
export const findBundle = async (db: Reader, version?: number): Promise<PublishedBundle | null> => {
  let query = db.selectFrom('trust_bundles').selectAll()
  if (version !== undefined) query = query.where('version', '=', version)
  const row = await query.orderBy('version', 'desc').limit(1).executeTakeFirst()
  return row === undefined
    ? null
    : { version: row.version, signer: row.signer, publishedAt: row.published_at, event: row.event }
}
