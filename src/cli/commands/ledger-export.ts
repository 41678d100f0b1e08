/**
 * `lic ledger export`: the log for an auditor, oldest first: who, what, when, with which key, why, and where it stands in
 * the tree. NDJSON holds the bytes of every event, so that the root can be worked out from the file alone.
 */

import { encodeBase64 } from '../../core/base64.ts'
import { toHex } from '../../core/bytes.ts'
import { LIST_LIMITS } from '../../core/cbor.ts'
import { formatKey } from '../../core/codes/license-key.ts'
import { open } from '../../core/cose.ts'
import { LicError } from '../../core/errors.ts'
import { OBJECTS } from '../../core/objects.ts'
import { type Checkpointed, firstCheckpointOver, logHead, newestCheckpoint } from '../../ledger/checkpoints.ts'
import { eventsById, type PastEvent } from '../../ledger/history.ts'
import { type LogFilter, walkLogForward } from '../../ledger/log.ts'
import { authorityName } from '../../ledger/meta.ts'
import type { Reader } from '../../ledger/schema.ts'
import { report } from '../../render/report.ts'
import { safeJson } from '../../render/safe.ts'
import { openedAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { cellOf } from '../csv.ts'
import { isoTime } from '../moment.ts'
import type { Outcome, Stream } from '../outcome.ts'
import { checkOutputs, writePieces } from '../output.ts'
import type { Show } from '../show.ts'
import {
  EVENT_COLUMNS,
  eventCells,
  eventData,
  filterOf,
  type KeyOf,
  keysOf,
  type LogFilterFlags,
  named,
  textOf,
} from './log.ts'

interface ExportOptions extends LogFilterFlags {
  readonly format: string | undefined
  readonly out: string | undefined
  readonly force: boolean
}

const FORMATS = ['ndjson', 'csv', 'html'] as const
type Format = (typeof FORMATS)[number]

export const ledgerExport = async (context: Context, options: ExportOptions): Promise<Outcome | Stream> => {
  const format = formatOf(options)
  const { out = '-', force } = options
  if (context.json && out === '-' && format !== 'ndjson') {
    throw new LicError('USAGE', `--json and --format ${format} exclude each other on stdout`, {
      hint: 'add --out FILE',
    })
  }
  if (out !== '-') await checkOutputs(context, [out], force)
  const filter = filterOf(options, context.io.now())
  const { ledger, brand } = await openedAuthority(context, options)
  const { db } = ledger
  const whole: LogFilter = await failing(ledger.close, async () => ({
    ...filter,
    ...(await named(db, brand, options)),
  }))
  const source = { context, db, filter: whole, count: 0 }
  if (out === '-') {
    return {
      schema: 'audit-event',
      rows: closing(
        ledger.close,
        format === 'ndjson' ? ndjsonRows(source) : rawRows(textOfAll(source, format, options)),
      ),
      notes: () => [`${source.count} events`],
    }
  }
  try {
    await writePieces(context, { path: out, pieces: textOfAll(source, format, options) }, force)
  } finally {
    await ledger.close()
  }
  return {
    schema: 'ledger-export',
    data: { file: out, format, events: source.count },
    show: {
      fields: [
        ['file', out],
        ['events', String(source.count)],
      ],
    },
    notes: [`wrote ${out}`],
  }
}

const formatOf = ({ format, out }: ExportOptions): Format => {
  const ending = /\.(csv|html|ndjson)$/i.exec(out ?? '')?.[1]?.toLowerCase()
  const wanted = format ?? ending ?? 'ndjson'
  const known = FORMATS.find((each) => each === wanted)
  if (known !== undefined) return known
  throw new LicError('USAGE', `there is no format ${wanted}`, { hint: `one of: ${FORMATS.join(', ')}` })
}

const failing = async <T>(close: () => Promise<void>, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    await close()
    throw error
  }
}

async function* closing<T>(close: () => Promise<void>, rows: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* rows
  } finally {
    await close()
  }
}

interface Source {
  readonly context: Context
  readonly db: Reader
  readonly filter: LogFilter
  /** Events that were given out. */
  count: number
}

interface Exported {
  readonly event: PastEvent
  readonly keys: KeyOf
  /** kid of the key that signed what was recorded; null: nothing was signed, or it was erased. */
  readonly signer: string | null
  /** Size of the first checkpoint that holds it. */
  readonly checkpoint: number | null
}

async function* exported(source: Source): AsyncGenerator<Exported> {
  const { context, db, filter } = source
  const progress = context.voice.progress('events')
  let over: Checkpointed | null = null
  try {
    for await (const { ids, looked } of walkLogForward(db, filter)) {
      const events = [...(await eventsById(db, ids))].reverse()
      const keys = await keysOf(db, events)
      const signers = await signersOf(db, events)
      for (const event of events) {
        if (event.place !== null && (over === null || over.size <= event.place)) {
          over = await firstCheckpointOver(db, event.place)
        }
        source.count++
        yield {
          event,
          keys,
          signer: signers.get(event.id) ?? null,
          checkpoint: event.place === null ? null : (over?.size ?? null),
        }
      }
      await progress.step(looked)
      await new Promise((listen) => setImmediate(listen))
      if (context.io.signal.aborted) throw new LicError('INTERRUPTED', 'interrupted')
    }
  } finally {
    await progress.end()
  }
}

const signersOf = async (db: Reader, events: readonly PastEvent[]): Promise<ReadonlyMap<number, string>> => {
  const ids = events.flatMap(({ id, object }) => (object === null ? [] : [id]))
  const rows =
    ids.length === 0 ? [] : await db.selectFrom('signed_objects').selectAll().where('event', 'in', ids).execute()
  const signers = new Map<number, string>()
  for (const { id, type, entity, data } of events) {
    // A license that was erased with its customer is still known to have been signed, and by whom.
    const { revision } = data as { readonly revision?: { readonly signer?: unknown } }
    if (revision?.signer instanceof Uint8Array) signers.set(id, toHex(revision.signer))
    if (type === 'checkpoint.signed') signers.set(id, textOf(entity))
  }
  for (const { event, type, bytes } of rows) {
    if (bytes !== null && type !== OBJECTS.checkpoint.type) signers.set(event, toHex(open(bytes, LIST_LIMITS).kid))
  }
  return signers
}

const dataOf = ({ event, keys, signer, checkpoint }: Exported) => ({
  ...eventData(event, keys),
  signer,
  leaf: encodeBase64(event.leaf),
  checkpoint,
  event: encodeBase64(event.bytes),
})

type Rows = AsyncGenerator<{ readonly data: unknown; readonly show: Show }>

async function* ndjsonRows(source: Source): Rows {
  for await (const each of exported(source)) {
    const data = dataOf(each)
    yield { data, show: { bytes: Buffer.from(lineOf(data)) } }
  }
}

async function* rawRows(pieces: AsyncIterable<string>): Rows {
  for await (const piece of pieces) yield { data: null, show: { bytes: Buffer.from(piece) } }
}

const lineOf = (data: object): string => `${safeJson(JSON.stringify({ schema: 'lic.audit-event/1', data }))}\n`

async function* textOfAll(source: Source, format: Format, flags: LogFilterFlags): AsyncGenerator<string> {
  if (format === 'csv') yield* csvLines(source)
  else if (format === 'html') yield* htmlPage(source, flags)
  else for await (const each of exported(source)) yield lineOf(dataOf(each))
}

const COLUMNS = [...EVENT_COLUMNS, 'signer', 'object', 'leaf', 'checkpoint']

async function* csvLines(source: Source): AsyncGenerator<string> {
  const { stringify } = await import('csv-stringify/sync')
  const line = (cells: readonly (string | number | null)[]): string =>
    stringify([cells.map(cellOf)], { record_delimiter: 'windows', escape_formulas: true })
  yield line(COLUMNS)
  for await (const { event, keys, signer, checkpoint } of exported(source)) {
    yield line([...eventCells(event, keys), signer, event.object && toHex(event.object), toHex(event.leaf), checkpoint])
  }
}

async function* htmlPage(source: Source, flags: LogFilterFlags): AsyncGenerator<string> {
  const { db, context } = source
  const [head, newest] = [await logHead(db), await newestCheckpoint(db)]
  const { customer, key, actor, type, since, until, brand } = flags
  const filters = Object.entries({ customer, key, actor, type, since, until, brand })
  const rows = async function* () {
    for await (const { event, keys, signer, checkpoint } of exported(source)) {
      yield {
        place: event.place,
        time: isoTime(event.at) ?? '',
        type: event.type,
        about: [keys(event, formatKey) ?? textOf(event.entity), event.customer ?? '']
          .filter((each) => each !== '')
          .join(', '),
        who: event.source === 'cli' ? event.actor : `${event.actor} (${event.source})`,
        reason: event.reason ?? '',
        signer: signer ?? '',
        checkpoint,
        leaf: toHex(event.leaf),
      }
    }
  }
  yield* report(
    {
      authority: (await authorityName(db)) ?? '',
      made: isoTime(context.io.now()) ?? '',
      filters: filters.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])),
      head: { events: head.size, root: encodeBase64(head.root) },
      checkpoint: newest && { events: newest.size, signed: isoTime(newest.at) ?? '' },
    },
    rows(),
  )
}
