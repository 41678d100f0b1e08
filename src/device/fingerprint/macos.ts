/** The slots of a Mac, from what ioreg and sysctl print. The parsers are pure; which lines are looked for is told by the tools. */

import type { Source } from '../machine.ts'
import { lowest, machineIdOf, macOf, telling, type Values } from './values.ts'

export const macosValues = async (source: Source): Promise<Values> => {
  const [platform = '', disks = '', networks = '', cpu] = await Promise.all([
    source.run('/usr/sbin/ioreg', '-rd1', '-c', 'IOPlatformExpertDevice'),
    source.run('/usr/sbin/ioreg', '-r', '-c', 'IOBlockStorageDevice', '-d', '1'),
    source.run('/usr/sbin/ioreg', '-r', '-c', 'IOEthernetInterface', '-l'),
    source.run('/usr/sbin/sysctl', '-n', 'machdep.cpu.brand_string'),
  ])
  return [
    machineIdOf(quoted(platform, 'IOPlatformUUID')),
    internalSerial(disks),
    builtInMac(networks),
    // A board's id where there is one; Apple silicon has the model alone.
    telling(data(platform, 'board-id')) ?? telling(data(platform, 'model')),
    telling(cpu),
  ]
}

/** `"Name" = "value"` */
const quoted = (text: string, name: string): string | undefined =>
  new RegExp(`"${name}"\\s*=\\s*"([^"]*)"`).exec(text)?.[1]

/** `"Name" = <"value">` */
const data = (text: string, name: string): string | undefined =>
  new RegExp(`"${name}"\\s*=\\s*<"([^"]*)">`).exec(text)?.[1]

/** One entry a registry object: they begin with `+-o`. */
const entries = (text: string): readonly string[] => text.split(/^(?=[ |]*\+-o )/m)

const internalSerial = (text: string): string | undefined =>
  entries(text)
    .filter((each) => /"Physical Interconnect Location"\s*=\s*"Internal"/.test(each))
    .map((each) => telling(quoted(each, 'Serial Number')))
    .find((each) => each !== undefined)

const builtInMac = (text: string): string | undefined =>
  lowest(
    entries(text)
      .filter((each) => /"IOBuiltin"\s*=\s*Yes/.test(each))
      .map((each) => macOf(/"IOMACAddress"\s*=\s*<([0-9a-f]{12})>/.exec(each)?.[1])),
  )
