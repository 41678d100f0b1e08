/** What obeying a license costs a product: a request through the gate, and a use that is counted in the file that all processes share. */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EphemeralAuthority, issue } from '../../src/authority/index.ts'
import {
  type Counts,
  meterKey,
  NO_COUNTS,
  readCounts,
  writeCounts,
  writeTallies,
} from '../../src/device/counters/content.ts'
import { draftOf, take } from '../../src/device/counters/count.ts'
import { counterPlaces } from '../../src/device/counters/places.ts'
import { openUsers } from '../../src/device/counters/users.ts'
import { openDevice, placesOf } from '../../src/device/device.ts'
import { thisMachine } from '../../src/device/machine.ts'
import { install } from '../../src/device/verbs/install.ts'
import { guard } from '../../src/gate/fetch.ts'
import { type Gate, openGate } from '../../src/gate/index.ts'
import { longestBlock } from '../harness/loop.ts'
import { atLeast, atMost, median, type Row } from './row.ts'

const ROUNDS = 15
const EACH = 5_000
/** What a core must answer in a second. */
const REQUESTS = 20_000
/** Microseconds that the thread of a product may be kept. */
const LONGEST = 1_000

/** Rates a second, medians of rounds that take turns. */
const rates = (contestants: readonly (() => unknown)[]): number[] => {
  const seconds = contestants.map((): number[] => [])
  for (let round = -3; round < ROUNDS; round++) {
    for (const [i, work] of contestants.entries()) {
      const start = performance.now()
      for (let n = 0; n < EACH; n++) work()
      if (round >= 0) seconds[i]?.push((performance.now() - start) / 1000)
    }
  }
  return seconds.map((each) => EACH / median(each))
}

const ITEMS = Array.from({ length: 20 }, (_, id) => ({ id, name: `Item ${id}`, price: id * 1.5, tags: ['a', 'b'] }))
/** A page of a product's list, without a server around it, which would only hide what the gate costs. */
const answer = (path: string): string => JSON.stringify({ path, items: ITEMS, at: 1_790_000_000 })

export const gateRows = async (authority: EphemeralAuthority, customer: string): Promise<Row[]> => {
  const root = mkdtempSync(join(tmpdir(), 'lic-bench-'))
  try {
    const state = join(root, 'state')
    const { bytes } = await issue(authority, {
      customer,
      lines: [{ product: 'editor', tier: 'professional', limits: { calls: { value: 0, period: 'hour' } } }],
      expires: '1y',
    })
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
    const places = placesOf({ env: {}, cwd: root, homedir: root }, { state, system: false })
    const device = openDevice({ places, shared: false, machine: thisMachine(), now: authority.now, random })
    await install(device, { objects: [bytes], roots: authority.roots.map((key) => key.bytes) })
    const gate = await openGate({ root: authority.roots, product: 'editor', state })
    const [gated, bare] = rates([
      () => {
        if (!gate.opens('main')) throw new Error('closed')
        gate.requireFeature('advanced_reporting')
        gate.requireTier('basic')
        return answer('/reports')
      },
      () => answer('/reports'),
    ]) as [number, number]
    const [guarded, unguarded] = await handlerRates(gate)
    const counted = await countedPerSecond((n) => gate.count('calls', n))
    await gate.close()
    const rate = (value: number): string => `${Math.round(value)}/s`
    const work = microseconds()
    const [few, many] = [await naming(join(root, 'few'), FEW), await naming(join(root, 'many'), MANY)]
    const ms = (value: number): string => `${value.toFixed(2)} ms`
    return [
      atLeast(
        {
          what: 'request through the gate',
          measured: rate(gated),
          limit: `without it ${rate(bare)}`,
          ratio: gated / bare,
        },
        0.9,
      ),
      atLeast({ what: '', measured: rate(gated), limit: rate(REQUESTS), ratio: gated / REQUESTS }, 1),
      atLeast(
        {
          what: 'through the fetch middleware',
          measured: rate(guarded),
          limit: `without it ${rate(unguarded)}`,
          ratio: guarded / unguarded,
        },
        0.9,
      ),
      atLeast({ what: '', measured: rate(guarded), limit: rate(REQUESTS), ratio: guarded / REQUESTS }, 1),
      atLeast(
        { what: 'counted, 200 at a time', measured: rate(counted), limit: rate(REQUESTS), ratio: counted / REQUESTS },
        0.5,
      ),
      atMost(
        {
          what: 'one change, on the thread',
          measured: `${Math.round(work)} us`,
          limit: `${LONGEST} us`,
          ratio: work / LONGEST,
        },
        1,
      ),
      atMost(
        {
          what: `naming a user among ${MANY}, on the thread`,
          measured: `${Math.round(many.block * 1000)} us`,
          limit: `${LONGEST} us`,
          ratio: (many.block * 1000) / LONGEST,
        },
        1,
      ),
      atMost(
        {
          what: '',
          measured: `${ms(many.call)} a call`,
          limit: `among ${FEW} ${ms(few.call)}`,
          ratio: many.call / few.call,
        },
        5,
      ),
    ]
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** A handler with and without its guard, from a request to the text of the answer: public paths, features by path, a feature, a tier. */
const handlerRates = async (gate: Gate): Promise<[guarded: number, bare: number]> => {
  const license = guard(gate, {
    public: ['/health', '/assets/*'],
    features: { '/reports': 'advanced_reporting', '/stock': 'inventory_module', '/api': 'api_access' },
  })
  const handler = (request: Request): Response =>
    new Response(answer(request.url), { headers: { 'Content-Type': 'application/json' } })
  const guarded = license(license.requireFeature('webhook_support')(license.requireTier('basic')(handler)))
  const seconds: [number[], number[]] = [[], []]
  for (let round = -3; round < ROUNDS; round++) {
    for (const [i, work] of [guarded, handler].entries()) {
      // Of the processor: what other programs take meanwhile is not counted.
      const start = process.cpuUsage()
      for (let n = 0; n < EACH; n++) {
        const response = await work(new Request(`http://product.example/reports/${n % 100}?page=2`))
        if (response.status !== 200) throw new Error('turned away')
        await response.text()
      }
      const { user, system } = process.cpuUsage(start)
      if (round >= 0) seconds[i]?.push((user + system) / 1e6)
    }
  }
  return [EACH / median(seconds[0]), EACH / median(seconds[1])]
}

const countedPerSecond = async (count: (n: number) => Promise<{ readonly ok: boolean }>): Promise<number> => {
  const seconds: number[] = []
  for (let round = -1; round < 5; round++) {
    const start = performance.now()
    let left = 4_000
    const one = async (): Promise<void> => {
      while (left-- > 0) await count(1)
    }
    await Promise.all(Array.from({ length: 200 }, one))
    if (round >= 0) seconds.push((performance.now() - start) / 1000)
  }
  return 4_000 / median(seconds)
}

const FEW = 100
const MANY = 100_000

/** What a new user costs where there are so many already, milliseconds: the longest block of the loop, and until the answer; medians. */
const naming = async (dir: string, there: number): Promise<{ readonly block: number; readonly call: number }> => {
  const users = openUsers({
    places: counterPlaces({ dir, mirror: `${dir}.mirror`, released: dir }),
    rights: { shared: false, uid: process.getuid?.() },
    random: (length) => new Uint8Array(randomBytes(length)),
    now: () => 1_790_000_000,
  })
  const names = Array.from({ length: there }, (_, i) => `user ${String(i).padStart(6, '0')}`)
  await Promise.all(names.map((name) => users.assign('editor', name, 0)))
  await users.close()
  const blocks: number[] = []
  const calls: number[] = []
  for (let i = 0; i < 200; i++) {
    const start = performance.now()
    const naming = async (): Promise<void> => {
      await users.assign('editor', `${names[(i * 4_999) % there]} the second ${i}`, 0)
      calls.push(performance.now() - start)
    }
    blocks.push(await longestBlock(naming))
  }
  await users.close()
  return { block: median(blocks), call: median(calls) }
}

/** Reading, changing and writing the counts of thirty names at the end of a day, for two hundred uses at once. */
const microseconds = (): number => {
  const keys = Array.from({ length: 30 }, (_, i) => meterKey('editor', `a_name_of_some_length_${i}`))
  const meter = { total: 90_210, hour: 12, day: 345, week: 6_789, month: 10_111, peak: 345 }
  const hour = writeTallies(new Map(keys.map((key) => [key, 345])))
  const counts: Counts = {
    ...NO_COUNTS,
    at: 1_790_000_000,
    since: 1_700_000_000,
    meters: new Map(keys.map((key) => [key, meter])),
    hours: new Map(Array.from({ length: 24 }, (_, i) => [497_000 + i, hour])),
  }
  const written = writeCounts(counts)
  const times: number[] = []
  for (let round = -20; round < 100; round++) {
    const start = performance.now()
    const draft = draftOf(readCounts(written))
    for (let i = 0; i < 200; i++) take(draft, keys[i % 30] ?? '', 1, { value: 0, period: 'hour' })
    writeCounts(draft)
    if (round >= 0) times.push((performance.now() - start) * 1000)
  }
  return median(times)
}
