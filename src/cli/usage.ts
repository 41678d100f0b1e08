/** Usage reports as export, import and show tell them: the same JSON and the same words for a person. */

import { toHex } from '../core/bytes.ts'
import { spell } from '../core/codes/spoken.ts'
import { activationId } from '../core/release.ts'
import type { UsageReport } from '../core/usage.ts'
import { isoTime } from './moment.ts'
import type { Show } from './show.ts'

interface Figures {
  readonly number: number | null
  readonly from: number
  readonly until: number
  readonly totals: Readonly<Record<string, number>>
  readonly peaks: Readonly<Record<string, number>>
  readonly days: Readonly<Record<string, readonly [first: number, counts: readonly number[]]>>
}

const DAY = 86_400

export const figuresOf = ({ number = 0, from, until, totals, peaks, days }: UsageReport): Figures => ({
  number,
  from,
  until,
  totals: Object.fromEntries(totals),
  peaks: Object.fromEntries(peaks ?? []),
  days: Object.fromEntries(days ?? []),
})

export const usageData = ({ number, from, until, totals, peaks, days }: Figures) => ({
  number,
  from: isoTime(from),
  until: isoTime(until),
  totals,
  peaks,
  days: Object.fromEntries(
    Object.entries(days).map(([name, [first, counts]]) => [
      name,
      { first: isoTime(first * DAY)?.slice(0, 10), counts },
    ]),
  ),
})

/** `exports 120, at most 17 · prints 4`. */
export const usageText = ({ totals, peaks }: Pick<Figures, 'totals' | 'peaks'>): string => {
  const names = [...new Set([...Object.keys(totals), ...Object.keys(peaks)])].sort()
  const words = names.map((name) => {
    const peak = peaks[name] === undefined ? '' : `at most ${peaks[name]}`
    return [name, [totals[name], peak].filter((each) => each !== undefined && each !== '').join(', ')].join(' ')
  })
  return words.join(' · ')
}

export const usageTable = ({ totals, peaks }: Figures): Show => ({
  table: {
    columns: [
      { title: 'counted', flexible: true },
      { title: 'total', align: 'right' },
      { title: 'at most', align: 'right' },
    ],
    rows: [...new Set([...Object.keys(totals), ...Object.keys(peaks)])]
      .sort()
      .map((name) => [name, String(totals[name] ?? ''), String(peaks[name] ?? '')]),
    empty: 'nothing was counted',
  },
})

/** Of a report that nobody holds against a ledger: `lic inspect`, `lic decode`. */
export const describedUsage = (report: UsageReport, bytes: number) => ({
  type: 'usage report',
  verified: null,
  by: null,
  bytes,
  content: {
    id: toHex(report.cti),
    // The key behind its prefix, which stands in the license alone.
    key: spell('key', report.cti).join('-'),
    line: report.line,
    activation: report.anchor && activationId(report.anchor),
    ...usageData(figuresOf(report)),
  },
})
