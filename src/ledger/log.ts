/**
 * `lic log`: events by what their envelopes say, newest first. Of one license or customer an index finds them; all other
 * filters walk back through the log, whose envelopes have no index of their own, since every index would be paid for by
 * every license. The walk looks for the filter's words in the bytes, and decodes only where it finds them.
 */

import { type BrandScope, isOfBrand } from './brand-filter.ts'
import { decodeEnvelope, type Envelope } from './envelope.ts'
import { ENTITY_KINDS } from './event-types.ts'
import { entityBytes } from './events.ts'
import type { Reader } from './schema.ts'

export interface LogFilter {
  readonly brand: BrandScope
  /** Customer id: what happened to the customer and to their licenses. */
  readonly customer?: string
  /** cti: what happened to the license, its activations and codes. */
  readonly license?: Uint8Array
  readonly actor?: string
  /** Any of these. */
  readonly types?: readonly string[]
  /** Unix seconds, both inclusive. */
  readonly since?: number
  readonly until?: number
}

/** One step of the walk. */
export interface LogStep {
  /** Numbers of the events that the filter takes. */
  readonly ids: readonly number[]
  /** How many events this step looked at, and the number of the last; null when there was none. */
  readonly looked: number
  readonly last: number | null
}

/** Events of one step: few first, since the newest are wanted most. */
const STEPS = { first: 64, most: 4_096 }
/** Times rise along the log but for the few minutes that a clock may be set back (authority.ts): a day is plenty. */
const UNORDERED = 86_400

/** Events that the filter takes, newest first, in steps; those with numbers below `before`, when it is given. */
export async function* walkLog(db: Reader, filter: LogFilter, before?: number): AsyncGenerator<LogStep> {
  const lowest = filter.since === undefined ? 0 : await firstSince(db, filter.since - UNORDERED)
  let end = Math.min(
    before ?? Number.POSITIVE_INFINITY,
    filter.until === undefined ? Number.POSITIVE_INFINITY : await firstSince(db, filter.until + UNORDERED),
  )
  const takes = taking(filter)
  for (let size = STEPS.first; ; size = Math.min(size * 2, STEPS.most)) {
    const rows = await stepOf(db, filter, lowest, end).limit(size).execute()
    const last = rows.at(-1)?.id ?? null
    const ids = rows.filter(({ at, bytes }) => takes(at, bytes)).map(({ id }) => id)
    yield { ids, looked: rows.length, last }
    if (last === null || rows.length < size) return
    end = last
  }
}

/** The next rows to look at. */
export const stepOf = (db: Reader, { customer, license }: LogFilter, lowest: number, end: number) => {
  let query = db.selectFrom('events').select(['id', 'at', 'bytes']).where('id', '>=', lowest)
  if (end !== Number.POSITIVE_INFINITY) query = query.where('id', '<', end)
  if (license !== undefined) query = query.where('id', 'in', eventsOfLicense(db, license))
  else if (customer !== undefined) query = query.where('id', 'in', eventsOfCustomer(db, customer))
  return query.orderBy('id', 'desc')
}

const eventsOfLicense = (db: Reader, cti: Uint8Array) =>
  db
    .selectFrom('events as own')
    .select('own.id')
    .where('own.entity_kind', '=', ENTITY_KINDS.license)
    .where('own.entity_id', '=', cti)
    .unionAll(db.selectFrom('events as about').select('about.id').where('about.license', '=', cti))

const eventsOfCustomer = (db: Reader, id: string) => {
  const held = db.selectFrom('licenses').where('licenses.customer', '=', id)
  return db
    .selectFrom('events as own')
    .select('own.id')
    .where('own.entity_kind', '=', ENTITY_KINDS.customer)
    .where('own.entity_id', '=', entityBytes(id))
    .unionAll(
      held
        .innerJoin('events as happened', (on) =>
          on.onRef('happened.entity_id', '=', 'licenses.cti').on('happened.entity_kind', '=', ENTITY_KINDS.license),
        )
        .select('happened.id'),
    )
    .unionAll(held.innerJoin('events as about', 'about.license', 'licenses.cti').select('about.id'))
}

/** The number of the first event from `at` on; above every number when there is none. Some twenty looks by key. */
const firstSince = async (db: Reader, at: number): Promise<number> => {
  const newest = await db.selectFrom('events').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
  let low = 0
  let high = (newest?.id ?? 0) + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const query = db.selectFrom('events').select(['id', 'at']).where('id', '>=', middle).orderBy('id').limit(1)
    const row = await query.executeTakeFirst()
    if (row === undefined || row.at >= at) high = middle
    else low = row.id + 1
  }
  return low
}

type Takes = (at: number, bytes: Uint8Array) => boolean

/** Whether an event is wanted, cheapest question first. */
const taking = (filter: LogFilter): Takes => {
  const { brand, actor, types, customer, since = 0, until = Number.POSITIVE_INFINITY } = filter
  const words = [actor, brand ?? undefined, customer].flatMap((word) => (word === undefined ? [] : [Buffer.from(word)]))
  const names = types?.map((type) => Buffer.from(type))
  const mayBe = (bytes: Uint8Array): boolean => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return words.every((word) => text.includes(word)) && (names?.some((name) => text.includes(name)) ?? true)
  }
  const is = (event: Envelope): boolean =>
    isOfBrand(event, brand) &&
    (actor === undefined || event.actor === actor) &&
    (types === undefined || types.includes(event.type)) &&
    (customer === undefined || event.customer === customer || isCustomer(event, customer))
  return (at, bytes) => at >= since && at <= until && mayBe(bytes) && is(decodeEnvelope(bytes))
}

const isCustomer = ({ entityKind, entity }: Envelope, id: string): boolean =>
  entityKind === ENTITY_KINDS.customer && entity === id
