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

let left = Number(wanted)
const one = async (): Promise<void> => {
  while (left-- > 0) {
    const ceiling = { value: Number(value), period: verb === 'hold' ? ('concurrent' as const) : ('total' as const) }
    const { granted } = await (verb === 'hold' ? counters.hold(key, ceiling) : counters.take(key, 1, ceiling))
    // Written before anything else is done: whoever reads it knows that it was acknowledged.
    process.stdout.write(granted ? '+' : '-')
    if (!granted) return
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, one))
// Whoever holds something holds it until it is told to end.
if (verb === 'hold') await new Promise((resolve) => process.stdin.resume().once('end', resolve))
await counters.close()
