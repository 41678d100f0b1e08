/**
 * Rows to text. On a terminal: aligned columns that fit its width. In a pipe: TSV, one row a line, never cut and never
 * coloured, without a heading (a script counts columns). Cells come from people: each passes through safe(), which
 * also shows tabs and line ends, so a cell can neither add a column nor a row. Where the columns do not fit however far
 * they shrink, and for a screen reader, each row becomes a block of names and values.
 */

import { safe } from './safe.ts'
import { clip, width } from './width.ts'

export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
}
export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** May be cut to make the table fit. The widest of these is cut first. */
  readonly flexible?: boolean
}

const GAP = '  '
const NARROWEST = 8

export const tsv = (table: Table): string =>
  table.rows.map((row) => `${table.columns.map((_, i) => safe(row[i] ?? '')).join('\t')}\n`).join('')

/** @param paint receives each padded cell of the body with its place, and returns what is printed. */
export const aligned = (
  table: Table,
  columns: number,
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
  heading: (text: string) => string = (text) => text,
): string => {
  const rows = table.rows.map((row) => table.columns.map((_, i) => safe(row[i] ?? '')))
  const widths = fitted(table.columns, rows, columns)
  const line = (cells: readonly string[], finish: (cell: string, column: number) => string): string => {
    const padded = cells.map((cell, i) => pad(clip(cell, widths[i] ?? 0), widths[i] ?? 0, table.columns[i]))
    const last = padded.length - 1
    return padded.map((cell, i) => finish(i === last ? cell.trimEnd() : cell, i)).join(GAP)
  }
  const titles = line(
    table.columns.map(({ title }) => title),
    (cell) => cell,
  )
  return [heading(titles), ...rows.map((row, r) => line(row, (cell, c) => paint(cell, r, c)))].join('\n').concat('\n')
}

/** Whether `aligned` keeps every line within `columns`. */
export const fits = (table: Table, columns: number): boolean => {
  const rows = table.rows.map((row) => table.columns.map((_, i) => safe(row[i] ?? '')))
  const widths = fitted(table.columns, rows, columns)
  return widths.reduce((sum, each) => sum + each, 0) + GAP.length * (table.columns.length - 1) <= columns
}

/** One line a value, behind the title of its column; an empty cell has none. A blank line stands between rows. */
export const blocks = (
  table: Table,
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
  heading: (text: string) => string = (text) => text,
): string => {
  const most = Math.max(...table.columns.map(({ title }) => width(title)))
  const line = (row: readonly string[], r: number) => (column: Column, c: number) => {
    const cell = safe(row[c] ?? '')
    return cell === ''
      ? ''
      : `${heading(column.title)}${' '.repeat(most - width(column.title))}${GAP}${paint(cell, r, c)}\n`
  }
  return table.rows.map((row, r) => table.columns.map(line(row, r)).join('')).join('\n')
}

const pad = (cell: string, columns: number, column: Column | undefined): string => {
  const fill = ' '.repeat(Math.max(0, columns - width(cell)))
  return column?.align === 'right' ? fill + cell : cell + fill
}

/** Natural widths, then the widest flexible column gives way until the line fits or none can give more. */
const fitted = (columns: readonly Column[], rows: readonly (readonly string[])[], limit: number): readonly number[] => {
  const widths = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, width(row[i] ?? '')), width(title)),
  )
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1) - limit
  while (excess > 0) {
    let widest = -1
    for (const [i, column] of columns.entries()) {
      if (column.flexible && (widths[i] ?? 0) > NARROWEST && (widths[i] ?? 0) > (widths[widest] ?? 0)) widest = i
    }
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}
