/**
 * The slots of a Windows machine: the id from the registry by reg.exe, the rest from one question to CIM by PowerShell, whose
 * answer is JSON. wmic is not used: newer systems come without it.
 */

import type { Source } from '../machine.ts'
import { joined, lowest, machineIdOf, macOf, telling, type Values } from './values.ts'

/** Text in JSON is the same under every code page, as PowerShell escapes nothing but needs no letters here. */
const QUESTION = [
  '$ErrorActionPreference = "SilentlyContinue"',
  '$part = Get-CimInstance Win32_LogicalDisk -Filter "DeviceID=\'$env:SystemDrive\'" | Get-CimAssociatedInstance -ResultClassName Win32_DiskPartition | Select-Object -First 1',
  '$disk = $part | Get-CimAssociatedInstance -ResultClassName Win32_DiskDrive | Select-Object -First 1 SerialNumber',
  '$net = @(Get-CimInstance Win32_NetworkAdapter -Filter "PhysicalAdapter=TRUE" | Select-Object MACAddress, PNPDeviceID)',
  '$board = Get-CimInstance Win32_BaseBoard | Select-Object -First 1 Manufacturer, Product',
  '$cpu = Get-CimInstance Win32_Processor | Select-Object -First 1 Name',
  '@{ disk = $disk; net = $net; board = $board; cpu = $cpu } | ConvertTo-Json -Compress -Depth 4',
].join('; ')

export const windowsValues = async (source: Source): Promise<Values> => {
  const [registry = '', answer = ''] = await Promise.all([
    source.run('reg.exe', 'query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid', '/reg:64'),
    source.run('powershell.exe', '-NoProfile', '-NonInteractive', '-Command', QUESTION),
  ])
  const { disk, net, board, cpu } = answerOf(answer)
  return [
    machineIdOf(/MachineGuid\s+REG_SZ\s+(\S+)/.exec(registry)?.[1]),
    telling(textOf(disk, 'SerialNumber')?.replace(/\.$/, '')),
    macIn(net),
    joined(textOf(board, 'Manufacturer'), textOf(board, 'Product')),
    telling(textOf(cpu, 'Name')),
  ]
}

type Entry = Readonly<Record<string, unknown>>

const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null

const answerOf = (json: string): Entry => {
  try {
    const value: unknown = JSON.parse(json.replace(/^\uFEFF/, ''))
    return isEntry(value) ? value : {}
  } catch {
    return {}
  }
}

const textOf = (entry: unknown, name: string): string | undefined => {
  const value = isEntry(entry) ? entry[name] : undefined
  return typeof value === 'string' ? value : undefined
}

/** Windows calls some virtual adapters physical; those on no real bus are left out, and plugged-in ones come last. */
const macIn = (net: unknown): string | undefined => {
  const adapters = Array.isArray(net) ? net : [net]
  const on = (bus: RegExp): string | undefined =>
    lowest(
      adapters
        .filter((each) => bus.test(textOf(each, 'PNPDeviceID') ?? ''))
        .map((each) => macOf(textOf(each, 'MACAddress'))),
    )
  return on(/^(PCI|ACPI|SDIO|VMBUS)\\/i) ?? on(/^USB\\/i)
}
