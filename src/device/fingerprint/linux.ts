/**
 * The slots of a Linux machine, from /etc, /proc, /sys and the database of udev: files that anybody may read. Serial numbers
 * that only root may read are not used, so that a service and its administrator see the same machine.
 */

import type { Source } from '../machine.ts'
import { joined, lowest, machineIdOf, macOf, telling, type Values } from './values.ts'

export const linuxValues = (source: Source): Values => [
  machineIdOf(source.read('/etc/machine-id')) ?? machineIdOf(source.read('/var/lib/dbus/machine-id')),
  diskSerial(source),
  mac(source),
  board(source),
  cpu(source),
]

/** The hardware below `/`: through partitions, encryption and volume groups down to the first disk. */
const diskSerial = (source: Source): string | undefined => {
  const place = rootDevice(source)
  const disk = place === undefined ? undefined : diskBelow(source, place, 0)
  return disk === undefined ? undefined : serialOf(source, disk)
}

/** The directory of the root's block device in /sys; undefined for an overlay or a network file system. */
const rootDevice = (source: Source): string | undefined => {
  const mounts = (source.read('/proc/self/mountinfo') ?? '').split('\n').map((line) => line.split(' '))
  // The last mount on a place is the one that is seen.
  const root = mounts.filter(([, , , , point]) => point === '/').at(-1)
  if (root === undefined) return undefined
  const found = source.resolve(`/sys/dev/block/${root[2]}`)
  if (found !== undefined) return found
  // Btrfs mounts have numbers of their own, and name the device behind the dash.
  const device = root[root.indexOf('-') + 2] ?? ''
  const name = (source.resolve(device) ?? device).replace(/^\/dev\//, '')
  return device.startsWith('/dev/') ? source.resolve(`/sys/class/block/${name}`) : undefined
}

/** No stack of devices is deeper than this. */
const DEPTH = 8

const diskBelow = (source: Source, place: string, depth: number): string | undefined => {
  if (depth > DEPTH) return undefined
  if (source.read(`${place}/partition`) !== undefined) {
    return diskBelow(source, place.slice(0, place.lastIndexOf('/')), depth + 1)
  }
  const [first] = source.list(`${place}/slaves`)
  if (first === undefined) return place
  const below = source.resolve(`${place}/slaves/${first}`)
  return below === undefined ? undefined : diskBelow(source, below, depth + 1)
}

const serialOf = (source: Source, disk: string): string | undefined => {
  const number = source.read(`${disk}/dev`)?.trim()
  const known = source.read(`/run/udev/data/b${number}`) ?? ''
  return (
    telling(/^E:ID_SERIAL_SHORT=(.*)$/m.exec(known)?.[1]) ??
    telling(source.read(`${disk}/device/serial`)) ??
    telling(source.read(`${disk}/serial`)) ??
    // SCSI: four bytes of heading, then the serial number.
    telling(source.read(`${disk}/device/vpd_pg80`)?.slice(4))
  )
}

/** ARPHRD_ETHER. */
const ETHERNET = '1'

/** A plugged-in adapter comes and goes, so it counts only where nothing else is there. */
const mac = (source: Source): string | undefined => {
  const physical = source
    .list('/sys/class/net')
    .map((name) => `/sys/class/net/${name}`)
    .filter((place) => source.read(`${place}/type`)?.trim() === ETHERNET)
    .map((place) => ({ place, device: source.resolve(`${place}/device`) }))
    .filter((each) => each.device !== undefined)
  const usb = (device: string | undefined): boolean => device?.includes('/usb') === true
  return (
    lowest(physical.filter(({ device }) => !usb(device)).map(({ place }) => address(source, place))) ??
    lowest(physical.filter(({ device }) => usb(device)).map(({ place }) => address(source, place)))
  )
}

/** The burned-in address: one that was drawn at start or set by hand says nothing. */
const address = (source: Source, place: string): string | undefined => {
  const bonded = source.read(`${place}/bonding_slave/perm_hwaddr`)
  if (bonded !== undefined) return macOf(bonded)
  return source.read(`${place}/addr_assign_type`)?.trim() === '0' ? macOf(source.read(`${place}/address`)) : undefined
}

const DMI = '/sys/class/dmi/id'

const board = (source: Source): string | undefined => {
  const dmi = (name: string): string | undefined => telling(source.read(`${DMI}/${name}`))
  const name = dmi('board_name')
  const product = dmi('product_name')
  if (name !== undefined) return joined(dmi('board_vendor'), name)
  if (product !== undefined) return joined(dmi('sys_vendor'), product)
  return telling(source.read('/proc/device-tree/model'))
}

const cpu = (source: Source): string | undefined => {
  const text = source.read('/proc/cpuinfo') ?? ''
  const field = (name: string): string | undefined =>
    telling(new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, 'mi').exec(text)?.[1])
  return (
    field('model name') ??
    field('Hardware') ??
    // ARM names no model: maker, part and variant do.
    joined(field('CPU implementer'), field('CPU variant'), field('CPU part')) ??
    field('cpu')
  )
}
