/**
 * Machines for tests: a Linux one made from a name, with five slots that follow from it, each of which can be changed or taken
 * away. The same files are read as on a real one, so the providers run as they are.
 */

import { createHash } from 'node:crypto'
import type { Machine } from '../../src/device/machine.ts'

export interface Made {
  /** Slots that are not those of the name: another text, or null for none. */
  readonly id?: string | null
  readonly disk?: string | null
  readonly mac?: string | null
  readonly board?: string | null
  readonly cpu?: string | null
  readonly hostname?: string
  readonly uptime?: number
  readonly boot?: string
}

const hex = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length)

/** Files of a machine whose root is the first partition of an NVMe disk. */
const filesOf = (name: string, made: Made): Readonly<Record<string, string>> => {
  const value = (given: string | null | undefined, own: string): string => (given === null ? '' : (given ?? own))
  const mac = value(made.mac, `00${hex(`mac ${name}`, 10)}`)
  const disk = '/sys/devices/pci/nvme/nvme0/nvme0n1'
  return {
    '/etc/machine-id': `${value(made.id, hex(`id ${name}`, 32))}\n`,
    '/proc/self/mountinfo': '20 1 259:1 / / rw,relatime - ext4 /dev/nvme0n1p1 rw\n',
    [`${disk}/nvme0n1p1/partition`]: '1\n',
    [`${disk}/device/serial`]: `${value(made.disk, hex(`disk ${name}`, 12))}\n`,
    '/sys/class/net/eth0/type': '1\n',
    '/sys/class/net/eth0/addr_assign_type': '0\n',
    '/sys/class/net/eth0/address': `${mac}\n`,
    '/sys/class/dmi/id/board_name': `${value(made.board, `Board ${hex(`board ${name}`, 6)}`)}\n`,
    '/proc/cpuinfo': `processor\t: 0\nmodel name\t: ${value(made.cpu, `Processor ${hex(`cpu ${name}`, 6)}`)}\n`,
  }
}

const LINKS: Readonly<Record<string, string>> = {
  '/sys/dev/block/259:1': '/sys/devices/pci/nvme/nvme0/nvme0n1/nvme0n1p1',
  '/sys/class/net/eth0/device': '/sys/devices/pci/net0',
}

export const madeMachine = (name: string, made: Made = {}): Machine => {
  const files = filesOf(name, made)
  return {
    platform: 'linux',
    hostname: made.hostname ?? `${name}.test`,
    os: 'linux 6.1.0',
    // The state's directories are real ones.
    uid: process.geteuid?.(),
    read: (path) => files[path],
    list: (path) => (path === '/sys/class/net' ? ['eth0'] : []),
    resolve: (path) => LINKS[path],
    run: async () => undefined,
    uptime: () => made.uptime ?? 1000,
    bootId: () => made.boot ?? `boot of ${name}`,
  }
}
