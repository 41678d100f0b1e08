/** The state of a device: who may look at it, what becomes of it when it is touched, and several processes at once. */

import {
  chmodSync,
  cpSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LicError } from '../../src/core/errors.ts'
import { placesOf } from '../../src/device/device.ts'
import { EMPTY, readState, type State, writeState } from '../../src/device/state/content.ts'
import { seal, unseal } from '../../src/device/state/seal.ts'
import { openStore, type Places, type Step, type Store } from '../../src/device/state/store.ts'
import { seeded } from '../harness/world.ts'
import { newPlaces } from './vendor.ts'

const HOME = new Uint8Array(11)
const uid = statSync('.').uid === process.getuid?.() ? process.getuid?.() : undefined
let count = 0
const storeIn = (
  places: Places,
  { shared = false, reached }: { shared?: boolean; reached?: (step: Step) => void } = {},
): Store =>
  openStore(places, {
    rights: { shared, uid: process.getuid?.() },
    random: seeded(`store ${count++}`),
    home: async () => HOME,
    reached,
  })

const raise = (store: Store, by = 1): Promise<number> =>
  store.update(async (state) => ({ state: { ...state, floor: state.floor + by }, value: state.floor + by }))

const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}
const only = (dir: string): string => join(dir, readdirSync(dir)[0] ?? '')

describe('the state', () => {
  it('is written and read as it is', () => {
    const state: State = {
      ...EMPTY,
      floor: 7,
      starts: 3,
      boot: { id: 'b', uptime: 9, right: true },
      compromised: [[new Uint8Array(8), 1, 2, new Uint8Array(32)]],
      tombstones: [
        { cti: new Uint8Array(10), prefix: 'EDIT', product: 'editor', line: 0, secret: new Uint8Array(13), at: 5 },
      ],
      highestHour: 497_000,
    }
    expect(readState(writeState(state))).toEqual(state)
  })

  it('is refused with one bit changed, whichever', () => {
    const bytes = seal({ generation: 4, home: HOME, state: { ...EMPTY, floor: 99 } })
    expect(unseal(bytes)?.state.floor).toBe(99)
    for (let at = 0; at < bytes.length; at++) {
      expect(unseal(bytes.map((b, i) => (i === at ? b ^ (1 << (at % 8)) : b))), `byte ${at}`).toBeUndefined()
    }
    for (let length = 0; length < bytes.length; length += 5) expect(unseal(bytes.slice(0, length))).toBeUndefined()
  })
})

describe('its directory', () => {
  it('is for its owner alone, and so are its files', async () => {
    const places = newPlaces()
    await raise(storeIn(places))
    for (const dir of [places.dir, places.mirror]) {
      expect(lstatSync(dir).mode & 0o777).toBe(0o700)
      expect(lstatSync(only(dir)).mode & 0o777).toBe(0o600)
      expect(readdirSync(dir).length).toBe(1)
    }
    expect(uid).toBeDefined()
  })

  it('is refused as a symbolic link, a file, or open to others, and nothing is written', async () => {
    for (const place of ['dir', 'mirror'] as const) {
      const places = newPlaces()
      await raise(storeIn(places))
      const before = readFileSync(only(places.dir))
      chmodSync(places[place], 0o755)
      expect(await codeOf(() => raise(storeIn(places)))).toBe('STATE_EXPOSED')
      chmodSync(places[place], 0o700)
      const moved = `${places[place]}.moved`
      cpSync(places[place], moved, { recursive: true })
      rmSync(places[place], { recursive: true })
      symlinkSync(moved, places[place])
      expect(await codeOf(() => raise(storeIn(places)))).toBe('STATE_EXPOSED')
      rmSync(places[place])
      cpSync(moved, places[place], { recursive: true })
      expect(readFileSync(only(places.dir))).toEqual(before)
    }
    const places = newPlaces()
    writeFileSync(places.dir, '')
    expect(await codeOf(() => raise(storeIn(places)))).toBe('UNREADABLE')
  })

  it('refuses a file that others may read', async () => {
    const places = newPlaces()
    await raise(storeIn(places))
    chmodSync(only(places.dir), 0o644)
    expect(await codeOf(() => storeIn(places).read())).toBe('STATE_EXPOSED')
  })

  it('is readable by its group where that is wanted', async () => {
    const places = newPlaces()
    await raise(storeIn(places, { shared: true }))
    expect(lstatSync(places.dir).mode & 0o777).toBe(0o750)
    expect(lstatSync(only(places.dir)).mode & 0o777).toBe(0o640)
    chmodSync(places.dir, 0o755)
    expect(await codeOf(() => storeIn(places, { shared: true }).read())).toBe('STATE_EXPOSED')
    chmodSync(places.dir, 0o770)
    expect(await codeOf(() => storeIn(places, { shared: true }).read())).toBe('STATE_EXPOSED')
  })

  it('lies where it is named, and its second copy in another tree', () => {
    const world = { env: {}, cwd: '/desk', homedir: '/home/a' }
    const at = (env: Record<string, string>, state?: string, system = false) =>
      placesOf({ ...world, env }, { state, system })
    expect(at({})).toMatchObject({ dir: '/home/a/.local/state/lic/device', mirror: '/home/a/.config/lic/device' })
    expect(at({ XDG_STATE_HOME: '/s', XDG_CONFIG_HOME: '/c' })).toMatchObject({
      dir: '/s/lic/device',
      mirror: '/c/lic/device',
    })
    expect(at({ LIC_STATE: 'x' })).toMatchObject({ dir: '/desk/x', mirror: '/desk/.x.mirror' })
    expect(at({ LIC_STATE: 'x' }, 'y').dir).toBe('/desk/y')
    expect(at({}, undefined, true)).toMatchObject({ dir: '/var/lib/lic', mirror: '/var/lib/.lic.mirror' })
  })
})

describe('what becomes of it', () => {
  const three = async (): Promise<Places> => {
    const places = newPlaces()
    for (let i = 0; i < 3; i++) await raise(storeIn(places))
    return places
  }

  it.each(['dir', 'mirror'] as const)(
    'one copy edited, deleted or put back (%s): the other counts, and both are mended',
    async (hurt) => {
      const edit = (path: string) =>
        writeFileSync(
          path,
          readFileSync(path).map((b, i) => (i === 20 ? b ^ 1 : b)),
        )
      const harms: ((dir: string) => void)[] = [
        (dir) => edit(only(dir)),
        (dir) => writeFileSync(only(dir), ''),
        (dir) => rmSync(dir, { recursive: true }),
        (dir) => rmSync(only(dir)),
      ]
      for (const harm of harms) {
        const places = await three()
        harm(places[hurt])
        expect(storeIn(places).read().state.floor).toBe(3)
        expect(await raise(storeIn(places))).toBe(4)
        expect(
          storeIn(places)
            .read()
            .copies.map(({ found }) => found),
        ).toEqual(['whole', 'whole'])
      }
      const places = await three()
      const old = `${places[hurt]}.old`
      cpSync(places[hurt], old, { recursive: true })
      await raise(storeIn(places))
      rmSync(places[hurt], { recursive: true })
      cpSync(old, places[hurt], { recursive: true })
      expect(storeIn(places).read().state.floor).toBe(4)
      expect(await raise(storeIn(places))).toBe(5)
    },
  )

  it('both edited: refused; both deleted: begun anew', async () => {
    const places = await three()
    for (const dir of [places.dir, places.mirror]) writeFileSync(only(dir), 'edited')
    expect(await codeOf(() => storeIn(places).read())).toBe('STATE_DAMAGED')
    expect(await codeOf(() => raise(storeIn(places)))).toBe('STATE_DAMAGED')
    for (const dir of [places.dir, places.mirror]) rmSync(dir, { recursive: true })
    expect(storeIn(places).read()).toMatchObject({ generation: 0, state: EMPTY })
  })

  it('a second copy that cannot be written keeps nobody from work', async () => {
    const places = newPlaces()
    const file = join(dirname(places.mirror), 'file')
    writeFileSync(file, '')
    const nowhere = { ...places, mirror: join(file, 'mirror') }
    expect(await raise(storeIn(nowhere))).toBe(1)
    expect(
      storeIn(nowhere)
        .read()
        .copies.map(({ found }) => found),
    ).toEqual(['whole', 'none'])
  })

  it('a place where no directory can be is named, and nobody waits', async () => {
    const nowhere = { ...newPlaces(), dir: '/proc/lic/state' }
    expect(await codeOf(() => raise(storeIn(nowhere)))).toBe('UNWRITABLE')
  })

  it('a crash at any step leaves a whole state', async () => {
    for (const step of ['begin', 'written', 'mirrored', 'pruned'] as const) {
      const places = await three()
      const crashing = storeIn(places, {
        reached: (at) => {
          if (at === step) throw new Error('power')
        },
      })
      await expect(raise(crashing)).rejects.toThrow('power')
      const floor = step === 'begin' ? 3 : 4
      expect(storeIn(places).read().state.floor).toBe(floor)
      expect(await raise(storeIn(places))).toBe(floor + 1)
    }
  })
})

it('many writers at once lose nothing', async () => {
  const places = newPlaces()
  const writers = Array.from({ length: 20 }, async () => {
    const store = storeIn(places)
    // Between reading and writing others get their turn.
    for (let i = 0; i < 5; i++) {
      await store.update(async (state) => {
        await new Promise((go) => setImmediate(go))
        return { state: { ...state, floor: state.floor + 1 }, value: undefined }
      })
    }
  })
  await Promise.all(writers)
  expect(storeIn(places).read().state.floor).toBe(100)
  expect(readdirSync(places.dir).length).toBe(1)
})
