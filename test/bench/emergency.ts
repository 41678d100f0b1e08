/** An emergency code of a license of three years, at a far hour: the device walks the chain of hashes from the code to its anchor. */

import { anchorOf, emergencyCode, openEmergency, spanOf } from '../../src/core/emergency.ts'
import { atMost, median, type Row } from './row.ts'

const YEAR = 365 * 86_400
const ISSUED = 1_790_000_000
const ROUNDS = 21
/** Milliseconds that a person at the machine does not notice. */
const LIMIT = 60

export const emergencyRows = (): Row[] => {
  const key = { epoch: 1, secret: new Uint8Array(32).fill(9) }
  const subject = { cti: new Uint8Array(10).fill(0x5a), revision: 1 }
  const span = spanOf(ISSUED, ISSUED + 3 * YEAR)
  const anchor = anchorOf(key, subject, span)
  // The last hour has the longest way.
  const hour = span.baseHour + span.length
  const code = emergencyCode(key, subject, span, hour).join('-')
  const taken = Array.from({ length: ROUNDS }, () => {
    const began = performance.now()
    openEmergency(code, anchor, subject, { hour })
    return performance.now() - began
  })
  const took = median(taken)
  const what = `emergency code, ${span.length} hours`
  return [atMost({ what, measured: `${took.toFixed(1)} ms`, limit: `${LIMIT} ms`, ratio: took / LIMIT }, 1)]
}
