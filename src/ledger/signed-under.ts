/** Licenses that keys have signed, or whose emergency codes hang on an epoch: what a compromise touches. */

import { sql } from 'kysely'
import type { LicenseState, Reader } from './schema.ts'

/** Kids of keys that may not be trusted any more, or an epoch of the emergency secret. */
export type Under = { readonly signers: readonly Uint8Array[] } | { readonly epoch: number }

export interface SignedUnder {
  /** Number of the license in the ledger. */
  readonly id: number
  readonly cti: Uint8Array
  readonly prefix: string
  readonly customer: string
  readonly state: LicenseState
  readonly revision: number
  readonly expires: number | null
  /** Its newest revision is one of them, and not only an older one. */
  readonly newest: boolean
  /** Place in the log of the event that recorded the newest of them. */
  readonly place: number | null
}

/** In the order of their numbers, behind `after`; those that are cancelled or were transferred say nothing any more. */
export const signedUnder = async (
  db: Reader,
  under: Under,
  { after = 0, limit, newest = false }: { readonly after?: number; readonly limit: number; readonly newest?: boolean },
): Promise<readonly SignedUnder[]> => {
  const rows = await db
    .selectFrom('revisions as r')
    .innerJoin('licenses as l', 'l.id', 'r.license')
    .innerJoin('events as e', 'e.id', 'r.event')
    .select(['l.id', 'l.cti', 'l.prefix', 'l.customer', 'l.state', 'l.revision', 'l.expires'])
    .select([
      (eb) => eb.fn.max('r.number').as('number'),
      // Of the row that has the greatest number.
      'e.place',
    ])
    .where(
      'epoch' in under
        ? sql<boolean>`r.anchor_epoch = ${under.epoch}`
        : sql<boolean>`r.signer in (${sql.join(under.signers)})`,
    )
    .where('r.license', '>', after)
    .where('l.state', 'not in', ['cancelled', 'superseded'])
    .$if(newest, (query) => query.whereRef('r.number', '=', 'l.revision'))
    .groupBy('l.id')
    .orderBy('l.id')
    .limit(limit)
    .execute()
  return rows.map(({ number, ...row }) => ({ ...row, newest: number === row.revision }))
}

/** How many there are, and of how many it is the newest revision that somebody may be using. */
export const countUnder = async (
  db: Reader,
  under: Under,
  now: number,
): Promise<{ readonly licenses: number; readonly newest: number }> => {
  const query = db
    .selectFrom('revisions as r')
    .innerJoin('licenses as l', 'l.id', 'r.license')
    .where(
      'epoch' in under
        ? sql<boolean>`r.anchor_epoch = ${under.epoch}`
        : sql<boolean>`r.signer in (${sql.join(under.signers)})`,
    )
    .where('l.state', 'not in', ['cancelled', 'superseded'])
  const all = await query.select(sql<number>`count(distinct l.id)`.as('count')).executeTakeFirst()
  const newest = await query
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .whereRef('r.number', '=', 'l.revision')
    .where('l.state', 'in', ['active', 'suspended'])
    .where((eb) => eb.or([eb('l.expires', 'is', null), eb('l.expires', '>', now)]))
    .executeTakeFirst()
  return { licenses: all?.count ?? 0, newest: newest?.count ?? 0 }
}
