/**
 * What sites say that they counted: of each device the newest report. Totals in a report are those of the whole time, so the
 * newest replaces those before, and one that comes late is no news. Nobody signs it: it is what the site says.
 */

import type { Selectable } from 'kysely'
import { LicError } from '../core/errors.ts'
import type { PlainMap } from './event-types.ts'
import type { Happening } from './happening.ts'
import { licenseByCti } from './licenses.ts'
import type { Reader, Tx, UsageReportsTable } from './schema.ts'

export interface KeptUsage {
  readonly line: number
  /** Release anchor of the device; null: the license takes no places. */
  readonly activation: Uint8Array | null
  /** Rises with each report of a device; 0: it does not number them. */
  readonly number: number
  /** Counted from when and until when, unix seconds. */
  readonly from: number
  readonly until: number
  readonly totals: Readonly<Record<string, number>>
  readonly peaks: Readonly<Record<string, number>>
  /** First day (since 1970, UTC) and the counts from then on. */
  readonly days: Readonly<Record<string, readonly [first: number, counts: readonly number[]]>>
  /** When it was taken in. */
  readonly reportedAt: number
}

const NONE = new Uint8Array()

export const reportUsage = async (tx: Tx, event: Happening<'usage.reported'>): Promise<void> => {
  if (!(event.entity instanceof Uint8Array)) throw new LicError('LEDGER_DAMAGED', 'a usage report of no license')
  const { id } = await licenseByCti(tx, event.entity)
  const { number, from, until, totals, peaks, days } = event.data
  const row = {
    number: number ?? 0,
    from_at: from,
    until_at: until,
    totals: textOf(totals),
    peaks: textOf(peaks),
    days: textOf(days),
    reported_at: event.at,
    event: event.id,
  }
  await tx
    .insertInto('usage_reports')
    .values({ license: id, line: event.line ?? 0, activation: event.activation ?? NONE, ...row })
    .onConflict((conflict) => conflict.columns(['license', 'line', 'activation']).doUpdateSet(row))
    .execute()
}

/** In the order of names, so that folding the log again writes the same. */
const textOf = (map: PlainMap | null | undefined): string => {
  const pairs = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(pairs))
}

const keptOf = (row: Selectable<UsageReportsTable>): KeptUsage => ({
  line: row.line,
  activation: row.activation.length === 0 ? null : row.activation,
  number: row.number,
  from: row.from_at,
  until: row.until_at,
  // Written by the projection above.
  totals: JSON.parse(row.totals) as KeptUsage['totals'],
  peaks: JSON.parse(row.peaks) as KeptUsage['peaks'],
  days: JSON.parse(row.days) as KeptUsage['days'],
  reportedAt: row.reported_at,
})

/** The newest of each device of a license, by line. */
export const usageOf = async (db: Reader, license: number): Promise<readonly KeptUsage[]> => {
  const query = db.selectFrom('usage_reports').selectAll().where('license', '=', license)
  return (await query.orderBy('line').orderBy('activation').execute()).map(keptOf)
}

/** The newest of one device; null: none has come. */
export const usageOfDevice = async (
  db: Reader,
  license: number,
  line: number,
  activation: Uint8Array | null,
): Promise<KeptUsage | null> => {
  const row = await db
    .selectFrom('usage_reports')
    .selectAll()
    .where('license', '=', license)
    .where('line', '=', line)
    .where('activation', '=', activation ?? NONE)
    .executeTakeFirst()
  return row === undefined ? null : keptOf(row)
}
