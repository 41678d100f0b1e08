/**
 * Sites and the keys that they know. A site has a revision of its license: the newest, or the one that an extension was typed
 * for; by its signer it knows a key. What was typed last brought no certificate with it, so the site knows no other.
 */

import { sql } from 'kysely'
import type { Reader } from './schema.ts'

/** The key that signed what a site has of a license, as long as it was only told ends by phone since. */
export const signerKnown = async (db: Reader, license: number): Promise<Uint8Array | null> => {
  const row = await newestRevisions(db).select(KNOWN.as('signer')).where('l.id', '=', license).executeTakeFirst()
  return row?.signer ?? null
}

const KNOWN = sql<Uint8Array>`coalesce(s.signer, r.signer)`
/** Whether the last that the site of an activation was told came as typed lines. */
const TYPED_LAST = sql<boolean>`case when r.event > a.event then r.installed is not null else a.typed = 1 end`

/** Licenses, `l`, with their newest revision, `r`, and the one that it was typed for, `s`. */
const newestRevisions = (db: Reader) =>
  db
    .selectFrom('licenses as l')
    .innerJoin('revisions as r', (join) => join.onRef('r.license', '=', 'l.id').onRef('r.number', '=', 'l.revision'))
    .leftJoin('revisions as s', (join) => join.onRef('s.license', '=', 'l.id').onRef('s.number', '=', 'r.installed'))

/** Those that somebody may be using. Seconds of grace are not asked for: a license in grace is one that is renewed. */
const live = (db: Reader, now: number) =>
  newestRevisions(db)
    .where('l.state', 'in', ['active', 'suspended'])
    .where((eb) => eb.or([eb('l.expires', 'is', null), eb('l.expires', '>', now)]))

const sites = (db: Reader, now: number) =>
  live(db, now)
    .innerJoin('activations as a', 'a.license', 'l.id')
    .where('a.ended', 'is', null)
    .where('a.place', 'is not', null)
    .where((eb) => eb.or([eb('a.lease_until', 'is', null), eb('a.lease_until', '>', now)]))

export interface Touched {
  /** Live licenses whose newest revision the keys signed. */
  readonly licenses: number
  /** Activations of licenses that a site knows under one of the keys. */
  readonly sites: number
  /** Of these, those that were typed last: they know no other key. */
  readonly typed: number
}

export const touchedBy = async (db: Reader, signers: readonly Uint8Array[], now: number): Promise<Touched> => {
  if (signers.length === 0) return { licenses: 0, sites: 0, typed: 0 }
  const kids = sql.join(signers)
  const all = await live(db, now)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(sql<boolean>`r.signer in (${kids})`)
    .executeTakeFirst()
  const placed = await sites(db, now)
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.sum<number | null>(sql<number>`(${TYPED_LAST})`).as('typed'),
    ])
    .where(sql<boolean>`${KNOWN} in (${kids})`)
    .executeTakeFirst()
  return { licenses: all?.count ?? 0, sites: placed?.count ?? 0, typed: Number(placed?.typed ?? 0) }
}

export interface TypedSite {
  readonly cti: Uint8Array
  readonly prefix: string
  readonly customer: string
  /** Release anchor of the activation. */
  readonly anchor: Uint8Array
  readonly label: string | null
}

/** The sites that know no other key than this, oldest first; at most `limit`. */
export const typedSites = async (
  db: Reader,
  signer: Uint8Array,
  now: number,
  limit: number,
): Promise<readonly TypedSite[]> =>
  sites(db, now)
    .select(['l.cti', 'l.prefix', 'l.customer', 'a.anchor', 'a.label'])
    .where(sql<boolean>`${KNOWN} = ${signer}`)
    .where(TYPED_LAST)
    .orderBy('a.event')
    .limit(limit)
    .execute()

/** Live licenses and devices whose emergency codes hang on this epoch. */
export const anchoredOn = async (
  db: Reader,
  epoch: number,
  now: number,
): Promise<{ readonly licenses: number; readonly devices: number }> => {
  const licenses = await live(db, now)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('r.anchor_epoch', '=', epoch)
    .executeTakeFirst()
  const devices = await sites(db, now)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('a.anchor_epoch', '=', epoch)
    .executeTakeFirst()
  return { licenses: licenses?.count ?? 0, devices: devices?.count ?? 0 }
}
