/**
 * The columns that a batch takes: their names are those of the command's flags. A cell that is empty was not given, and
 * then the flag of the command line holds. Lists stand in one cell, with blanks or semicolons between them.
 */

import { nearest } from '../../authority/nearest.ts'
import { LicError } from '../../core/errors.ts'

export type Cell = string | readonly string[] | boolean

export interface Column {
  readonly kind: 'text' | 'list' | 'switch'
  /** Other names for it. */
  readonly also?: readonly string[]
  /** Refuses what can be refused without the ledger, so that the column is named. */
  readonly check?: (value: never) => unknown
}

/** The names of the columns in their order; undefined for one that is skipped. */
export type Header = readonly (string | undefined)[]

export interface Columns {
  readonly names: readonly string[]
  /** The same, but these are skipped. */
  without(ignored: readonly string[]): Columns
  /** @throws LicError INVALID_INPUT for unknown and double ones, and for none at all */
  header(record: readonly string[]): Header
  /** The name that this one stands for, undefined when it is skipped. @throws LicError INVALID_INPUT naming all */
  known(given: string): string | undefined
  /** None when it is empty. @throws LicError INVALID_INPUT */
  cell(name: string, value: unknown): readonly (readonly [string, Cell])[]
  /** @throws LicError as the checks of the columns do, with the column in `data` */
  check(cells: ReadonlyMap<string, Cell>): void
}

/** What an error says of where it is. */
export const columnOf = (column: string): { readonly column: string } => ({ column })

/** Adds the column to what is thrown. */
export const inColumn = <T>(column: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof LicError) || error.data?.column !== undefined) throw error
    throw new LicError(error.code, error.message, {
      ...(error.hint !== undefined && { hint: error.hint }),
      data: { ...error.data, ...columnOf(column) },
      cause: error,
    })
  }
}

/** `Customer Name`, `customer-name` and `customerName` are `customer_name`. */
const normal = (name: string): string =>
  name
    .trim()
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_')

const YES = new Set(['yes', 'true', '1', 'y', 'x'])
const NO = new Set(['no', 'false', '0', 'n'])

/** @param ignored columns of the input that are skipped, whatever stands in them */
export const columnsOf = (table: Readonly<Record<string, Column>>, ignored: readonly string[] = []): Columns => {
  const skipped = new Set(ignored.map(normal))
  const names = new Map(Object.entries(table).flatMap(([name, { also = [] }]) => [name, ...also].map((n) => [n, name])))
  const known = (given: string): string | undefined => {
    if (skipped.has(normal(given))) return undefined
    const name = names.get(normal(given))
    if (name !== undefined) return name
    const near = nearest(normal(given), [...names.keys()])
    const all = `it knows ${Object.keys(table).join(', ')}; --ignore-column NAME skips one`
    throw new LicError('INVALID_INPUT', `lic knows no column called "${given.slice(0, 64)}"`, {
      hint: near === undefined ? all : `did you mean ${near}? ${all}`,
      data: columnOf(given.slice(0, 64)),
    })
  }
  const readers: Record<Column['kind'], (text: string) => Cell> = {
    text: (text) => text,
    list: (text) => text.split(/[\s;]+/).filter((each) => each !== ''),
    switch: (text) => {
      if (YES.has(text.toLowerCase())) return true
      if (NO.has(text.toLowerCase())) return false
      throw new LicError('INVALID_INPUT', `yes or no, not "${text.slice(0, 64)}"`)
    },
  }
  return {
    names: Object.keys(table),
    without: (more) => columnsOf(table, [...ignored, ...more]),
    known,
    header: (record) => {
      if (record.every((each) => !names.has(normal(each)))) {
        throw new LicError('INVALID_INPUT', 'the first line names no column', {
          hint: `it is the header: ${Object.keys(table).slice(0, 6).join(',')}, ...`,
        })
      }
      const header = record.map(known)
      const twice = header.find((name, i) => name !== undefined && header.indexOf(name) < i)
      if (twice === undefined) return header
      throw new LicError('INVALID_INPUT', `the column ${twice} is there twice`, { data: columnOf(twice) })
    },
    cell: (name, value) => {
      const { kind } = table[name] as Column
      const text = Array.isArray(value) && kind === 'list' ? value.map(plain).join(' ') : plain(value)
      return text.trim() === '' ? [] : [[name, inColumn(name, () => readers[kind](text.trim()))]]
    },
    check: (cells) => {
      for (const [name, value] of cells) inColumn(name, () => table[name]?.check?.(value as never))
    },
  }
}

const plain = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') {
    if (value.includes('\0')) throw new LicError('INVALID_INPUT', 'the text holds a NUL')
    return value
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new LicError('INVALID_INPUT', 'a text, a number, true or false is expected')
}
