/**
 * When lines end. A line has an end of its own, or its license's; the license ends with its last line, and a line that ends
 * with it writes none of its own (FORMAT 8.6). The only place that reckons with this. Ends are unix seconds, undefined: never.
 */

import type { License, Line } from '../core/license.ts'

type End = number | undefined

export const endOf = ({ expires }: Pick<License, 'expires'>, line: Pick<Line, 'expires'>): End =>
  line.expires ?? expires

/** The end of each line, by its number. */
export const endsOf = (license: Pick<License, 'expires' | 'lines'>): ReadonlyMap<number, End> =>
  new Map([...license.lines].map(([number, line]) => [number, endOf(license, line)]))

/** The last of them: when all of it is over. */
export const lastEnd = (ends: Iterable<End>): End => {
  const all = [...ends]
  return all.some((end) => end === undefined) ? undefined : Math.max(...all.map((end) => end as number))
}

/** The license whose lines end so; a line that `ends` does not name ends as before. */
export const withEnds = (license: License, ends: ReadonlyMap<number, End>): License => {
  const all = new Map([...license.lines].map(([n, line]) => [n, ends.has(n) ? ends.get(n) : endOf(license, line)]))
  const expires = lastEnd(all.values())
  const lines = [...license.lines].map(([n, line]): [number, Line] => {
    const own = all.get(n)
    return [n, { ...line, expires: own === expires ? undefined : own }]
  })
  return { ...license, expires, lines: new Map(lines) }
}
