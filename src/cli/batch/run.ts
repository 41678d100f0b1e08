/**
 * One batch from its rows to its results. Invariants: rows are reported once their transaction has been committed; a bad
 * row stops no other unless --fail-fast says so, and where the rest cannot be read that is said; after Ctrl-C the transaction that runs is finished, told, and nothing
 * more is begun; what is held at any time is one transaction's worth of rows.
 */

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Authority } from '../../authority/authority.ts'
import { LicError } from '../../core/errors.ts'
import type { AuthorityFlags } from '../authority.ts'
import type { Context } from '../context.ts'
import { hintOf } from '../exits.ts'
import type { Finding, Stream } from '../outcome.ts'
import type { Show } from '../show.ts'
import type { Cell, Columns } from './columns.ts'
import { keepFlat } from './flat.ts'
import { type Format, type Row, rowsOf } from './rows.ts'

export interface RowFlags {
  readonly format: string | undefined
  readonly failFast: boolean
  /** Columns of the input that are skipped. */
  readonly ignoreColumn: readonly string[]
}

export interface BatchFlags extends AuthorityFlags, RowFlags {}

/** What became of a row. Without an error it was done; with one and `fields`, done in part. */
export interface Done {
  readonly fields?: Readonly<Record<string, unknown>>
  /** The same for a person, without the row's number. */
  readonly show?: readonly string[]
  readonly repeated?: boolean
  readonly error?: LicError
  /** What the next row would meet as well: the batch ends, and this row was not done. */
  readonly fatal?: LicError
}

export type Given = Extract<Row, { cells: ReadonlyMap<string, Cell> }>

/** What rows are done with. */
export interface Work {
  /** Does rows, in one transaction where it can. */
  readonly rows: (rows: readonly Given[]) => Promise<readonly Done[]>
  readonly close?: () => Promise<void>
}

export interface Batch {
  /** Of the JSON of each row. */
  readonly schema: string
  /** For hints: `issue`. */
  readonly command: string
  /** The column that says whose row it is, or which license's. */
  readonly names: string
  /** What happens to a row, for people: `issued`. */
  readonly done: string
  readonly columns: Columns
  /** Called once, before the first row is done. */
  readonly begin: () => Promise<Work>
  /** Rows a transaction at most. */
  readonly most: number
  /** Asked before the first row is done, with all of them and what is wrong with the others; then all is read before. */
  readonly confirm?: ((rows: readonly Given[], unread: string) => Promise<void>) | undefined
  /** Said when rows had been done before. */
  readonly again: string
}

const FIRST = 16
/** Milliseconds that a transaction should take: nobody waits long for the ledger, or after Ctrl-C. */
const SLOW = 400
const QUICK = 100

export const rowStream = (context: Context, from: string, flags: RowFlags, batch: Batch): Stream => {
  const { io, voice, dryRun } = context
  const count: Count = { rows: 0, recorded: 0, done: 0, repeated: 0, failed: 0, stopped: undefined }
  let first: { readonly row: number; readonly error: LicError } | undefined

  async function* results() {
    keepFlat()
    const input = await inputOf(context, from)
    const progress = voice.progress(`${batch.done} rows`)
    const read = rowsOf(input.bytes, formatOf(flags.format, from), batch.columns.without(flags.ignoreColumn))
    let work: Work | undefined
    try {
      let next = await read.next()
      if (next.done) throw new LicError('INVALID_INPUT', 'the input has no rows')
      const kept = batch.confirm === undefined || dryRun ? undefined : await allOf(next.value, read)
      const good = kept?.flatMap((row) => ('cells' in row ? [row] : [])) ?? []
      if (good.length > 0) await batch.confirm?.(good, unreadIn(kept ?? []))
      const rows = kept === undefined ? read : kept.slice(1).values()
      work = await batch.begin()
      let most = Math.min(FIRST, batch.most)
      while (!next.done) {
        const taken: Row[] = []
        for (; !next.done && taken.length < most; next = await rows.next()) {
          taken.push(next.value)
          if ('error' in next.value && flags.failFast) break
        }
        const began = io.elapsed()
        const good = taken.flatMap((row) => ('cells' in row ? [row] : []))
        const answers = good.length === 0 ? [] : await work.rows(good)
        count.recorded += answers.filter(({ error, fatal }) => error === undefined && fatal === undefined).length
        const told = answers.values()
        const took = io.elapsed() - began
        if (took > SLOW) most = Math.max(1, Math.floor(most / 2))
        else if (took < QUICK) most = Math.min(batch.most, most * 2)
        for (const row of taken) {
          const answer: Done = 'cells' in row ? (told.next().value ?? {}) : { error: row.error }
          if (answer.fatal !== undefined) throw answer.fatal
          yield reported(row, answer)
          if (answer.error !== undefined && flags.failFast) return
        }
        await progress.step(taken.length, input.share(taken.at(-1)?.end ?? 0))
        if (io.signal.aborted) throw new LicError('INTERRUPTED', 'interrupted')
      }
    } catch (cause) {
      throw stopped(cause)
    } finally {
      await progress.end()
      input.close()
      await work?.close?.()
    }
  }

  /** What is thrown, with what had been done until then. */
  const stopped = <T>(cause: T): T | LicError => {
    if (count.rows + count.recorded === 0 || !(cause instanceof LicError)) return cause
    const told = `${cause.message}; ${counted(count.recorded)} ${count.recorded === 1 ? 'is' : 'are'} done`
    return new LicError(cause.code, dryRun ? cause.message : told, { hint: batch.again, cause })
  }

  const reported = (from: Row, { error, fields, show, repeated }: Done) => {
    const { row } = from
    const stopped = 'stopped' in from
    count.rows += 1
    if (stopped) count.stopped = row
    if (error !== undefined) count.failed += 1
    else if (repeated) count.repeated += 1
    else count.done += 1
    if (error !== undefined) first ??= { row, error }
    const data = {
      row,
      ok: error === undefined,
      ...fields,
      ...(repeated && { repeated: true }),
      ...(dryRun && { dryRun: true }),
      ...(error && { error: errorData(error, batch) }),
      ...(stopped && { stopped: true }),
    }
    const state = error === undefined ? (repeated ? 'again' : batch.done) : error.code
    const more = error === undefined ? [] : [`${inColumn(error, batch)}${error.message}${nothingAfter(count)}`]
    return { data, show: line([String(row), state, ...(show ?? []), ...more], io.stdout.isTTY) }
  }

  return {
    schema: batch.schema,
    rows: results(),
    lasting: true,
    ended: stopped,
    finding: () => (first === undefined ? undefined : findingOf(first, count, batch)),
    notes: () => [
      dryRun
        ? `dry run: nothing was recorded; ${counted(count.done)} would be ${batch.done}`
        : `${counted(count.done)} ${batch.done}${nothingAfter(count)}`,
      ...(count.repeated > 0 ? [`${counted(count.repeated)} had been done before: ${batch.again}`] : []),
    ],
  }
}

interface Count {
  rows: number
  /** Rows that the ledger holds, told or not. */
  recorded: number
  done: number
  repeated: number
  failed: number
  /** The row behind which nothing was read. */
  stopped: number | undefined
}

const counted = (rows: number): string => `${rows} ${rows === 1 ? 'row' : 'rows'}`

const nothingAfter = ({ stopped }: Pick<Count, 'stopped'>): string =>
  stopped === undefined ? '' : `; nothing after row ${stopped} was read`

const MOST_NAMED = 10

/** For a question: which rows are not among those that it counts. */
const unreadIn = (rows: readonly Row[]): string => {
  const bad = rows.flatMap((row) => ('error' in row ? [row.row] : []))
  if (bad.length === 0) return ''
  const named = `${bad.slice(0, MOST_NAMED).join(', ')}${bad.length > MOST_NAMED ? ', ...' : ''}`
  const stopped = rows.find((row) => 'stopped' in row)?.row
  return `${counted(bad.length)} cannot be understood (${named})${nothingAfter({ stopped })}`
}

/** Each key is unlocked once, and not again for every row. */
export const forMany = (authority: Authority): Authority => {
  const opened = new Map<string, ReturnType<Authority['keychain']['open']>>()
  const open = (name: string, publicKey?: Uint8Array) => {
    // A key without its public half is a file that is to be opened, although an agent signs for it.
    const asked = `${publicKey === undefined} ${name}`
    const key = opened.get(asked) ?? authority.keychain.open(name, publicKey)
    opened.set(asked, key)
    return key
  }
  return { ...authority, keychain: { open }, source: 'bulk' }
}

const allOf = async (first: Row, rest: AsyncGenerator<Row>): Promise<Row[]> => {
  const all = [first]
  for await (const row of rest) all.push(row)
  return all
}

/** Does one row after the other; a refusal is that row's. */
export const oneByOne =
  (work: (row: Given) => Promise<Done>) =>
  async (rows: readonly Given[]): Promise<readonly Done[]> => {
    const done: Done[] = []
    for (const row of rows) {
      try {
        done.push(await work(row))
      } catch (error) {
        if (!(error instanceof LicError)) throw error
        const beyond = BEYOND_A_ROW.has(error.code)
        done.push(beyond ? { fatal: error } : { error })
        if (beyond) break
      }
    }
    return done
  }

/** What the next row would meet as well. */
const BEYOND_A_ROW: ReadonlySet<string> = new Set([
  ...['KEY_LOCKED', 'WRONG_PASSPHRASE', 'KEY_FILE_INVALID', 'KEY_FILE_EXPOSED', 'CLOCK_SUSPECT', 'NO_LEDGER'],
  ...['LEDGER_BUSY', 'LEDGER_DAMAGED', 'LEDGER_READ_ONLY', 'LEDGER_UNREACHABLE', 'LEDGER_UNSUITABLE'],
  ...['DISK_FULL', 'OUTPUT_CLOSED', 'INTERRUPTED', 'UNEXPECTED'],
])

/** What a NOT_FOUND says was looked for is a column of the same name. */
const COLUMNS = ['product', 'tier', 'bundle', 'customer', 'brand']
/** Errors about what the row is named by. */
const NAMING: ReadonlySet<string> = new Set(['AMBIGUOUS', 'NOT_FOUND', 'CODE_MISTYPED', 'CODE_KIND', 'ILLEGAL_MOVE'])

const columnIn = ({ code, data }: LicError, { names }: Batch): string | undefined => {
  if (typeof data?.column === 'string') return data.column
  return COLUMNS.find((name) => data !== undefined && name in data) ?? (NAMING.has(code) ? names : undefined)
}

const inColumn = (error: LicError, batch: Batch): string => {
  const column = columnIn(error, batch)
  return column === undefined ? '' : `column ${column}: `
}

const errorData = (error: LicError, batch: Batch) => ({
  code: error.code,
  message: error.message,
  hint: hintFor(error, batch),
  column: columnIn(error, batch) ?? null,
})

const hintFor = (error: LicError, { command }: Batch): string => hintOf(error).replace('COMMAND', command)

/** A line of a table in a pipe; on a terminal the same with two blanks between, which no later row can change. */
const line = (cells: readonly string[], terminal: boolean): Show =>
  terminal
    ? { text: cells.join('  ') }
    : { table: { columns: cells.map((_, i) => ({ title: String(i) })), rows: [cells] } }

const findingOf = (
  { row, error }: { readonly row: number; readonly error: LicError },
  count: Count,
  batch: Batch,
): Finding => ({
  code: 'BATCH_PARTIAL',
  message: `${count.failed} of ${counted(count.rows)} failed, the first is row ${row}: ${inColumn(error, batch)}${error.message}${nothingAfter(count)}`,
  hint: hintFor(error, batch),
})

/** @throws LicError USAGE */
const formatOf = (given: string | undefined, from: string): Format | undefined => {
  if (given !== undefined) {
    if (given === 'csv' || given === 'ndjson') return given
    throw new LicError('USAGE', `--format is csv or ndjson, not ${given}`)
  }
  if (/\.csv$/i.test(from)) return 'csv'
  return /\.(ndjson|jsonl)$/i.test(from) ? 'ndjson' : undefined
}

interface Input {
  readonly bytes: AsyncIterable<Uint8Array>
  /** How much of it so many bytes are, 0 to 1, where its size is known. */
  readonly share: (bytes: number) => number | undefined
  readonly close: () => void
}

/** @throws LicError UNREADABLE */
const inputOf = async ({ io, path }: Context, from: string): Promise<Input> => {
  if (from === '-') {
    return { bytes: interruptible(io.stdin.pieces(), io.signal), share: () => undefined, close: () => {} }
  }
  const unreadable = (cause: unknown): LicError => new LicError('UNREADABLE', `cannot read ${from}`, { cause })
  const found = await stat(path(from)).catch((cause: unknown) => {
    throw unreadable(cause)
  })
  if (found.isDirectory()) throw new LicError('UNREADABLE', `cannot read ${from}: it is a directory`)
  const stream = createReadStream(path(from))
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* stream
    } catch (cause) {
      throw unreadable(cause)
    }
  }
  return {
    bytes: interruptible(bytes(), io.signal),
    share: (done) => (found.isFile() && found.size > 0 ? Math.min(1, done / found.size) : undefined),
    close: () => stream.destroy(),
  }
}

/** Waits for no more of it after Ctrl-C. */
async function* interruptible(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]()
  for (;;) {
    const next = await unlessAborted(pieces.next(), signal)
    if (next.done) return
    yield next.value
  }
}

/** A race against a promise of its own: one that outlives the race would keep what each race has brought. */
const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const stop = () => reject(new LicError('INTERRUPTED', 'interrupted'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
