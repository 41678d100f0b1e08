/** `lic log`: what happened, newest first. */

import { nearest } from '../../authority/nearest.ts'
import { addTerm, parseTerm, parseTime } from '../../authority/term.ts'
import { licenseNamed } from '../../authority/the-license.ts'
import { equal, toHex } from '../../core/bytes.ts'
import { formatKey, maskKey } from '../../core/codes/license-key.ts'
import { LicError } from '../../core/errors.ts'
import type { BrandScope } from '../../ledger/brand-filter.ts'
import { theCustomer } from '../../ledger/customers.ts'
import { ENTITY_KINDS, EVENT_TYPES, type Plain } from '../../ledger/event-types.ts'
import { eventsById, type PastEvent } from '../../ledger/history.ts'
import { REQUEST } from '../../ledger/idempotency.ts'
import { ctiPrefix } from '../../ledger/licenses.ts'
import { type LogFilter, walkLog } from '../../ledger/log.ts'
import type { Reader } from '../../ledger/schema.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Csv } from '../csv.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { type ListFlags, moreNote, pageOf } from '../page.ts'
import type { Show } from '../show.ts'

/** What `lic log` and `lic ledger export` are narrowed by. */
export interface LogFilterFlags {
  readonly brand: string | undefined
  readonly customer: string | undefined
  readonly key: string | undefined
  readonly actor: string | undefined
  readonly type: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
}

interface LogOptions extends ListFlags, LogFilterFlags {}

/** Events that one command looks at. A search that finds little then ends all the same, and says how to go on. */
const MOST = 1_000_000

export const log = async (context: Context, options: LogOptions): Promise<Outcome> => {
  const page = pageOf(context, options)
  const before = page.cursor === undefined ? undefined : eventIn(page.cursor)
  const filter = filterOf(options, context.io.now())
  return withAuthority(context, options, async ({ ledger, brand }) => {
    const { db } = ledger
    const { events, next, looked } = await walked(
      context,
      db,
      { ...filter, ...(await named(db, brand, options)) },
      page.limit,
      before,
    )
    const keys = await keysOf(db, events)
    const notes = looked >= MOST && next !== null ? [`${looked} events were looked at, and there are more`] : []
    return {
      schema: 'log',
      data: { events: events.map((event) => eventData(event, keys)), next },
      show: options.csv ? { csv: csvOf(events, keys) } : table(events, keys, context.io.stdout.isTTY),
      notes: [...notes, ...moreNote(next)],
    }
  })
}

/** What a filter says by itself. @throws LicError INVALID_INPUT, AMBIGUOUS, USAGE */
export const filterOf = (
  options: LogFilterFlags,
  now: number,
): Pick<LogFilter, 'actor' | 'types' | 'since' | 'until'> => {
  const since = options.since === undefined ? undefined : momentOf(options.since, now, 'start')
  const until = options.until === undefined ? undefined : momentOf(options.until, now, 'end')
  if (since !== undefined && until !== undefined && since > until) {
    throw new LicError('USAGE', '--since lies after --until')
  }
  return {
    ...(options.actor !== undefined && { actor: options.actor }),
    ...(options.type !== undefined && { types: typesNamed(options.type) }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

/** What it names must exist, and be the brand's. @throws LicError NOT_FOUND, AMBIGUOUS, CODE_MISTYPED */
export const named = async (
  db: Reader,
  brand: BrandScope,
  { customer, key }: LogFilterFlags,
): Promise<Pick<LogFilter, 'brand' | 'customer' | 'license'>> => ({
  brand,
  ...(customer !== undefined && { customer: (await theCustomer(db, brand, customer)).id }),
  ...(key !== undefined && { license: (await licenseNamed(db, brand, key)).cti }),
})

/** A date, a time, or how long ago. */
const momentOf = (text: string, now: number, edge: 'start' | 'end'): number => {
  if (!/^\d+[a-z]+$/i.test(text)) return parseTime(text, edge)
  const { count, unit } = parseTerm(text)
  return addTerm(now, { count: -count, unit })
}

const TYPES = Object.keys(EVENT_TYPES)

/** `license`, `license.revoked`, or a beginning of either that can be nothing else. */
const typesNamed = (given: string): readonly string[] => {
  const text = given.toLowerCase()
  const [noun = '', verb] = text.split('.')
  const nouns = [...new Set(TYPES.map((type) => type.slice(0, type.indexOf('.'))))]
  const about = nouns.includes(noun) ? [noun] : nouns.filter((each) => each.startsWith(noun))
  const meant = TYPES.filter((type) => about.some((each) => type.startsWith(`${each}.${verb ?? ''}`)))
  if (meant.length > 0 && noun !== '') {
    const candidates = verb === undefined ? about : meant
    if (candidates.length === 1 || meant.includes(text)) return meant.includes(text) ? [text] : meant
    throw new LicError('AMBIGUOUS', `several types of events begin with ${text}`, {
      hint: `one of: ${candidates.join(', ')}`,
      data: { candidates },
    })
  }
  const near = nearest(text, [...TYPES, ...nouns])
  throw new LicError('INVALID_INPUT', `no event is of the type ${text}`, {
    hint: near === undefined ? `one of: ${nouns.join(', ')}` : `did you mean ${near}?`,
  })
}

/** Walks until the page is full. Between steps the process listens, so that Ctrl-C ends it. */
const walked = async (
  { voice, io }: Context,
  db: Reader,
  filter: LogFilter,
  limit: number,
  before: number | undefined,
): Promise<{ readonly events: readonly PastEvent[]; readonly next: string | null; readonly looked: number }> => {
  const ids: number[] = []
  let looked = 0
  let reached: number | undefined
  const progress = voice.progress('events looked at')
  try {
    for await (const step of walkLog(db, filter, before)) {
      ids.push(...step.ids)
      looked += step.looked
      await progress.step(step.looked)
      await new Promise((listen) => setImmediate(listen))
      if (io.signal.aborted || ids.length > limit) break
      if (looked < MOST) continue
      reached = step.last
      break
    }
  } finally {
    await progress.end()
  }
  const shown = ids.slice(0, limit)
  const last = ids.length > limit ? shown.at(-1) : reached
  return { events: await eventsById(db, shown), next: last === undefined ? null : cursorOf(last), looked }
}

const cursorOf = (event: number): string => `e-${event.toString(36)}`

const eventIn = (cursor: string): number => {
  const event = /^e-([0-9a-z]{1,11})$/.exec(cursor)?.[1]
  if (event !== undefined) return Number.parseInt(event, 36)
  throw new LicError('INVALID_INPUT', 'this cursor belongs to another list', { hint: 'start again without --cursor' })
}

export type KeyOf = (event: PastEvent, spell: typeof formatKey) => string | null

/** The license key that an event is about; the prefix stands in the tables alone. */
export const keysOf = async (db: Reader, events: readonly PastEvent[]): Promise<KeyOf> => {
  const wanted = [...new Set(events.flatMap(({ license }) => (license === null ? [] : [ctiPrefix(license)])))]
  const rows =
    wanted.length === 0
      ? []
      : await db
          .selectFrom('licenses')
          .select(['cti', 'prefix', 'cti_prefix'])
          .where('cti_prefix', 'in', wanted)
          .execute()
  const byPrefix = new Map(rows.map((row) => [row.cti_prefix, row]))
  return ({ license }, spell) => {
    const row = license === null ? undefined : byPrefix.get(ctiPrefix(license))
    return row && license && equal(row.cti, license) ? spell(row.prefix, row.cti) : null
  }
}

const KINDS = new Map<number, string>(Object.entries(ENTITY_KINDS).map(([name, number]) => [number, name]))

export const textOf = (entity: PastEvent['entity']): string => (typeof entity === 'string' ? entity : toHex(entity))
const hexOf = (bytes: Uint8Array | null): string | null => bytes && toHex(bytes)

export const eventData = (event: PastEvent, keys: KeyOf) => {
  const { [REQUEST]: _, ...texts } = event.texts
  return {
    place: event.place,
    at: isoTime(event.at),
    type: event.type,
    brand: event.brand,
    entityKind: KINDS.get(event.entityKind) ?? String(event.entityKind),
    entity: textOf(event.entity),
    version: event.version,
    customer: event.customer,
    key: keys(event, formatKey),
    license: hexOf(event.license),
    line: event.line,
    activation: hexOf(event.activation),
    actor: event.actor,
    source: event.source,
    host: event.host,
    reason: event.reason,
    idempotency: event.idempotency,
    object: hexOf(event.object),
    data: plain(event.data),
    texts,
  }
}

/** JSON of what an event says; bytes in hexadecimal. */
const plain = (value: Plain): unknown => {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value ?? null
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}

/** A terminal has less room: the minute is enough there, and the source only where it is not the command line. */
const table = (events: readonly PastEvent[], keys: KeyOf, onTerminal: boolean): Show => ({
  table: {
    columns: [
      { title: 'place', align: 'right' },
      { title: 'time' },
      { title: 'type', flexible: true },
      { title: 'entity' },
      { title: 'actor', flexible: true },
      ...(onTerminal ? [] : [{ title: 'source' }]),
      { title: 'reason', flexible: true },
    ],
    rows: events.map((event) => [
      String(event.place ?? ''),
      (isoTime(event.at) ?? '').replace(onTerminal ? /:\d\dZ$/ : /Z$/, 'Z'),
      event.type,
      keys(event, maskKey) ?? textOf(event.entity),
      onTerminal && event.source !== 'cli' ? `${event.actor} (${event.source})` : event.actor,
      ...(onTerminal ? [] : [event.source]),
      event.reason ?? '',
    ]),
    empty: 'nothing happened that is so',
  },
})

/** An event as a row of a file: what `eventCells` gives, by name. */
export const EVENT_COLUMNS = [
  ...['place', 'time', 'type', 'brand', 'customer', 'key', 'entity', 'line', 'actor', 'source', 'host', 'reason'],
]

export const eventCells = (event: PastEvent, keys: KeyOf): readonly (string | number | null)[] => [
  event.place,
  isoTime(event.at),
  event.type,
  event.brand,
  event.customer,
  keys(event, formatKey),
  textOf(event.entity),
  event.line,
  event.actor,
  event.source,
  event.host,
  event.reason,
]

const csvOf = (events: readonly PastEvent[], keys: KeyOf): Csv => ({
  columns: EVENT_COLUMNS,
  rows: events.map((event) => eventCells(event, keys)),
})
