/**
 * Rows to CSV for spreadsheets: RFC 4180 (commas, CRLF, quotes where needed), UTF-8, always a heading. Whoever can place
 * an order chooses text that stands in a cell. Invariant: no cell is taken for a formula, whichever of comma, semicolon or
 * line end a spreadsheet takes for a border; and control and direction characters are shown as \u{..}, as in a table.
 */

import { safeLines } from '../render/safe.ts'

export interface Csv {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null | undefined)[])[]
}

/** Before a formula: behind a border, blanks and quotes; the signs also full-width, as on a Japanese keyboard. */
const FORMULA = /(?<=^|[\n;|])(?=[\s\p{Z}"]*[=+\-@\u2212\uff0b\uff0d\uff1d\uff20])/gu

/** The text as a cell: an apostrophe goes before what would be reckoned. */
export const cellOf = (value: string | number | null | undefined): string =>
  typeof value === 'string' ? safeLines(value).replace(FORMULA, "'") : String(value ?? '')

export const csvText = async ({ columns, rows }: Csv): Promise<string> => {
  const { stringify } = await import('csv-stringify/sync')
  return stringify([columns, ...rows.map((row) => columns.map((_, i) => cellOf(row[i])))], {
    record_delimiter: 'windows',
    escape_formulas: true,
  })
}
