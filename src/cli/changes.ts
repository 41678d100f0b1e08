/** What a new revision says differently, for a person and for --json. */

import type { Difference } from '../authority/differences.ts'
import { formatTime } from '../authority/term.ts'
import type { Cell, Show } from './show.ts'

/** Terms whose values are unix seconds. */
const TIMES: ReadonlySet<string> = new Set(['expires', 'maintenance'])
/** Terms of which 0 is unlimited. */
const AMOUNTS: ReadonlySet<string> = new Set(['seats', 'devices'])

const written = (what: string, value: string | number | null): string | number | null =>
  TIMES.has(what) && typeof value === 'number' ? formatTime(value) : value

const textOf = (what: string, value: string | number | null): string => {
  if (value === null) return TIMES.has(what) ? 'never' : '-'
  if (value === 0 && AMOUNTS.has(what)) return 'unlimited'
  if (value === '0' && /^(feature|limit) /.test(what)) return 'unlimited'
  return String(written(what, value))
}

/** `before` and `after` null = absent; times as ISO 8601; `takes`: the revision before is revoked because of it. */
export const changesData = (changes: readonly Difference[]) =>
  changes.map(({ line, product, what, before, after, takes }) => ({
    line,
    product,
    what,
    before: written(what, before),
    after: written(what, after),
    takes,
  }))

/** `seats 5 -> 20`, and for one of several lines `viewer seats 5 -> 20`. */
export const changeText = ({ product, what, before, after }: Difference): string =>
  `${product === null ? '' : `${product} `}${what} ${textOf(what, before)} -> ${textOf(what, after)}`

export const changesShow = (changes: readonly Difference[]): Show => ({
  fields: changes.map((each): [string, Cell] => [
    each.product === null ? each.what : `${each.product} ${each.what}`,
    {
      text: `${textOf(each.what, each.before)} -> ${textOf(each.what, each.after)}`,
      tone: each.takes ? 'warn' : 'good',
    },
  ]),
})
