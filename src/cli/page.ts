/** Pages of a list: how many rows, where the next page begins, and for whom it is written. */

import { LicError } from '../core/errors.ts'
import type { Page } from '../ledger/list-licenses.ts'
import type { Context } from './context.ts'

export interface PageFlags {
  readonly limit: string | undefined
  readonly cursor: string | undefined
}

/** Of a list that a spreadsheet opens too. */
export interface ListFlags extends PageFlags {
  readonly csv: boolean
}

const USUAL = 50
const MOST = 10_000

/** @throws LicError INVALID_INPUT */
export const limitOf = ({ limit }: PageFlags): number => {
  if (limit === undefined) return USUAL
  const rows = Number(limit)
  if (/^[1-9]\d{0,4}$/.test(limit) && rows <= MOST) return rows
  throw new LicError('INVALID_INPUT', `--limit takes a number from 1 to ${MOST}, not ${limit}`)
}

/** @throws LicError INVALID_INPUT, USAGE for two forms at a time */
export const pageOf = ({ json }: Pick<Context, 'json'>, flags: ListFlags): Page => {
  if (flags.csv && json) throw new LicError('USAGE', '--csv and --json exclude each other')
  return { limit: limitOf(flags), ...(flags.cursor !== undefined && { cursor: flags.cursor }) }
}

/** The note that leads to the next page. */
export const moreNote = (next: string | null): readonly string[] =>
  next === null ? [] : [`there are more: add --cursor ${next}`]
