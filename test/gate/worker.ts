/**
 * One process of a product, for tests of what several of them share: counts as fast as it can and says each yes on its own line
 * as soon as it has it. Run by plain Node from a bundle, so that it can be killed.
 */

import { randomBytes } from 'node:crypto'
import { uptime } from 'node:os'
import { type Counters, openCounters } from '../../src/device/counters/counters.ts'
import { counterPlaces } from '../../src/device/counters/places.ts'

const [dir = '', key = '', value = '0', wanted = '0', inFlight = '1', verb = 'take'] = process.argv.slice(2)

const counters: Counters = openCounters({
  places: counterPlaces({ dir, mirror: `${dir}.mirror`, released: dir }),
  rights: { shared: false, uid: process.getuid?.() },
  random: (length) => new Uint8Array(randomBytes(length)),
  moment: () => ({ at: Math.floor(Date.now() / 1000), uptime: Math.floor(uptime()), boot: 'this one' }),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, milliseconds)
    return () => clearTimeout(timer)
  },
})

const limit = Number(value)
const VERBS: Readonly<Record<string, (n: number) => Promise<{ readonly granted: boolean }>>> = {
  take: () => counters.take(key, 1, { value: limit, period: 'total' }),
  hold: () => counters.hold(key, { value: limit, period: 'concurrent' }),
  // Names of its own, which lie all over those of the others.
  assign: (n) => counters.users.assign(key, `${(n * 7919) % 1000} of ${process.pid}`, limit),
}

let left = Number(wanted)
const one = async (): Promise<void> => {
  while (left-- > 0) {
    const { granted } = (await VERBS[verb]?.(left)) ?? { granted: false }
    // Written before anything else is done: whoever reads it knows that it was acknowledged.
    process.stdout.write(granted ? '+' : '-')
    if (!granted) return
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, one))
// Whoever holds something holds it until it is told to end.
if (verb === 'hold') await new Promise((resolve) => process.stdin.resume().once('end', resolve))
await counters.close()
