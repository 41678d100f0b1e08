/**
 * Counting by several processes at once: a limit is never exceeded, whoever is killed when; what was acknowledged is never lost;
 * what is edited by hand is noticed. The processes are real ones.
 */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openChain } from '../../src/device/counters/chain.ts'
import { type Counters, openCounters } from '../../src/device/counters/counters.ts'
import { endOf, SPANS, spanOf, startOf } from '../../src/device/counters/periods.ts'
import { counterPlaces } from '../../src/device/counters/places.ts'
import { seeded } from '../harness/world.ts'
import { type Process, processes } from './processes.ts'
import { DAY, FakeWorld, HOUR, newRoot, START } from './site.ts'

const SLOW = process.env.SLOW === '1'
const start = processes()

let opened = 0
const here = (dir: string, world: FakeWorld, boot = 'this one'): Counters =>
  openCounters({
    places: counterPlaces({ dir, mirror: `${dir}.mirror`, released: dir }),
    rights: { shared: false, uid: process.getuid?.() },
    random: seeded(`counters ${opened++}`),
    moment: () => ({ at: world.now(), uptime: Math.floor(world.passed / 1000), boot }),
    after: world.after,
  })
const newWorld = (): FakeWorld => new FakeWorld(`counters ${opened}`)

const KEY = 'editor/exports'
const total = (value: number) => ({ value, period: 'total' as const })

describe('processes that share a limit', () => {
  test('eight of them never exceed it, and leave none of it unused', async () => {
    const dir = join(newRoot(), 'state')
    const limit = SLOW ? 5_000 : 300
    const all = Array.from({ length: 8 }, () => start(dir, KEY, limit, limit, 4))
    const yes = await Promise.all(all.map((each) => each.yes))
    expect(yes.reduce((a, b) => a + b)).toBe(limit)
    const { meters } = await here(dir, newWorld()).read()
    expect(meters.get(KEY)).toMatchObject({ total: limit, peak: limit })
  })

  test('killed at any moment, they have used what they were told and at most what they were about to be', async () => {
    const limit = 400
    const kills = SLOW ? 200 : 4
    const inFlight = 3
    const die = seeded('when')
    let killed = 0
    while (killed < kills) {
      const dir = join(newRoot(), 'state')
      let yes = 0
      let unacknowledged = 0
      // Round after round until the limit is used up: whoever was killed is followed by another.
      for (let round = 0; round < 40; round++) {
        const running = [start(dir, KEY, limit, limit, inFlight), start(dir, KEY, limit, limit, inFlight)]
        const [first] = running
        const [a = 0] = die(1)
        const fate = setTimeout(() => first?.child.kill('SIGKILL'), 150 + a)
        const said = await Promise.all(running.map((each) => each.yes))
        clearTimeout(fate)
        yes += said[0] as number
        yes += said[1] as number
        if (first?.child.signalCode === 'SIGKILL') {
          killed++
          unacknowledged += inFlight
        }
        const { meters } = await here(dir, newWorld()).read()
        const used = meters.get(KEY)?.total ?? 0
        expect(used).toBeLessThanOrEqual(limit)
        expect(used).toBeGreaterThanOrEqual(yes)
        expect(used - yes).toBeLessThanOrEqual(unacknowledged)
        if (used === limit) break
      }
    }
  })

  test('hold places at once that are free again when they end, or are killed and not heard of', async () => {
    const dir = join(newRoot(), 'state')
    const all = Array.from({ length: 4 }, () => start(dir, KEY, 6, 3, 1, 'hold'))
    const held = () => all.reduce((sum, each) => sum + each.said(), 0)
    while (held() < 6) await new Promise((resolve) => setTimeout(resolve, 20))
    const [first, ...others] = all as [Process, ...Process[]]
    const lost = all.reduce((best, each) => (each.said() > best.said() ? each : best), first)
    lost.child.kill('SIGKILL')
    const gone = await lost.yes
    expect(gone).toBeGreaterThan(0)
    // Nobody has heard yet that it is gone.
    const { uptime } = await import('node:os')
    const world = newWorld()
    world.passed = uptime() * 1000
    const counters = here(dir, world)
    const atOnce = { value: 6, period: 'concurrent' as const }
    expect((await counters.hold(KEY, atOnce)).granted).toBe(false)
    world.passed += 20_000
    for (const each of [first, ...others]) each.child.stdin?.end()
    await Promise.all(all.map((each) => each.yes))
    expect((await counters.hold(KEY, atOnce)).granted).toBe(true)
    await counters.close()
  })
})

describe('a place that is held', () => {
  const atOnce = { value: 1, period: 'concurrent' as const }
  test('is kept by saying so, and lost by not running for too long', async () => {
    const dir = join(newRoot(), 'state')
    const world = newWorld()
    const one = here(dir, world)
    const other = here(dir, world)
    const { lease } = await one.hold(KEY, atOnce)
    expect((await other.hold(KEY, atOnce)).granted).toBe(false)
    for (let i = 0; i < 12; i++) {
      await world.pass(10)
      // Asked behind what the timer asked for.
      await one.take('editor/other', 0, total(1))
    }
    expect((await other.hold(KEY, atOnce)).granted).toBe(false)
    expect(lease?.lost).toBe(false)
    // The process is stopped for a minute: its timers do not run.
    world.passed += 60_000
    expect((await other.hold(KEY, atOnce)).granted).toBe(true)
    await world.pass(11)
    await one.take('editor/other', 0, total(1))
    expect(lease?.lost).toBe(true)
    await lease?.release()
    expect((await one.hold(KEY, atOnce)).granted).toBe(false)
    await other.close()
    expect((await one.hold(KEY, atOnce)).granted).toBe(true)
    await one.close()
  })

  test('ends with the start of the machine that it was taken in', async () => {
    const dir = join(newRoot(), 'state')
    const world = newWorld()
    expect((await here(dir, world).hold(KEY, atOnce)).granted).toBe(true)
    expect((await here(dir, world, 'another start').hold(KEY, atOnce)).granted).toBe(true)
  })
})

describe('time', () => {
  test('begins hours, days, weeks on Monday, and months anew', () => {
    const at = (text: string): number => Date.parse(text) / 1000
    for (const [span, text, start, end] of [
      ['hour', '2026-09-21T14:13:20Z', '2026-09-21T14:00:00Z', '2026-09-21T15:00:00Z'],
      ['day', '2026-09-21T14:13:20Z', '2026-09-21T00:00:00Z', '2026-09-22T00:00:00Z'],
      ['week', '2026-09-20T23:59:59Z', '2026-09-14T00:00:00Z', '2026-09-21T00:00:00Z'],
      ['week', '2026-09-21T00:00:00Z', '2026-09-21T00:00:00Z', '2026-09-28T00:00:00Z'],
      ['month', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
      ['month', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ] as const) {
      expect([startOf(span, spanOf(span, at(text))), endOf(span, at(text))], text).toEqual([at(start), at(end)])
    }
    for (const span of SPANS) expect(spanOf(span, startOf(span, 24_321))).toBe(24_321)
  })

  test('gives a limit by the hour back with the next hour, and not with the one before', async () => {
    const dir = join(newRoot(), 'state')
    const world = newWorld()
    const counters = here(dir, world)
    const hourly = { value: 5, period: 'hour' as const }
    expect(await counters.take(KEY, 5, hourly)).toEqual({ granted: true, used: 5, resets: endOf('hour', START) })
    expect(await counters.take(KEY, 1, hourly)).toMatchObject({ granted: false, used: 5 })
    // A clock that is turned back forgives nothing, neither a little nor, once it was put right, a lot.
    for (const back of [HOUR, 5 * HOUR, 30 * DAY]) {
      world.shown -= back
      expect((await counters.take(KEY, 1, hourly)).granted, String(back)).toBe(false)
    }
    world.shown = endOf('hour', world.now())
    expect(await counters.take(KEY, 5, hourly)).toMatchObject({ granted: true, used: 5 })
    expect(await counters.take(KEY, 0, hourly)).toMatchObject({ granted: true, used: 5 })
    await counters.close()
  })

  test('of a day around the clock: every hour its limit, and the past as it was, for ninety days', async () => {
    const dir = join(newRoot(), 'state')
    const world = newWorld()
    world.shown = startOf('day', spanOf('day', START))
    const two = [here(dir, world), here(dir, world)] as const
    const hourly = { value: 7, period: 'hour' as const }
    const die = seeded('soak')
    for (let hour = 0; hour < 24; hour++) {
      for (let minute = 0; minute < 60; minute += 6) {
        world.shown += 360
        const [a = 0] = die(1)
        await Promise.all(two.map((each) => each.take(KEY, a % 2, hourly)))
      }
    }
    await two[0].take(KEY, 1, hourly)
    // Asked behind what became of the day that is over.
    await two[0].take(KEY, 0, hourly)
    const hours = await two[0].history()
    const sums = [...hours.values()].map((counts) => counts.get(KEY) ?? 0)
    expect(sums.filter((count) => count > 0).length).toBeGreaterThan(20)
    expect(sums.every((count) => count <= 7)).toBe(true)
    const { total: all = 0, hour: now = 0 } = (await two[0].read()).meters.get(KEY) ?? {}
    expect(sums.reduce((a, b) => a + b) + now).toBe(all)
    expect(readdirSync(join(dir, 'usage')).filter((name) => name.startsWith('day.')).length).toBe(1)
    // A hundred days on, one a day: what is older than ninety is gone.
    for (let day = 0; day < 100; day++) {
      world.shown += DAY
      await two[0].take(KEY, 1, hourly)
    }
    const days = new Set([...(await two[0].history()).keys()].map((hour) => Math.floor(hour / 24)))
    expect(Math.max(...days) - Math.min(...days)).toBeLessThanOrEqual(91)
    for (const each of two) await each.close()
  })
})

describe('counters that were edited by hand', () => {
  const filled = async (): Promise<{ dir: string; world: FakeWorld }> => {
    const dir = join(newRoot(), 'state')
    const world = newWorld()
    const counters = here(dir, world)
    for (let i = 0; i < 20; i++) await counters.take(KEY, 1, total(50))
    await counters.close()
    return { dir, world }
  }
  const files = (dir: string): readonly string[] =>
    [join(dir, 'usage'), join(`${dir}.mirror`, 'usage')].flatMap((path) =>
      readdirSync(path)
        .filter((name) => name.startsWith('counts.'))
        .sort()
        .map((name) => join(path, name)),
    )
  const newestOf = (dir: string): string =>
    files(dir)
      .filter((path) => path.startsWith(`${dir}/`))
      .at(-1) ?? ''
  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'passed',
      (error) => error.code,
    )

  test('forgive nothing while one copy is whole', async () => {
    const { dir, world } = await filled()
    writeFileSync(newestOf(dir), 'edited')
    expect((await here(dir, world).read()).meters.get(KEY)?.total).toBe(20)
    rmSync(join(dir, 'usage'), { recursive: true })
    expect(await here(dir, world).take(KEY, 31, total(50))).toMatchObject({ granted: false, used: 20 })
    expect(await here(dir, world).take(KEY, 30, total(50))).toMatchObject({ granted: true, used: 50 })
  })

  test('grant nothing when none is', async () => {
    const { dir, world } = await filled()
    for (const path of files(dir)) writeFileSync(path, 'edited')
    expect(await codeOf(here(dir, world).take(KEY, 1, total(50)))).toBe('STATE_DAMAGED')
    expect(await codeOf(here(dir, world).read())).toBe('STATE_DAMAGED')
  })

  test('do not take an old file for a new one', async () => {
    const { dir, world } = await filled()
    const { readFileSync } = await import('node:fs')
    const [oldest = ''] = files(dir)
    writeFileSync(join(dir, 'usage', 'counts.0000000999'), readFileSync(oldest))
    expect((await here(dir, world).take(KEY, 1, total(50))).used).toBe(21)
    expect(files(dir).at(-1)).toBeDefined()
    writeFileSync(join(dir, 'usage', 'counts.9999999999'), 'the last number')
    expect(await codeOf(here(dir, world).take(KEY, 1, total(50)))).toBe('STATE_DAMAGED')
  })

  test('in a process that runs change nothing', async () => {
    const { dir, world } = await filled()
    const counters = here(dir, world)
    expect((await counters.take(KEY, 1, total(50))).used).toBe(21)
    rmSync(join(dir, 'usage'), { recursive: true })
    // The second copy may just be written.
    rmSync(join(`${dir}.mirror`, 'usage'), { recursive: true, maxRetries: 10, retryDelay: 20 })
    expect((await counters.take(KEY, 1, total(50))).used).toBe(22)
    await counters.close()
    expect((await here(dir, world).read()).meters.get(KEY)?.total).toBe(22)
  })

  test('where they cannot be written, what is limited is not granted', async () => {
    const root = newRoot()
    writeFileSync(join(root, 'state'), 'a file')
    expect(await codeOf(here(join(root, 'state'), newWorld()).take(KEY, 1, total(50)))).not.toBe('passed')
    mkdirSync(join(root, 'open'), { mode: 0o777 })
    const { chmodSync } = await import('node:fs')
    chmodSync(join(root, 'open'), 0o777)
    expect(await codeOf(here(join(root, 'open'), newWorld()).take(KEY, 1, total(50)))).toBe('STATE_EXPOSED')
  })
})

test('what is more than can be read again is refused, and what was there stays', async () => {
  const dir = join(newRoot(), 'state')
  const chain = () =>
    openChain<number>({
      places: counterPlaces({ dir, mirror: `${dir}.mirror`, released: dir }),
      rights: { shared: false, uid: process.getuid?.() },
      random: seeded('large'),
      ...{ name: 'large', empty: 0, write: (length) => new Uint8Array(length), read: (content) => content.length },
    })
  const write = (length: number) =>
    chain().update(
      () => ({ value: length, answer: length }),
      () => true,
    )
  expect(await write(1_000_000)).toBe(1_000_000)
  for (let i = 0; i < 20; i++) await expect(write(17_000_000)).rejects.toMatchObject({ code: 'UNWRITABLE' })
  expect(await chain().read()).toBe(1_000_000)
})
