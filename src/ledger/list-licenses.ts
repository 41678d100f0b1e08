/**
 * Pages of licenses. Each filter that is narrow has an index in the order of the page, and the query is written so that
 * exactly one of them finds the rows while the others only sift: a page costs the same in a ledger of any size. (A tier
 * alone has none: its page is found by walking.)
 * Order: newest first; with `expiringBefore` by what ends soonest; of expired ones latest first. Always total. A license whose
 * lines end at different times is found by the first end that is to come.
 */

import { type SelectQueryBuilder, sql } from 'kysely'
import { LicError } from '../core/errors.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { type LicenseStatus, statusAt } from './license-status.ts'
import { type License, licenseOf } from './licenses.ts'
import { type Line, linesOf } from './lines.ts'
import type { Reader, Tables } from './schema.ts'
import { tagWord } from './words.ts'

export interface LicenseFilter {
  readonly brand: BrandScope
  /** Customer id. */
  readonly customer?: string
  /** All customers with this address, any case. */
  readonly email?: string
  readonly product?: string
  readonly tier?: string
  readonly status?: LicenseStatus
  /** All of these: tags of the license or of its customer. */
  readonly tags?: readonly string[]
  /** Active ones of which, seen from `now`, something ends before this time. */
  readonly expiringBefore?: number
}

export interface Page {
  readonly limit: number
  /** `next` of the page before, with the same filter. */
  readonly cursor?: string
}

export interface ListedLicense extends License {
  readonly status: LicenseStatus
  readonly lines: readonly Line[]
  readonly customerName: string | null
  readonly customerEmail: string | null
}

type Query = SelectQueryBuilder<Tables, 'licenses' | 'lines', object>
type Id = 'licenses.id' | 'lines.license'
/** What a page is in the order of. */
type Key = Id | 'licenses.ends' | 'licenses.expires'
type Order = 'newest' | 'soonest' | 'latest'
/** Which filter finds the rows; the first that applies. */
type Finder = 'customer' | 'email' | 'tag' | 'expiry' | 'product' | 'state' | 'brand'

/** @throws LicError INVALID_INPUT for a cursor that this filter did not give. */
export const listLicenses = async (
  db: Reader,
  filter: LicenseFilter,
  page: Page,
  now: number,
): Promise<{ readonly licenses: readonly ListedLicense[]; readonly next: string | null }> => {
  const order = orderOf(filter)
  const rare = await rareTag(db, filter)
  const finder = finderOf(filter, rare)
  // The same number; named by the table whose index is walked.
  const id = finder === 'product' ? 'lines.license' : 'licenses.id'
  const key = order === 'newest' ? id : 'licenses.ends'
  const run = async (by: Key, bounded: (query: Query) => Query): Promise<readonly License[]> => {
    const found = bounded(sift(find(db, filter, finder, rare), filter, finder, now))
    const rows = await ordered(after(found, order, by, id, page.cursor), order, by, id)
      .selectAll('licenses')
      .limit(page.limit + 1)
      .execute()
    return rows.map(licenseOf)
  }
  const whole = await run(key, (query) => firstEnds(query, filter, now))
  const part =
    filter.expiringBefore === undefined ? [] : await run('licenses.expires', (query) => lastEnds(query, filter, now))
  const rows = part.length === 0 ? whole : [...whole, ...part].sort((a, b) => due(a, now) - due(b, now) || a.id - b.id)
  const licenses = rows.slice(0, page.limit)
  const last = licenses.at(-1)
  return {
    licenses: await dressed(db, licenses, now),
    next: rows.length > page.limit && last !== undefined ? cursorOf(last, order, now) : null,
  }
}

/** The first end of a license that is to come; for what is over, the first there was. */
const due = ({ ends, expires }: License, now: number): number =>
  ends !== null && ends <= now && (expires ?? 0) > now ? (expires ?? 0) : (ends ?? 0)

const orderOf = (filter: LicenseFilter): Order => {
  if (filter.expiringBefore !== undefined) return 'soonest'
  return filter.status === 'expired' ? 'latest' : 'newest'
}

const finderOf = (filter: LicenseFilter, rare: string | undefined): Finder => {
  if (filter.customer !== undefined) return 'customer'
  if (filter.email !== undefined) return 'email'
  if (rare !== undefined) return 'tag'
  if (orderOf(filter) !== 'newest') return 'expiry'
  if (filter.product !== undefined) return 'product'
  // Active ones are nearly all: walking past the others beats an index.
  const derived = filter.status === undefined || filter.status === 'active' || filter.status === 'pending'
  return derived ? 'brand' : 'state'
}

/** From so many rows on a tag is met soon enough by walking. */
const FREQUENT = 1_000

/** A tag of the filter that few have. */
const rareTag = async (db: Reader, { tags = [] }: LicenseFilter): Promise<string | undefined> => {
  for (const tag of tags) {
    const rows = db.selectFrom('words').select('license').where('word', '=', tagWord(tag))
    if ((await rows.limit(FREQUENT).execute()).length < FREQUENT) return tag
  }
  return undefined
}

/** The rows by way of the finder's index. Lines join only where they find: a license has one for each product. */
const find = (db: Reader, filter: LicenseFilter, finder: Finder, rare: string | undefined): Query => {
  if (finder === 'tag' && rare !== undefined) return taggedWith(db, rare)
  // The type says that lines may be named; only the finder by product does.
  if (finder !== 'product') return db.selectFrom('licenses') as unknown as Query
  const query = db
    .selectFrom('lines')
    .innerJoin('licenses', 'licenses.id', 'lines.license')
    .where('lines.removed', 'is', null)
    .where('lines.product', '=', filter.product ?? '')
  return filter.tier === undefined ? query : query.where('lines.tier', '=', filter.tier)
}

/** Licenses with a tag, and those of customers with it. */
const taggedWith = (db: Reader, tag: string): Query => {
  const tagged = db.selectFrom('words').where('words.word', '=', tagWord(tag))
  const own = tagged.where('words.license', '>', 0).select('words.license as id')
  const theirs = tagged
    .where('words.license', '=', 0)
    .innerJoin('licenses as held', 'held.customer', 'words.customer')
    .select('held.id as id')
  return db.selectFrom('licenses').where('licenses.id', 'in', own.unionAll(theirs)) as unknown as Query
}

/** Everything that the filter asks; columns of other indexes are wrapped, so that only the finder's is used. */
const sift = (query: Query, filter: LicenseFilter, finder: Finder, now: number): Query => {
  let out = query.where(ofBrand('licenses.brand', filter.brand, finder === 'brand' ? 'finds' : 'filters'))
  if (filter.customer !== undefined) out = out.where('licenses.customer', '=', filter.customer)
  if (filter.email !== undefined) {
    const email = filter.email.trim().toLowerCase()
    const column =
      finder === 'email' ? sql.ref<string>('licenses.customer') : sql<string>`coalesce(licenses.customer, '')`
    out = out.where((eb) =>
      eb(column, 'in', eb.selectFrom('customers').select('customers.id').where('customers.email_key', '=', email)),
    )
  }
  for (const tag of filter.tags ?? []) {
    out = out.where((eb) => {
      const tagged = eb.selectFrom('words').select('words.word').where('words.word', '=', tagWord(tag))
      const theirs = tagged.whereRef('words.customer', '=', 'licenses.customer')
      return eb.exists(theirs.where(sql<boolean>`words.license in (0, licenses.id)`))
    })
  }
  if ((filter.product !== undefined || filter.tier !== undefined) && finder !== 'product') {
    out = out.where((eb) => {
      let lines = eb
        .selectFrom('lines as held')
        .select('held.number')
        .whereRef('held.license', '=', 'licenses.id')
        .where('held.removed', 'is', null)
      if (filter.product !== undefined) lines = lines.where(sql`coalesce(held.product, '')`, '=', filter.product)
      if (filter.tier !== undefined) lines = lines.where(sql`coalesce(held.tier, '')`, '=', filter.tier)
      return eb.exists(lines)
    })
  }
  return byActive(byStatus(out, filter.status, finder, now), filter)
}

const byStatus = (query: Query, status: LicenseStatus | undefined, finder: Finder, now: number): Query => {
  if (status === undefined) return query
  const state = finder === 'state' ? sql.ref<string>('licenses.state') : sql<string>`coalesce(licenses.state, '')`
  if (status !== 'active' && status !== 'pending' && status !== 'expired') {
    // Said in full, so that the planner knows the index of those that are not active to be enough.
    return query.where(state, '=', status).where(sql.ref('licenses.state'), '<>', sql.lit('active'))
  }
  const active = query.where(state, '=', 'active')
  if (status === 'expired') return active.where('licenses.expires', '<=', now)
  const waiting = sql<number>`case when licenses.activation_required = 1 and licenses.first_activated_at is null then 1 else 0 end`
  return active
    .where(sql<number>`coalesce(licenses.expires, ${now} + 1)`, '>', now)
    .where(waiting, '=', status === 'pending' ? 1 : 0)
}

const byActive = (query: Query, filter: LicenseFilter): Query =>
  filter.expiringBefore === undefined ? query : query.where(sql<string>`coalesce(licenses.state, '')`, '=', 'active')

const firstEnds = (query: Query, { expiringBefore, status }: LicenseFilter, now: number): Query => {
  if (expiringBefore !== undefined) {
    return query.where('licenses.ends', '>', now).where('licenses.ends', '<', expiringBefore)
  }
  // What is over has had its first end too: said, so that the index of first ends finds it.
  return status === 'expired' ? query.where('licenses.ends', '<=', now) : query
}

/** Those that are over in part: few, and with an index of their own. */
const lastEnds = (query: Query, { expiringBefore = 0 }: LicenseFilter, now: number): Query =>
  query
    .where(sql.ref('licenses.ends'), '<>', sql.ref('licenses.expires'))
    .where(sql<number>`coalesce(licenses.ends, 0)`, '<=', now)
    .where('licenses.expires', '>', now)
    .where('licenses.expires', '<', expiringBefore)

const ordered = (query: Query, order: Order, key: Key, id: Id): Query => {
  if (order === 'newest') return query.orderBy(id, 'desc')
  const direction = order === 'soonest' ? 'asc' : 'desc'
  return query.orderBy(key, direction).orderBy('licenses.id', direction)
}

const ORDERS: Readonly<Record<Order, string>> = { newest: 'n', soonest: 's', latest: 'l' }

const cursorOf = (license: License, order: Order, now: number): string =>
  [ORDERS[order], license.id.toString(36), ...(order === 'newest' ? [] : [due(license, now).toString(36)])].join('-')

const after = (query: Query, order: Order, key: Key, column: Id, cursor: string | undefined): Query => {
  if (cursor === undefined) return query
  const match = /^([nsl])-([0-9a-z]{1,11})(?:-([0-9a-z]{1,11}))?$/.exec(cursor)
  if (match?.[1] !== ORDERS[order] || (match[3] === undefined) !== (order === 'newest')) {
    throw new LicError('INVALID_INPUT', 'this cursor belongs to another list', { hint: 'start again without --cursor' })
  }
  const id = Number.parseInt(match[2] ?? '', 36)
  if (order === 'newest') return query.where(column, '<', id)
  const end = Number.parseInt(match[3] ?? '', 36)
  const beyond = sql.raw(order === 'soonest' ? '>' : '<')
  return query.where(sql<boolean>`(${sql.ref(key)}, licenses.id) ${beyond} (${end}, ${id})`)
}

/** Adds what a list shows beside each row. */
export const dressed = async (
  db: Reader,
  licenses: readonly License[],
  now: number,
): Promise<readonly ListedLicense[]> => {
  if (licenses.length === 0) return []
  const ids = [...new Set(licenses.map((license) => license.customer))]
  const people = await db.selectFrom('customers').select(['id', 'name', 'email']).where('id', 'in', ids).execute()
  const byId = new Map(people.map((person) => [person.id, person]))
  const lines = await linesOf(
    db,
    licenses.map((license) => license.id),
  )
  return licenses.map((license) => ({
    ...license,
    status: statusAt(license, now),
    lines: (lines.get(license.id) ?? []).filter((line) => line.removed === null),
    customerName: byId.get(license.customer)?.name ?? null,
    customerEmail: byId.get(license.customer)?.email ?? null,
  }))
}
