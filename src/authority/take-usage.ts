/**
 * `lic usage import`: what sites counted, into the book. A report is known by its device and number; the same again changes
 * nothing, and one that was overtaken on the way is no news. Invariant: all of the reports are taken in, or none.
 */

import { equal, toHex } from '../core/bytes.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import { activationId } from '../core/release.ts'
import type { UsageReport } from '../core/usage.ts'
import { findActivation } from '../ledger/activations.ts'
import { record } from '../ledger/events.ts'
import { licenseByPrefix } from '../ledger/find-license.ts'
import type { License } from '../ledger/licenses.ts'
import { linesOf } from '../ledger/lines.ts'
import type { Tx } from '../ledger/schema.ts'
import { type KeptUsage, usageOfDevice } from '../ledger/usage-reports.ts'
import { type Authority, stamp, write } from './authority.ts'

export interface TakenUsage {
  readonly key: string
  readonly masked: string
  readonly id: string
  readonly customer: string
  readonly product: string
  readonly line: number
  readonly activation: string | null
  readonly report: UsageReport
  /** `older`: a later one of the device is in the book. */
  readonly result: 'recorded' | 'repeated' | 'older'
}

/** @throws LicError NOT_FOUND, CONFLICT, CLOCK_SUSPECT, INVALID_INPUT for a report from the future */
export const takeUsage = (authority: Authority, reports: readonly UsageReport[]): Promise<readonly TakenUsage[]> =>
  write(authority, async (tx) => {
    const taken: TakenUsage[] = []
    for (const report of reports) taken.push(await takeOne(tx, authority, report))
    return taken
  })

/** A clock at a site may be ahead by so much, seconds. */
const AHEAD = 86_400

const takeOne = async (tx: Tx, authority: Authority, report: UsageReport): Promise<TakenUsage> => {
  const row = await licenseOf(tx, authority, report)
  const lines = (await linesOf(tx, [row.id])).get(row.id) ?? []
  const line = lines.find(({ number }) => number === report.line)
  const masked = maskKey(row.prefix, row.cti)
  if (!line) throw new LicError('NOT_FOUND', `${masked} has no line ${report.line}`)
  if (report.from > report.until || report.until > authority.now() + AHEAD) {
    throw new LicError('INVALID_INPUT', `the report of ${masked} is of a time that has not been`, {
      hint: 'have the clock of the device set right, and ask for another report: lic usage export',
    })
  }
  const anchor = report.anchor ?? null
  await checkDevice(tx, row, anchor)
  const said = {
    ...{ key: formatKey(row.prefix, row.cti), masked, id: toHex(row.cti), customer: row.customer },
    ...{ product: line.product, line: line.number, activation: anchor && activationId(anchor), report },
  }
  const known = await usageOfDevice(tx, row.id, line.number, anchor)
  const result = known === null ? 'recorded' : against(known, report, masked)
  if (result === 'recorded') await recordUsage(tx, authority, row, report)
  return { ...said, result }
}

const licenseOf = async (tx: Tx, { brand }: Authority, { cti }: UsageReport): Promise<License> => {
  const none = new LicError('NOT_FOUND', 'the report is of a license that is not in the ledger', {
    hint: 'compare the key at the site with: lic list',
  })
  const row = await licenseByPrefix(tx, brand, cti.subarray(0, 5)).catch((error: unknown) => {
    throw error instanceof LicError && error.code === 'NOT_FOUND' ? none : error
  })
  if (!equal(row.cti, cti)) throw none
  return row
}

/** A device that this license never had says nothing about it. */
const checkDevice = async (tx: Tx, { id }: License, anchor: Uint8Array | null): Promise<void> => {
  if (anchor === null) return
  const found = await findActivation(tx, anchor)
  if (found?.license === id) return
  throw new LicError('NOT_FOUND', `no device of the license was activated as ${activationId(anchor)}`, {
    hint: 'lic activation list KEY --all shows those that were',
  })
}

const against = (known: KeptUsage, report: UsageReport, masked: string): TakenUsage['result'] => {
  const number = report.number ?? 0
  if (number > known.number) return 'recorded'
  if (number < known.number) return 'older'
  const same =
    known.until === report.until &&
    known.from === report.from &&
    [...report.totals].every(([name, total]) => known.totals[name] === total)
  if (same) return 'repeated'
  throw new LicError('CONFLICT', `another report of ${masked} with the number ${number} is in the ledger`, {
    hint: 'ask the site for a new one: lic usage export; two devices that are not activated cannot be told apart',
  })
}

const recordUsage = async (tx: Tx, authority: Authority, row: License, report: UsageReport): Promise<void> => {
  const { number, from, until, totals, peaks, days, anchor, line } = report
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'usage.reported',
      entity: row.cti,
      brand: row.brand,
      customer: row.customer,
      line,
      ...(anchor && { activation: anchor }),
      data: {
        ...{ number: number ?? null, from, until, totals: Object.fromEntries(totals) },
        ...(peaks && { peaks: Object.fromEntries(peaks) }),
        ...(days && { days: Object.fromEntries(days) }),
      },
    },
    authority.random,
  )
}
