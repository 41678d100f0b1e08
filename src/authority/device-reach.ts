/** Which devices go on with a license that was withdrawn, and until when, as long as no newer list reaches them. */

import { activationId } from '../core/release.ts'
import { standingActivations } from '../ledger/activations.ts'
import type { License } from '../ledger/licenses.ts'
import type { Reader } from '../ledger/schema.ts'
import { isCounted } from './places.ts'
import type { Reach } from './reach.ts'

export interface DeviceReach {
  /** What both sides call the activation by. */
  readonly activation: string
  /** What the vendor or the site calls the device; null: nobody said. */
  readonly label: string | null
  /** The last second, by the reach of the license or the end of its lease; null: for ever. */
  readonly until: number | null
}

/** @param lines numbers of those that are withdrawn */
export const devicesWithin = async (
  db: Reader,
  row: License,
  lines: readonly number[],
  reach: Reach,
  now: number,
): Promise<readonly DeviceReach[]> => {
  const devices: DeviceReach[] = []
  for (const line of lines) {
    for (const each of await standingActivations(db, row.id, line)) {
      if (!isCounted(each, now)) continue
      const ends = [reach.until, each.lease].filter((end) => end !== null)
      devices.push({
        activation: activationId(each.anchor),
        label: each.label ?? each.machineName ?? each.binding,
        until: ends.length === 0 ? null : Math.min(...ends),
      })
    }
  }
  return devices
}
