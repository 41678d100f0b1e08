/**
 * CSV or NDJSON to rows of named cells, one at a time. Rows are numbered as a spreadsheet does: the header is row 1, and
 * an empty row counts. A row that cannot be understood is yielded with its error and costs no other: a stray quote is
 * taken as a plain character, so the row ends at the next line end that stands in no quoted cell. After one whose end is
 * not known (a quote that is never closed, a line without end) nothing more can be read, and it says so: `stopped`.
 */

import type { Parser } from 'csv-parse'
import { LicError } from '../../core/errors.ts'
import { type Cell, type Columns, columnOf, type Header, inColumn } from './columns.ts'
import { LONGEST_LINE, lineFault, textOf } from './text.ts'

export type Format = 'csv' | 'ndjson'

interface Place {
  readonly row: number
  /** Where the next one begins, in bytes of the input. */
  readonly end: number
}

export type Row =
  | (Place & { readonly cells: ReadonlyMap<string, Cell> })
  | (Place & {
      readonly error: LicError
      /** Nothing behind it was read. */
      readonly stopped?: true
    })

/**
 * @param format undefined: NDJSON when the first character is `{`, else CSV
 * @throws LicError INVALID_INPUT for a header that is missing, unknown or double; no row has been yielded then
 */
export async function* rowsOf(
  bytes: AsyncIterable<Uint8Array>,
  format: Format | undefined,
  columns: Columns,
): AsyncGenerator<Row> {
  const text = textOf(bytes)
  const first = await text.next()
  if (first.done)
    throw new LicError('INVALID_INPUT', 'the input is empty', { hint: 'its first line names the columns' })
  const kind = format ?? (/^\s*\{/.test(first.value) ? 'ndjson' : 'csv')
  const all = resumed(first.value, text)
  yield* kind === 'csv' ? csvRows(all, delimiterOf(first.value), columns) : ndjsonRows(all, columns)
}

async function* resumed(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first
  yield* rest
}

/** What spreadsheets of different countries put between cells. */
const DELIMITERS = [',', ';', '\t']

/** The one that the header has most of. */
const delimiterOf = (text: string): string => {
  const [header = ''] = text.split(/[\r\n]/, 1)
  const count = (mark: string): number => header.split(mark).length
  return DELIMITERS.reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}

/** A record as csv-parse hands it over with `info` and `raw`. */
interface Found {
  readonly record: string[]
  readonly raw: string
  readonly info: { readonly bytes: number }
}

interface Parsed {
  readonly records: Found[]
  /** Once it is there, the rest is not read. */
  readonly error?: LicError
}

const CSV_FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${LONGEST_LINE} characters: a quote may be open, and never closed`,
}
const QUOTES = 'a quote inside a quoted cell is written twice'

/** What the bytes say, not what became of reading them: a disk that fails or Ctrl-C is no row's fault. */
const isOfInput = (error: unknown): error is LicError => error instanceof LicError && error.code === 'INVALID_INPUT'

const csvFault = (cause: unknown): LicError => {
  if (cause instanceof LicError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return new LicError('INVALID_INPUT', CSV_FAULTS[code] ?? 'this is no CSV', {
    hint: QUOTES,
    cause,
  })
}

/** Why a record is none, although its end is known: what stands in it besides cells, well quoted. */
const recordFault = ({ record, raw }: Found, delimiter: string): LicError | undefined => {
  const unread = lineFault(raw)
  if (unread !== undefined || !record.some((cell) => cell.includes('"'))) return unread
  const rest = raw.replace(QUOTED[delimiter] ?? /$/, '$1')
  if (!rest.includes('"')) return undefined
  const behind = rest.startsWith('"') || rest.includes(`${delimiter}"`)
  const message = behind ? 'text stands behind a closing quote' : 'a quote stands inside a cell that is not quoted'
  return new LicError('INVALID_INPUT', message, { hint: QUOTES })
}

/** Cells in quotes, by what stands between cells. */
const QUOTED: Readonly<Record<string, RegExp>> = Object.fromEntries(
  DELIMITERS.map((mark) => [mark, new RegExp(`(^|${mark})"[^"]*(?:""[^"]*)*"(?=${mark}|[\\r\\n]*$)`, 'g')]),
)

/** Records as csv-parse finds them in each piece of text. */
async function* parsed(text: AsyncGenerator<string>, delimiter: string): AsyncGenerator<Parsed> {
  const { parse } = await import('csv-parse')
  let records: Found[] = []
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: LONGEST_LINE,
    relax_quotes: true,
    info: true,
    raw: true,
    on_record: (found: unknown) => {
      records.push(found as Found)
      return null
    },
  })
  let failed: unknown
  parser.on('error', (error) => {
    failed ??= error
  })
  const taken = (): Parsed => {
    const found = records
    records = []
    return failed === undefined ? { records: found } : { records: found, error: csvFault(failed) }
  }
  try {
    for await (const piece of text) {
      await new Promise<void>((done) => {
        parser.write(piece, (error) => {
          failed ??= error ?? undefined
          done()
        })
      })
      yield taken()
      if (failed !== undefined) return
    }
  } catch (error) {
    if (!isOfInput(error)) throw error
    // The line before may still be waiting for the one that cannot be read.
    await ended(parser)
    yield { ...taken(), error }
    return
  }
  await ended(parser)
  yield taken()
}

/** Nothing is read from its other side, so it must flow for the end to come. */
const ended = (parser: Parser): Promise<void> =>
  new Promise((done) => {
    parser.on('error', () => done())
    parser.resume().on('end', () => done())
    parser.end()
  })

async function* csvRows(text: AsyncGenerator<string>, delimiter: string, columns: Columns): AsyncGenerator<Row> {
  let header: Header | undefined
  let place: Place = { row: 0, end: 0 }
  for await (const { records, error } of parsed(text, delimiter)) {
    for (const found of records) {
      place = { row: place.row + 1, end: found.info.bytes }
      const fault = recordFault(found, delimiter)
      if (header === undefined) {
        if (fault !== undefined) throw fault
        header = columns.header(found.record)
      } else if (fault !== undefined) yield { ...place, error: fault }
      else if (found.record.some((cell) => cell.trim() !== '')) yield cellsOf(place, found.record, header, columns)
    }
    if (error === undefined) continue
    if (header === undefined) throw error
    yield { row: place.row + 1, end: place.end, error, stopped: true }
    return
  }
  if (header === undefined) throw new LicError('INVALID_INPUT', 'the input has no line that names the columns')
}

const cellsOf = (place: Place, record: readonly string[], header: Header, columns: Columns): Row => {
  if (record.length !== header.length) {
    const message = `the row has ${record.length} cells, and the header names ${header.length}`
    const hint = 'put a text with a comma or a line end in it between double quotes'
    return { ...place, error: new LicError('INVALID_INPUT', message, { hint }) }
  }
  return checked(
    place,
    columns,
    () => new Map(header.flatMap((name, i) => (name === undefined ? [] : columns.cell(name, record[i] ?? '')))),
  )
}

const checked = (place: Place, columns: Columns, read: () => ReadonlyMap<string, Cell>): Row => {
  try {
    const cells = read()
    columns.check(cells)
    return { ...place, cells }
  } catch (error) {
    if (error instanceof LicError) return { ...place, error }
    throw error
  }
}

async function* ndjsonRows(text: AsyncGenerator<string>, columns: Columns): AsyncGenerator<Row> {
  let place: Place = { row: 0, end: 0 }
  try {
    for await (const piece of text) {
      for (const line of piece.replace(/\n$/, '').split('\n')) {
        place = { row: place.row + 1, end: place.end + Buffer.byteLength(line) + 1 }
        if (line.trim() !== '') yield checked(place, columns, () => objectCells(line, columns))
      }
    }
  } catch (error) {
    if (!isOfInput(error)) throw error
    yield { row: place.row + 1, end: place.end, error, stopped: true }
  }
}

const objectCells = (line: string, columns: Columns): ReadonlyMap<string, Cell> => {
  const fault = lineFault(line)
  if (fault !== undefined) throw fault
  const value = json(line)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LicError('INVALID_INPUT', 'the line is no JSON object', {
      hint: 'write {"column":"value",...} on each line',
    })
  }
  const cells = new Map<string, Cell>()
  for (const [given, cell] of Object.entries(value)) {
    const name = columns.known(given)
    if (name === undefined) continue
    if (cells.has(name))
      throw new LicError('INVALID_INPUT', `the column ${name} is there twice`, { data: columnOf(name) })
    for (const [key, each] of inColumn(name, () => columns.cell(name, cell))) cells.set(key, each)
  }
  return cells
}

const json = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new LicError('INVALID_INPUT', 'the line is not JSON', { hint: 'one JSON object a line', cause })
  }
}
