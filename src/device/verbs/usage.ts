/**
 * `lic usage export`: what was counted for a product on this device, as a report that crosses to the vendor by hand (FORMAT 15).
 * Totals are those of all the time since counting began, so a report that is lost on the way is made good by the next.
 */

import { LicError } from '../../core/errors.ts'
import type { GrantedLine } from '../../core/rights.ts'
import { fittingUsage, readUsage, type UsageReport } from '../../core/usage.ts'
import type { Counts } from '../counters/content.ts'
import { openCounters } from '../counters/counters.ts'
import type { Hours } from '../counters/history.ts'
import { DAY, HOUR, spanOf } from '../counters/periods.ts'
import { counterPlaces } from '../counters/places.ts'
import type { Device } from '../device.ts'
import { type Held, pick } from '../held.ts'
import { type LicenseMatch, lineFor } from '../match.ts'
import { situationIn } from '../situation.ts'

export interface ExportInput {
  /** Absent = the only license. */
  readonly license: LicenseMatch | undefined
  readonly product: string | undefined
  /** Absolute; absent = in the state. */
  readonly usage: string | undefined
  /** The state is read by a group. */
  readonly shared: boolean
}

export interface ExportResult {
  readonly held: Held
  readonly line: GrantedLine
  readonly report: UsageReport
  readonly bytes: Uint8Array
  /** Named users who have a place now. */
  readonly users: number
}

/** The name that named users are reported under, as there is no limit of theirs. */
const USERS = 'users'

/** @throws LicError LICENSE_MISSING, NOT_FOUND (nothing was counted), AMBIGUOUS, and as counters do */
export const exportUsage = async (device: Device, input: ExportInput): Promise<ExportResult> => {
  const { held: all, clock } = await situationIn(device, device.store.read().state)
  const held = pick(all, input.license)
  const line = lineFor(held, input.product, [...held.license.lines.values()])
  const counters = openCounters({
    places: counterPlaces(device.places, input.usage),
    rights: { shared: input.shared && input.usage === undefined, uid: device.machine.uid },
    random: device.random,
    moment: () => ({ at: clock.now, uptime: device.machine.uptime(), boot: device.machine.bootId() }),
    // Nothing is held here, so nothing has to be said again and again.
    after: () => () => undefined,
  })
  try {
    const counts = await counters.read()
    const hours = await counters.history()
    const users = await counters.users.count(line.product)
    const own = [...counts.meters.keys()].filter((key) => key.startsWith(`${line.product}/`))
    if (own.length === 0 && users === undefined) {
      throw new LicError('NOT_FOUND', `nothing was counted here for ${line.product}`, {
        hint: 'the product counts; if it keeps its counters elsewhere, name the directory with --usage',
      })
    }
    const number = device.dryRun ? counts.reports + 1 : await counters.nextReport()
    const anchor = held.activations.filter(({ answer }) => answer.line === line.number).at(-1)?.answer.anchor
    const bytes = fittingUsage({
      cti: held.license.cti,
      line: line.number,
      from: counts.since || clock.now,
      until: counts.at,
      ...figures(counts, hours, line.product, users),
      anchor,
      number,
    })
    return { held, line, report: readUsage(bytes), bytes, users: users ?? 0 }
  } finally {
    await counters.close()
  }
}

const figures = (
  counts: Counts,
  hours: Hours,
  product: string,
  users: number | undefined,
): Pick<UsageReport, 'totals' | 'peaks' | 'days'> => {
  const prefix = `${product}/`
  const own = [...counts.meters].filter(([key]) => key.startsWith(prefix))
  const names = own.map(([key, meter]) => ({ name: key.slice(prefix.length), key, meter }))
  const days = names.flatMap(({ name, key, meter }): [string, [number, readonly number[]]][] => {
    const sums = new Map<number, number>()
    for (const [hour, tallies] of [...hours, [spanOf('hour', counts.at), new Map([[key, meter.hour]])] as const]) {
      const day = Math.floor((hour * HOUR) / DAY)
      const count = tallies.get(key) ?? 0
      if (count > 0) sums.set(day, (sums.get(day) ?? 0) + count)
    }
    if (sums.size === 0) return []
    const first = Math.min(...sums.keys())
    const length = Math.max(...sums.keys()) - first + 1
    return [[name, [first, Array.from({ length }, (_, i) => sums.get(first + i) ?? 0)]]]
  })
  const peaks = [
    ...names.map(({ name, meter }): [string, number] => [name, meter.peak]),
    ...(users === undefined ? [] : [[USERS, users] as [string, number]]),
  ].filter(([, peak]) => peak > 0)
  return {
    totals: new Map(names.filter(({ meter }) => meter.total > 0).map(({ name, meter }) => [name, meter.total])),
    peaks: peaks.length === 0 ? undefined : new Map(peaks),
    days: days.length === 0 ? undefined : new Map(days),
  }
}
