/**
 * CSV or NDJSON to rows of named cells, one at a time. Rows are numbered as a spreadsheet does: the header is row 1, and
 * an empty row counts. A row that cannot be understood is yielded with its error; after one that leaves the rest of the
 * input in doubt (its end is not known, or its encoding) nothing more is read.
 */

import type { Parser } from 'csv-parse'
import { LicError } from '../../core/errors.ts'
import { type Cell, type Columns, columnOf, inColumn } from './columns.ts'
import { LONGEST_LINE, textOf } from './text.ts'

export type Format = 'csv' | 'ndjson'

export type Row =
  | { readonly row: number; readonly cells: ReadonlyMap<string, Cell> }
  | { readonly row: number; readonly error: LicError }

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

/** What spreadsheets of different countries put between cells: the one that the header has most of. */
const delimiterOf = (text: string): string => {
  const [header = ''] = text.split(/[\r\n]/, 1)
  const count = (mark: string): number => header.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}

interface Parsed {
  readonly records: string[][]
  /** Once it is there, the rest is not read. */
  readonly error?: LicError
}

const CSV_FAULTS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'text stands behind a closing quote',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'text stands behind a closing quote',
  CSV_INVALID_OPENING_QUOTE: 'a quote stands inside a cell that is not quoted',
  INVALID_OPENING_QUOTE: 'a quote stands inside a cell that is not quoted',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${LONGEST_LINE} characters`,
}

/** What the bytes say, not what became of reading them: a disk that fails or Ctrl-C is no row's fault. */
const isOfInput = (error: unknown): error is LicError => error instanceof LicError && error.code === 'INVALID_INPUT'

const csvFault = (cause: unknown): LicError => {
  if (cause instanceof LicError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return new LicError('INVALID_INPUT', CSV_FAULTS[code] ?? 'this is no CSV', {
    hint: 'a quote inside a quoted cell is written twice',
    cause,
  })
}

/** Records as csv-parse finds them in each piece of text. */
async function* parsed(text: AsyncGenerator<string>, delimiter: string): AsyncGenerator<Parsed> {
  const { parse } = await import('csv-parse')
  let records: string[][] = []
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: LONGEST_LINE,
    on_record: (record: string[]) => {
      records.push(record)
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
  let header: readonly string[] | undefined
  let row = 0
  for await (const { records, error } of parsed(text, delimiter)) {
    for (const record of records) {
      row += 1
      if (header === undefined) header = columns.header(record)
      else if (record.some((cell) => cell.trim() !== '')) yield cellsOf(row, record, header, columns)
    }
    if (error === undefined) continue
    if (header === undefined) throw error
    yield { row: row + 1, error }
    return
  }
  if (header === undefined) throw new LicError('INVALID_INPUT', 'the input has no line that names the columns')
}

const cellsOf = (row: number, record: readonly string[], header: readonly string[], columns: Columns): Row => {
  if (record.length !== header.length) {
    const message = `the row has ${record.length} cells, and the header names ${header.length}`
    const hint = 'put a text with a comma or a line end in it between double quotes'
    return { row, error: new LicError('INVALID_INPUT', message, { hint }) }
  }
  return checked(row, columns, () => new Map(header.flatMap((name, i) => columns.cell(name, record[i] ?? ''))))
}

const checked = (row: number, columns: Columns, read: () => ReadonlyMap<string, Cell>): Row => {
  try {
    const cells = read()
    columns.check(cells)
    return { row, cells }
  } catch (error) {
    if (error instanceof LicError) return { row, error }
    throw error
  }
}

async function* ndjsonRows(text: AsyncGenerator<string>, columns: Columns): AsyncGenerator<Row> {
  let row = 0
  try {
    for await (const piece of text) {
      for (const line of piece.replace(/\r?\n$/, '').split(/\r?\n/)) {
        row += 1
        if (line.trim() !== '') yield checked(row, columns, () => objectCells(line, columns))
      }
    }
  } catch (error) {
    if (!isOfInput(error)) throw error
    yield { row: row + 1, error }
  }
}

const objectCells = (line: string, columns: Columns): ReadonlyMap<string, Cell> => {
  const value = json(line)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LicError('INVALID_INPUT', 'the line is no JSON object', {
      hint: 'write {"column":"value",...} on each line',
    })
  }
  const cells = new Map<string, Cell>()
  for (const [given, cell] of Object.entries(value)) {
    const name = columns.known(given)
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
