/**
 * How large the machine is, for licenses by processor or by core: sockets and physical cores of the real host, as the system
 * counts them. A container sees those of the machine that it runs on, whatever it may use of them.
 */

import { cpus } from 'node:os'
import type { Machine } from '../device/machine.ts'

export interface Host {
  /** Sockets that hold a processor. */
  readonly cpu: number
  /** Physical cores; logical ones where the system does not tell them apart. */
  readonly core: number
}

export const hostOf = async (machine: Machine): Promise<Host> => {
  const logical = Math.max(cpus().length, 1)
  switch (machine.platform) {
    case 'linux':
      return linuxHost(machine.read('/proc/cpuinfo') ?? '') ?? { cpu: 1, core: logical }
    case 'darwin': {
      const told = (await machine.run('/usr/sbin/sysctl', '-n', 'hw.packages', 'hw.physicalcpu'))?.trim().split(/\s+/)
      const [cpu, core] = (told ?? []).map(Number)
      return { cpu: cpu || 1, core: core || logical }
    }
    case 'win32': {
      const told = (await machine.run('powershell.exe', '-NoProfile', '-NonInteractive', '-Command', QUESTION)) ?? ''
      const [, cpu, core] = /(\d+)\s+(\d+)/.exec(told) ?? []
      return { cpu: Number(cpu) || 1, core: Number(core) || logical }
    }
    default:
      return { cpu: 1, core: logical }
  }
}

const QUESTION =
  '$all = @(Get-CimInstance Win32_Processor); "$($all.Count) $(($all | Measure-Object NumberOfCores -Sum).Sum)"'

/** One block a logical processor; its socket and core by number where the architecture has them. */
const linuxHost = (cpuinfo: string): Host | undefined => {
  const blocks = cpuinfo.split(/\n\s*\n/).filter((block) => /^processor\s*:/m.test(block))
  if (blocks.length === 0) return undefined
  const of = (block: string, name: string): string => new RegExp(`^${name}\\s*:\\s*(\\d+)`, 'm').exec(block)?.[1] ?? ''
  const sockets = new Set(blocks.map((block) => of(block, 'physical id')))
  const named = blocks.every((block) => of(block, 'core id') !== '')
  const cores = new Set(blocks.map((block) => `${of(block, 'physical id')}/${of(block, 'core id')}`))
  return { cpu: sockets.size, core: named ? cores.size : blocks.length }
}
