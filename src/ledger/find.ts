/**
 * `lic find`: customers and licenses by the words of their texts. Every word that is sought must begin a word of the
 * customer, or of the license and its customer together. One of them leads: its range of the primary key of `words` is
 * walked in order while the others ask by index, so a page costs the same however frequent its word is.
 * Order: leading word, customer, license; total, and it stands while others write.
 */

import { type ExpressionBuilder, sql } from 'kysely'
import { LicError } from '../core/errors.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { type Customer, customersById } from './customers.ts'
import { type Place, placeIn, writePlace } from './find-cursor.ts'
import { type Reason, reasonsOf } from './find-reasons.ts'
import { type License, licensesById, newestLicenses } from './licenses.ts'
import { dressed, type ListedLicense, type Page } from './list-licenses.ts'
import type { Reader, Tables } from './schema.ts'
import { rangeOf, wordsSought } from './words.ts'

export interface CustomerFound {
  readonly customer: Customer
  /** Their newest ones. */
  readonly licenses: readonly ListedLicense[]
  /** There are more of them than are shown. */
  readonly more: boolean
  readonly reasons: readonly Reason[]
}

export interface LicenseFound {
  readonly license: ListedLicense
  readonly reasons: readonly Reason[]
}

export type Found = CustomerFound | LicenseFound

/** Licenses shown beneath a customer. */
const BENEATH = 5
/** More words than a person types. */
const MOST_SOUGHT = 32
/** Rows of the leading word that are read together. */
const AT_ONCE = 200
/** Above so many rows words are equally frequent. */
const FREQUENT = 10_000

/**
 * A page of what is found by words, at `now`.
 * @throws LicError INVALID_INPUT for a text without a word, or with too many, and for a cursor of another search
 */
export const findByWords = async (
  db: Reader,
  brand: BrandScope,
  text: string,
  page: Page,
  now: number,
): Promise<{ readonly found: readonly Found[]; readonly next: string | null }> => {
  const sought = wordsSought(text)
  if (sought.length === 0) throw new LicError('INVALID_INPUT', 'there is no letter or digit to look for')
  if (sought.length > MOST_SOUGHT) {
    throw new LicError('INVALID_INPUT', `more than ${MOST_SOUGHT} words are looked for`, { hint: 'the rarest will do' })
  }
  const from = placeIn(page.cursor, sought)
  const leading = from?.leading ?? (await rarest(db, sought))
  const search: Search = { db, brand, leading, others: sought.filter((word) => word !== leading) }
  const places: Place[] = []
  for await (const place of placesFrom(search, from)) {
    places.push(place)
    if (places.length > page.limit) break
  }
  const shown = places.slice(0, page.limit)
  const last = shown.at(-1) ?? from
  return {
    found: await loaded(db, brand, shown, sought, now),
    next:
      places.length > page.limit ? writePlace(last ?? { leading, word: '', customer: '', license: 0, hit: -1 }) : null,
  }
}

interface Search {
  readonly db: Reader
  readonly brand: BrandScope
  readonly leading: string
  readonly others: readonly string[]
}

/** The word with the fewest rows leads: the walk is as short as can be. */
const rarest = async (db: Reader, sought: readonly string[]): Promise<string> => {
  let best = sought[0] ?? ''
  if (sought.length === 1) return best
  let least = Number.POSITIVE_INFINITY
  for (const word of sought) {
    const [first, before] = rangeOf(word)
    const rows = db.selectFrom('words').select('word').where('word', '>=', first).where('word', '<', before)
    const counted = rows.limit(Math.min(least, FREQUENT)).as('counted')
    const { count } = await db
      .selectFrom(counted)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    if (count >= least) continue
    least = count
    best = word
  }
  return best
}

type Row = Pick<Place, 'word' | 'customer' | 'license'>

/** Every hit behind `from`, in order. */
async function* placesFrom(search: Search, from: Place | null): AsyncGenerator<Place> {
  let rest: Place | null = from
  for (;;) {
    const rows = await leadingRows(search, rest).limit(AT_ONCE).execute()
    for (const row of rows) {
      const begun = rest !== null && isSame(rest, row) ? rest.hit : -1
      for (const hit of await hitsOf(search, row, begun)) yield { leading: search.leading, ...row, hit }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < AT_ONCE) return
    // Every license that there can be: this row is done.
    rest = { leading: search.leading, ...last, hit: Number.MAX_SAFE_INTEGER }
  }
}

const isSame = (a: Row, b: Row): boolean => a.word === b.word && a.customer === b.customer && a.license === b.license

type Words = ExpressionBuilder<Tables & { w: Tables['words'] }, 'w'>

/** Rows of the leading word, each owner once, that the other words do not rule out. */
export const leadingRows = ({ db, brand, leading, others }: Search, from: Place | null) => {
  const [first, before] = rangeOf(leading)
  let query = db
    .selectFrom('words as w')
    .select(['w.word', 'w.customer', 'w.license'])
    .where('w.word', '>=', first)
    .where('w.word', '<', before)
    .where((eb) => eb.not(eb.exists(ownWords(eb).where('o.word', '>=', first).whereRef('o.word', '<', 'w.word'))))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('customers')
          .select('customers.id')
          .whereRef('customers.id', '=', 'w.customer')
          .where(ofBrand('customers.brand', brand, 'filters')),
      ),
    )
    .where((eb) =>
      eb.or([
        eb('w.license', '=', 0),
        eb.exists(
          eb
            .selectFrom('licenses')
            .select('licenses.id')
            .whereRef('licenses.id', '=', 'w.license')
            .where(ofBrand('licenses.brand', brand, 'filters')),
        ),
      ]),
    )
  for (const other of others) query = query.where((eb) => canHave(eb, other))
  if (from !== null) {
    query = query.where(
      sql<boolean>`(w.word, w.customer, w.license) >= (${from.word}, ${from.customer}, ${from.license})`,
    )
  }
  return query.orderBy('w.word').orderBy('w.customer').orderBy('w.license')
}

const ownWords = (eb: Words) =>
  eb
    .selectFrom('words as o')
    .select('o.word')
    .whereRef('o.customer', '=', 'w.customer')
    .whereRef('o.license', '=', 'w.license')

/** The owner has the word, or the customer of the license; or, where the owner is a customer, one of their licenses. */
const canHave = (eb: Words, word: string) => {
  const [first, before] = rangeOf(word)
  const theirs = eb.selectFrom('words as o').select('o.word').whereRef('o.customer', '=', 'w.customer')
  const inRange = theirs.where('o.word', '>=', first).where('o.word', '<', before)
  return eb.or([
    eb.exists(inRange.whereRef('o.license', '=', 'w.license')),
    eb.exists(inRange.where('o.license', '=', 0)),
    eb.and([eb('w.license', '=', 0), eb.exists(inRange)]),
  ])
}

/**
 * What a row of the leading word finds: itself; or, where some words are not the customer's, the licenses that have them.
 * A license with the leading word of its own is found by its own row.
 * @returns 0 for the customer, else numbers of licenses, those above `after`
 */
const hitsOf = async ({ db, brand, leading, others }: Search, row: Row, after: number): Promise<readonly number[]> => {
  if (row.license !== 0) return after < row.license ? [row.license] : []
  const missing = others.length === 0 ? [] : await notTheirs(db, row.customer, others)
  const [first, ...more] = missing
  if (first === undefined) return after < 0 ? [0] : []
  let query = db
    .selectFrom('words as w')
    .innerJoin('licenses', 'licenses.id', 'w.license')
    .select('w.license')
    .distinct()
    .where('w.customer', '=', row.customer)
    .where('w.license', '>', Math.max(after, 0))
    .where('w.word', '>=', rangeOf(first)[0])
    .where('w.word', '<', rangeOf(first)[1])
    .where(ofBrand('licenses.brand', brand, 'filters'))
    .where((eb) => eb.not(has(eb as unknown as Words, leading)))
  for (const word of more) query = query.where((eb) => has(eb as unknown as Words, word))
  return (await query.orderBy('w.license').execute()).map(({ license }) => license)
}

const has = (eb: Words, word: string) => {
  const [first, before] = rangeOf(word)
  return eb.exists(ownWords(eb).where('o.word', '>=', first).where('o.word', '<', before))
}

/** Those of `words` that the customer's own texts do not have. */
const notTheirs = async (db: Reader, customer: string, words: readonly string[]): Promise<readonly string[]> => {
  const rows = db.selectFrom('words').select('word').where('customer', '=', customer).where('license', '=', 0)
  const own = (await rows.execute()).map(({ word }) => word)
  return words.filter((word) => !own.some((each) => each.startsWith(word)))
}

const loaded = async (
  db: Reader,
  brand: BrandScope,
  places: readonly Place[],
  sought: readonly string[],
  now: number,
): Promise<readonly Found[]> => {
  const customers = new Map(
    (
      await customersById(
        db,
        places.map(({ customer }) => customer),
      )
    ).map((it) => [it.id, it]),
  )
  const beneath = new Map<string, readonly License[]>()
  for (const { customer, hit } of places) {
    if (hit === 0) beneath.set(customer, await newestLicenses(db, brand, customer, BENEATH + 1))
  }
  const hits = await licensesById(
    db,
    places.map(({ hit }) => hit),
  )
  const licenses = new Map(
    (await dressed(db, [...hits, ...[...beneath.values()].flat()], now)).map((it) => [it.id, it]),
  )
  return places.flatMap(({ customer: id, hit }): readonly Found[] => {
    const customer = customers.get(id)
    const license = licenses.get(hit)
    if (customer === undefined) return []
    if (hit !== 0) return license === undefined ? [] : [{ license, reasons: reasonsOf(sought, customer, license) }]
    const theirs = beneath.get(id) ?? []
    return [
      {
        customer,
        licenses: theirs.slice(0, BENEATH).flatMap((each) => licenses.get(each.id) ?? []),
        more: theirs.length > BENEATH,
        reasons: reasonsOf(sought, customer),
      },
    ]
  })
}
