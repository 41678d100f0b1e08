/** The five slots of recorded machines, and what a binding makes of them. */

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { deviceMatches, identitySlots, machineDevice } from '../../src/core/device.ts'
import { LicError } from '../../src/core/errors.ts'
import { allowedBy, checkStrength, deviceNow, parseBinding, slotsOf } from '../../src/device/fingerprint/binding.ts'
import { machineIdOf, macOf, telling } from '../../src/device/fingerprint/values.ts'
import { type Source, thisMachine } from '../../src/device/machine.ts'
import { madeMachine } from '../harness/machine.ts'
import { CTI } from './vendor.ts'

interface Recorded {
  readonly platform: string
  readonly expected: readonly (string | null)[]
  readonly files?: Readonly<Record<string, string>>
  readonly links?: Readonly<Record<string, string>>
  readonly directories?: Readonly<Record<string, readonly string[]>>
  readonly runs?: Readonly<Record<string, string>>
}
const FOLDER = new URL('../fixtures/machines/', import.meta.url)
const recorded = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map(
    (name) => [name.replace('.json', ''), JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Recorded] as const,
  )

const sourceOf = ({ platform, files = {}, links = {}, directories = {}, runs = {} }: Recorded): Source => ({
  platform,
  read: (path) => files[path],
  list: (path) => directories[path] ?? [],
  resolve: (path) => links[path],
  run: async (program, ...words) => {
    const line = [program.split('/').at(-1), ...words].join(' ')
    return Object.entries(runs).find(([begin]) => line.startsWith(begin))?.[1]
  },
})

describe('the slots of', () => {
  it.each(recorded)('%s', async (_, machine) => {
    expect(await slotsOf(sourceOf(machine))).toEqual(machine.expected.map((each) => each ?? undefined))
  })

  it('this machine, which shows at least its processor or its id', async () => {
    const slots = await slotsOf(thisMachine())
    expect(slots.some((each) => each !== undefined)).toBe(true)
    expect(await slotsOf(thisMachine())).toEqual(slots)
  })

  it('a machine that shows nothing', async () => {
    for (const platform of ['linux', 'darwin', 'win32', 'freebsd']) {
      expect(await slotsOf(sourceOf({ platform, expected: [] }))).toEqual(Array(5).fill(undefined))
    }
  })
})

it('what many machines share says nothing', () => {
  for (const blank of [
    '',
    ' ',
    '0',
    '0000000',
    'None',
    'To be filled by O.E.M.',
    'Default string',
    'Not Specified',
    'QM00001',
    'N/A',
  ]) {
    expect(telling(blank), blank).toBeUndefined()
  }
  for (const id of ['', '0'.repeat(32), 'f'.repeat(32), 'uninitialized', '0123'])
    expect(machineIdOf(id), id).toBeUndefined()
  for (const mac of ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', 'x'])
    expect(macOf(mac), mac).toBeUndefined()
  expect(machineIdOf('{4C4C4544-0000-1020-3040-5060708090A0}')).toBe('4c4c45440000102030405060708090a0')
})

describe('a binding', () => {
  it('is read strictly', () => {
    expect(parseBinding('machine')).toEqual({ kind: 'machine' })
    expect(parseBinding('id=press-4')).toEqual({ kind: 'id', text: 'press-4' })
    expect(parseBinding('url=https://x.example/a=b')).toEqual({ kind: 'url', text: 'https://x.example/a=b' })
    for (const bad of [
      '',
      'house',
      'id',
      'url',
      'machine=x',
      'hostname=x',
      'id=',
      'id= ',
      'id=a\nb',
      `id=${'x'.repeat(129)}`,
    ]) {
      expect(() => parseBinding(bad), bad).toThrow(LicError)
    }
  })

  it('of a machine binds from two identity slots on', async () => {
    const strong = madeMachine('lab', { board: null, cpu: null, disk: null })
    const device = deviceNow(strong, await slotsOf(strong), CTI, { kind: 'machine' })
    expect(() => checkStrength(device, false)).not.toThrow()
    for (const weak of [
      { disk: null, mac: null },
      { id: null, mac: null },
      { id: null, disk: null, mac: null },
    ]) {
      const machine = madeMachine('lab', weak)
      const made = deviceNow(machine, await slotsOf(machine), CTI, { kind: 'machine' })
      expect(identitySlots(made)).toBeLessThan(2)
      expect(() => checkStrength(made, false)).toThrow(LicError)
      expect(() => checkStrength(made, true)).not.toThrow()
    }
    const nothing = deviceNow(strong, [undefined, undefined, undefined, undefined, undefined], CTI, { kind: 'machine' })
    expect(() => checkStrength(nothing, true)).toThrow(LicError)
  })

  it('says which count', () => {
    expect(allowedBy(15)).toEqual(['machine', 'hostname', 'url', 'id'])
    expect(allowedBy(16 | 1)).toEqual(['machine'])
    expect(allowedBy(10)).toEqual(['hostname', 'id'])
  })
})

describe('two machines', () => {
  const slots = (machine: ReturnType<typeof madeMachine>) => slotsOf(machine)

  it('mixed in one request activate neither', async () => {
    const a = await slots(madeMachine('a'))
    const b = await slots(madeMachine('b'))
    const live = [machineDevice(CTI, a), machineDevice(CTI, b)]
    for (let mask = 1; mask < 31; mask++) {
      const mixed = machineDevice(
        CTI,
        a.map((each, slot) => ((mask >> slot) & 1 ? each : b[slot])),
      )
      const matching = live.filter((each) => deviceMatches(mixed, each, { exact: false, leased: true })).length
      const fromA = [0, 1, 2, 3, 4].filter((slot) => (mask >> slot) & 1).length
      expect(matching, `${fromA} slots of a`).toBe(fromA === 4 || fromA === 1 ? 1 : 0)
    }
    const half = machineDevice(
      CTI,
      a.map((each, slot) => (slot % 2 ? each : b[slot])),
    )
    expect(live.some((each) => deviceMatches(half, each, { exact: false, leased: true }))).toBe(false)
  })
})
