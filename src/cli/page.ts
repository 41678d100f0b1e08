/** Pages of a list: how many rows, and where the next page begins. */

import { LicError } from '../core/errors.ts'

export interface PageFlags {
  readonly limit: string | undefined
  readonly cursor: string | undefined
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

/** The note that leads to the next page. */
export const moreNote = (next: string | null): readonly string[] =>
  next === null ? [] : [`there are more: add --cursor ${next}`]
