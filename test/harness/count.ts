/** A product at work on a device, for transcripts: it counts as the gate does, and says `exports 12 hour=100`. */

import { meterKey } from '../../src/device/counters/content.ts'
import type { Period } from '../../src/device/counters/count.ts'
import { openCounters } from '../../src/device/counters/counters.ts'
import { counterPlaces } from '../../src/device/counters/places.ts'
import { type DeviceOptions, placesOf } from '../../src/device/device.ts'

interface Counting extends Pick<DeviceOptions, 'machine' | 'now' | 'random'> {
  readonly cwd: string
  readonly state: string
}

export const countOn = async (
  { machine, now, random, cwd, state }: Counting,
  [product = '', name = '', amount = '', limit = '']: readonly string[],
): Promise<boolean> => {
  const [period = '', value = '0'] = limit.split('=')
  const counters = openCounters({
    places: counterPlaces(placesOf({ env: {}, cwd, homedir: cwd }, { state, system: false })),
    rights: { shared: false, uid: machine.uid },
    random,
    moment: () => ({ at: now(), uptime: machine.uptime(), boot: machine.bootId() }),
    after: () => () => undefined,
  })
  const ceiling = { value: Number(value), period: period as Period }
  const { granted } = await counters.take(meterKey(product, name), Number(amount), ceiling)
  await counters.close()
  return granted
}
