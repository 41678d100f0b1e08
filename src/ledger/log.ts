/**
 * `lic log`: events by what their envelopes say, newest first. Of one license or customer an index finds them; all other
 * filters walk back through the log, whose envelopes have no index of their own, since every index would be paid for by
 * every license. The walk looks for the filter's words in their bytes, and decodes only where it finds them.
 */

import { sql } from 'kysely'
import { utf8 } from '../core/bytes.ts'
import { type BrandScope, isOfBrand } from './brand-filter.ts'
import { isPostgres } from './engine.ts'
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
  /** How many events this step looked at, and down to which number. */
  readonly looked: number
  readonly last: number
}

/** Numbers that one step spans: few first, since the newest are wanted most. */
const STEPS = { first: 64, times: 4, most: 65_536, forward: 500 }
/** Times rise along the log but for the few minutes that a clock may be set back (authority.ts): a day is plenty. */
const UNORDERED = 86_400

/** Events that the filter takes, newest first, in steps; those with numbers below `before`, when it is given. */
export async function* walkLog(db: Reader, filter: LogFilter, before?: number): AsyncGenerator<LogStep> {
  const lowest = filter.since === undefined ? 0 : await firstSince(db, filter.since - UNORDERED)
  const behind = filter.until === undefined ? await behindAll(db) : await firstSince(db, filter.until + UNORDERED)
  const found = filter.license !== undefined || filter.customer !== undefined
  let end = Math.min(before ?? behind, behind)
  for (let size = STEPS.first; end > lowest; size = Math.min(size * STEPS.times, STEPS.most)) {
    const start = found ? lowest : Math.max(lowest, end - size)
    const rows = await stepOf(db, filter, start, end).execute()
    const ids = rows.filter(({ bytes }) => isWanted(filter, decodeEnvelope(bytes))).map(({ id }) => id)
    yield { ids, looked: found ? rows.length : end - start, last: start }
    end = start
  }
}

/** The same, oldest first, with no end but the newest. For whoever wants all of them. */
export async function* walkLogForward(db: Reader, filter: LogFilter): AsyncGenerator<LogStep> {
  const lowest = filter.since === undefined ? 0 : await firstSince(db, filter.since - UNORDERED)
  const behind = filter.until === undefined ? await behindAll(db) : await firstSince(db, filter.until + UNORDERED)
  for (let start = lowest; start < behind; start += STEPS.forward) {
    const end = Math.min(start + STEPS.forward, behind)
    const rows = await stepOf(db, filter, start, end).execute()
    const ids = rows.filter(({ bytes }) => isWanted(filter, decodeEnvelope(bytes))).map(({ id }) => id)
    yield { ids: ids.reverse(), looked: end - start, last: end }
  }
}

/** The events from `start` to before `end` that may be wanted. */
export const stepOf = (db: Reader, filter: LogFilter, start: number, end: number) => {
  const { brand, customer, license, actor, types, since, until } = filter
  let query = db.selectFrom('events').select(['id', 'bytes']).where('id', '>=', start).where('id', '<', end)
  if (license !== undefined) query = query.where('id', 'in', eventsOfLicense(db, license))
  else if (customer !== undefined) query = query.where('id', 'in', eventsOfCustomer(db, customer))
  if (since !== undefined) query = query.where('at', '>=', since)
  if (until !== undefined) query = query.where('at', '<=', until)
  for (const word of [actor, brand ?? undefined]) if (word !== undefined) query = query.where(holding(db, word))
  if (types !== undefined) query = query.where((eb) => eb.or(types.map((type) => holding(db, type))))
  return query.orderBy('id', 'desc')
}

/** Whether the envelope holds the word anywhere: looked for where the rows lie. */
const holding = (db: Reader, word: string) =>
  isPostgres(db)
    ? sql<boolean>`position(${utf8(word)}::bytea in bytes) > 0`
    : sql<boolean>`instr(bytes, ${utf8(word)}) > 0`

const isWanted = ({ brand, actor, types, customer }: LogFilter, event: Envelope): boolean =>
  isOfBrand(event, brand) &&
  (actor === undefined || event.actor === actor) &&
  (types === undefined || types.includes(event.type)) &&
  (customer === undefined || event.customer === customer || isCustomer(event, customer))

const isCustomer = ({ entityKind, entity }: Envelope, id: string): boolean =>
  entityKind === ENTITY_KINDS.customer && entity === id

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

/** The number behind the newest event. */
const behindAll = async (db: Reader): Promise<number> => {
  const newest = await db.selectFrom('events').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return (newest?.id ?? 0) + 1
}

/** The number of the first event from `at` on, or behind all. Some twenty looks by key. */
const firstSince = async (db: Reader, at: number): Promise<number> => {
  let low = 0
  let high = await behindAll(db)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const query = db.selectFrom('events').select(['id', 'at']).where('id', '>=', middle).orderBy('id').limit(1)
    const row = await query.executeTakeFirst()
    if (row === undefined || row.at >= at) high = middle
    else low = row.id + 1
  }
  return low
}
