/**
 * The result as a person reads it, described as a value. Invariant: commands never colour or escape; every text in a
 * Show passes through safe() here, and tones are added after it, so only lic's own colours reach the terminal.
 */

import { safe, safeLines } from '../render/safe.ts'
import { aligned, blocks, fits, tsv } from '../render/table.ts'
import { width, wrap } from '../render/width.ts'
import type { Csv } from './csv.ts'
import type { Sink } from './io.ts'
import type { Paint, Tone } from './paint.ts'

export type Cell = string | { readonly text: string; readonly tone: Tone }

export interface Grid {
  /** Aligned on a terminal, or in blocks where it is too narrow; TSV without a heading in a pipe. */
  readonly columns: readonly { readonly title: string; readonly align?: 'right'; readonly flexible?: boolean }[]
  readonly rows: readonly (readonly Cell[])[]
  /** What a terminal shows instead of an empty table. */
  readonly empty?: string
}

export type Show =
  /** Lines as they are; one line feed is added at the end when it is missing. */
  | { readonly text: string; readonly tone?: Tone }
  | { readonly table: Grid }
  /** `label  value` lines, aligned. A value of undefined leaves its line out. */
  | { readonly fields: readonly (readonly [label: string, value: Cell | undefined])[] }
  /** For a spreadsheet, the same on a terminal and in a pipe. */
  | { readonly csv: Csv }
  /** A QR code of this text. */
  | { readonly qr: string }
  /** Bytes as they are. */
  | { readonly bytes: Uint8Array }
  | readonly Show[]

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)
const toned = (paint: Paint, cell: Cell | undefined, text: string): string =>
  cell === undefined || typeof cell === 'string' ? text : paint.paint(cell.tone, text)

const grid = ({ columns, rows, empty }: Grid, sink: Sink, paint: Paint): string => {
  const table = { columns, rows: rows.map((row) => row.map(textOf)) }
  if (!sink.isTTY) return tsv(table)
  if (rows.length === 0) return `${safe(empty ?? 'none')}\n`
  const body = (text: string, row: number, column: number): string => toned(paint, rows[row]?.[column], text)
  const heading = (text: string): string => paint.paint('dim', text)
  if (paint.plain || !fits(table, sink.columns)) return blocks(table, body, heading)
  return aligned(table, sink.columns, body, heading)
}

/** Columns that a value gets in however narrow a terminal. */
const ROOM = 16

const fields = (pairs: readonly (readonly [string, Cell | undefined])[], sink: Sink, paint: Paint): string => {
  const given = pairs.flatMap(([label, cell]) => (cell === undefined ? [] : [{ label: safe(label), cell }]))
  const most = given.reduce((sum, { label }) => Math.max(sum, width(label)), 0)
  // Broken between words on a terminal, what goes on below where it began; a pipe gets one line a value.
  const room = sink.isTTY ? Math.max(ROOM, sink.columns - most - 2) : Number.POSITIVE_INFINITY
  const line = ({ label, cell }: { readonly label: string; readonly cell: Cell }): string =>
    wrap(safe(textOf(cell)), room)
      .split('\n')
      .map((text) => text.trimStart())
      .map((text, i) => {
        const before = i === 0 ? label : ''
        return `${paint.paint('dim', before)}${' '.repeat(most - width(before) + 2)}${toned(paint, cell, text)}\n`
      })
      .join('')
  return given.map(line).join('')
}

const isList = (show: Show): show is readonly Show[] => Array.isArray(show)

/** What to write to `sink`, in order. */
export const rendered = async (show: Show, sink: Sink, paint: Paint): Promise<readonly (string | Uint8Array)[]> => {
  if (isList(show)) return (await Promise.all(show.map((each) => rendered(each, sink, paint)))).flat()
  if ('bytes' in show) return [show.bytes]
  if ('table' in show) return [grid(show.table, sink, paint)]
  if ('fields' in show) return [fields(show.fields, sink, paint)]
  if ('csv' in show) return [await (await import('./csv.ts')).csvText(show.csv)]
  if ('qr' in show) {
    // The code's own text: whoever cannot see it can hand that on.
    if (paint.plain) return [`${safe(show.qr)}\n`]
    const { qrCode } = await import('../render/qr.ts')
    return [(await qrCode(show.qr)).terminal(paint.colored)]
  }
  const text = safeLines(show.text)
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return [show.tone === undefined ? whole : paint.paint(show.tone, whole)]
}
