/** What a product uses up: limits of every period through the gate, events, the past, tenants, fetching of lists, a day of all of it. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeArmor } from '../../src/core/codes/armor.ts'
import { type Counted, type Gate, type GateEvents, guardSocket, openGates } from '../../src/gate/index.ts'
import { DAY, HOUR, newRoot, newSite, type Site, settled } from './site.ts'

const licensed = async (
  line: Parameters<Site['issue']>[1] = {},
  more: Parameters<Site['issue']>[0] = {},
): Promise<{ site: Site; gate: Gate }> => {
  const site = await newSite()
  await site.install((await site.issue(more, line)).bytes)
  return { site, gate: await site.gate() }
}
const gist = ({ ok, code, used, limit, remaining, retryAfter }: Counted) => ({
  ok,
  code,
  used,
  limit,
  remaining,
  retryAfter,
})

describe('a limit', () => {
  test('by the hour says when there is more', async () => {
    const { site, gate } = await licensed({ limits: { calls: { value: 5, period: 'hour' } } })
    const told: GateEvents['license:limit_exceeded'][] = []
    gate.on('license:limit_exceeded', (event) => told.push(event))
    const left = HOUR - (site.world.now() % HOUR)
    expect(gist(await gate.count('calls', 4))).toEqual({
      ok: true,
      code: undefined,
      used: 4,
      limit: 5,
      remaining: 1,
      retryAfter: undefined,
    })
    expect(gist(await gate.count('calls', 2))).toEqual({
      ok: false,
      code: 'USAGE_LIMIT_EXCEEDED',
      used: 4,
      limit: 5,
      remaining: 1,
      retryAfter: left,
    })
    expect((await gate.count('calls')).ok).toBe(true)
    expect((await gate.count('calls')).ok).toBe(false)
    // A flood is told once.
    expect(told).toEqual([{ name: 'calls', used: 4, limit: 5, resets: site.world.now() + left }])
    await site.world.sleep(left)
    expect(gist(await gate.count('calls'))).toMatchObject({ ok: true, used: 1 })
  })

  test('is waited for no longer where the clock restarts at every boot', async () => {
    const { site, gate } = await licensed({ limits: { calls: { value: 1, period: 'hour' } } })
    await gate.close()
    site.machine = { ...site.machine, bootId: () => 'another start' }
    site.world.shown = 0
    site.world.passed = 0
    const started = await site.gate()
    const { state, looked } = started.current()
    expect(state).toBe('active')
    await started.count('calls')
    expect((await started.count('calls')).retryAfter).toBe(HOUR - (looked % HOUR))
    await site.world.pass(HOUR - (looked % HOUR))
    expect((await started.count('calls')).ok).toBe(true)
  })

  test.each([
    ['day', DAY],
    ['month', 31 * DAY],
    ['total', undefined],
  ] as const)('by %s', async (period, later) => {
    const { site, gate } = await licensed({ limits: { prints: { value: 3, period } } })
    expect((await gate.count('prints', 3)).ok).toBe(true)
    expect((await gate.count('prints')).ok).toBe(false)
    site.world.shown += HOUR
    await gate.refresh()
    expect((await gate.count('prints')).ok).toBe(false)
    site.world.shown += later ?? 200 * DAY
    await gate.refresh()
    expect((await gate.count('prints')).ok).toBe(later !== undefined)
  })

  test('without a period is held against what there is', async () => {
    const { gate } = await licensed()
    expect([await gate.count('max_companies', 1), await gate.count('max_companies', 2)].map(({ ok }) => ok)).toEqual([
      true,
      false,
    ])
    expect((await gate.usage()).find(({ name }) => name === 'max_companies')).toMatchObject({
      used: 1,
      limit: 1,
      percent: 100,
      peak: 1,
    })
  })

  test('that is unlimited is counted all the same', async () => {
    const { gate } = await licensed({ tier: 'enterprise' })
    expect(gist(await gate.count('max_api_requests_per_hour', 1_000_000))).toMatchObject({
      ok: true,
      limit: Number.POSITIVE_INFINITY,
    })
    expect((await gate.usage()).find(({ name }) => name === 'max_api_requests_per_hour')).toMatchObject({
      total: 1_000_000,
      percent: 0,
    })
  })

  test('on what goes on at once is taken and given back', async () => {
    const { site, gate } = await licensed({
      limits: { max_concurrent_connections: { value: 2, period: 'concurrent' } },
    })
    const other = await site.gate()
    const [a, b, c] = [
      await gate.hold('max_concurrent_connections'),
      await other.hold('max_concurrent_connections'),
      await gate.hold('max_concurrent_connections'),
    ]
    expect([a, b, c].map(({ ok, used }) => [ok, used])).toEqual([
      [true, 1],
      [true, 2],
      [false, 2],
    ])
    expect(c).toMatchObject({ code: 'USAGE_LIMIT_EXCEEDED', lease: undefined, limit: 2 })
    await a.lease?.release()
    await a.lease?.release()
    expect((await other.hold('max_concurrent_connections')).ok).toBe(true)
    await other.close()
    expect((await gate.hold('max_concurrent_connections')).used).toBe(1)
    await expect(gate.count('max_concurrent_connections')).rejects.toMatchObject({ code: 'USAGE' })
  })

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('takes no %d', async (n) => {
    const { gate } = await licensed()
    await expect(gate.count('max_api_requests_per_hour', n)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('and a feature that the license has not are refused by name', async () => {
    const { gate } = await licensed({ features: { exports: { value: 2, period: 'day' } } })
    expect(await gate.count('unheard_of')).toMatchObject({ ok: false, code: 'FEATURE_NOT_LICENSED' })
    expect(await gate.consume('unheard_of')).toMatchObject({ ok: false, code: 'FEATURE_NOT_LICENSED' })
    expect((await Promise.all([1, 2, 3].map(() => gate.consume('exports')))).map(({ ok }) => ok)).toEqual([
      true,
      true,
      false,
    ])
    expect(await gate.consume('api_access', 7)).toMatchObject({ ok: true, limit: Number.POSITIVE_INFINITY })
  })
})

test('named users are as many as the license has seats', async () => {
  const { site, gate } = await licensed({ seats: 2, kind: 'named-user' })
  expect((await Promise.all(['ada', 'bo', 'cy'].map((user) => gate.users.assign(user)))).map(({ ok }) => ok)).toEqual([
    true,
    true,
    false,
  ])
  expect((await gate.users.assign('ada')).ok).toBe(true)
  expect(await gate.users.release('bo')).toBe(true)
  expect(await gate.users.assign('cy')).toMatchObject({ ok: true, used: 2, limit: 2 })
  expect((await gate.users.list()).map(({ user }) => user)).toEqual(['ada', 'cy'])
  const each: string[] = []
  for await (const { user, seated } of gate.users.each()) each.push(`${user} ${seated}`)
  expect(each).toEqual(['ada true', 'cy true'])
  expect((await gate.usage()).find(({ kind }) => kind === 'users')).toMatchObject({ used: 2, limit: 2 })
  // JavaScript passes anything, and nothing of it may come between a file and whoever reads it next.
  for (const user of ['', 'x'.repeat(256), undefined, null, 42, {}, ['ada']] as string[]) {
    await expect(gate.users.assign(user), String(user)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  }
  await expect((await site.gate()).users.list()).resolves.toHaveLength(2)
})

test('of more named users than a smaller license has seats, those who came first have theirs', async () => {
  const site = await newSite()
  const { key, bytes } = await site.issue({}, { seats: 3, kind: 'named-user' })
  await site.install(bytes)
  const gate = await site.gate()
  const assign = (user: string): Promise<Counted> => gate.users.assign(user)
  const seated = async (): Promise<readonly (readonly [string, boolean])[]> =>
    (await gate.users.list()).map((each) => [each.user, each.seated])
  for (const user of ['cy', 'ada', 'bo']) expect((await assign(user)).ok).toBe(true)
  await site.install((await site.change({ key, seats: 1 })).bytes)
  await site.install(await site.lists())
  expect((await gate.refresh()).seats).toBe(1)
  expect(await assign('cy')).toMatchObject({ ok: true, used: 3, limit: 1, remaining: 0 })
  for (const user of ['ada', 'bo', 'dee']) {
    expect(await assign(user), user).toMatchObject({ ok: false, code: 'USAGE_LIMIT_EXCEEDED', used: 3, limit: 1 })
  }
  expect(await seated()).toEqual([
    ['cy', true],
    ['ada', false],
    ['bo', false],
  ])
  await gate.users.release('cy')
  expect([(await assign('ada')).ok, (await assign('bo')).ok, (await assign('cy')).ok]).toEqual([true, false, false])
  site.world.shown += 400 * DAY
  await gate.refresh()
  expect(await seated()).toEqual([
    ['ada', false],
    ['bo', false],
  ])
})

test('the past is told by hours, days, weeks and months', async () => {
  const { site, gate } = await licensed(
    { limits: { calls: { value: 0, period: 'hour' } }, kind: 'perpetual' },
    { expires: 'never' },
  )
  for (let day = 0; day < 16; day++) {
    await gate.count('calls', 2)
    site.world.shown += HOUR
    await gate.refresh()
    await gate.count('calls', 3)
    site.world.shown += 23 * HOUR
    await gate.refresh()
  }
  await gate.count('calls', 0)
  await gate.count('calls', 1)
  const sums = await Promise.all((['hour', 'day', 'week', 'month'] as const).map((by) => gate.history('calls', by)))
  expect(sums.map((all) => all.reduce((sum, { count }) => sum + count, 0))).toEqual([81, 81, 81, 81])
  expect(sums.map((all) => all.length)).toEqual([33, 17, 3, 2])
  expect(sums[1]?.slice(0, 16).every(({ count }) => count === 5)).toBe(true)
})

test('counting does not keep the thread waiting', async () => {
  const { gate } = await licensed({ limits: { calls: { value: 0, period: 'hour' } } })
  await gate.count('calls')
  // The work of one change itself, rather than what else this machine does: the loop turns while the disk is asked.
  let turns = 0
  let counting = true
  const turn = (): void => {
    turns++
    if (counting) setImmediate(turn)
  }
  setImmediate(turn)
  const began = performance.now()
  await Promise.all(Array.from({ length: 500 }, () => gate.count('calls')))
  counting = false
  expect(turns).toBeGreaterThan((performance.now() - began) / 25)
  expect((await gate.usage()).find(({ name }) => name === 'calls')?.used).toBe(501)
})

describe('tenants', () => {
  test('have a license and counters each, whatever they are called', async () => {
    const site = await newSite()
    const { state: _, ...options } = site.options()
    const tenants = newRoot()
    const gates = openGates({ ...options, tenants })
    const names = ['acme', 'ACME', '../acme', '..', '/etc', 'a/b', 'ä', 'x'.repeat(300), '~acme', 'acme\0']
    const places = names.map((name) => gates.stateOf(name))
    expect(new Set(places.map((each) => each.toLowerCase())).size).toBe(names.length)
    for (const place of places) expect(relative(tenants, place)).toMatch(/^[a-z0-9~][a-z0-9_-]*$/)
    await site.install(
      (await site.issue({}, { limits: { calls: { value: 3, period: 'day' } } })).bytes,
      gates.stateOf('acme'),
    )
    await site.install(
      (await site.issue({}, { tier: 'basic', limits: { calls: { value: 2, period: 'day' } } })).bytes,
      gates.stateOf('../acme'),
    )
    const [acme, other, none] = [await gates.of('acme'), await gates.of('../acme'), await gates.of('ACME')]
    expect([acme, other, none].map((gate) => gate.current().license?.tier)).toEqual([
      'professional',
      'basic',
      undefined,
    ])
    expect(none.current().state).toBe('missing')
    const count = async (gate: Gate) => (await gate.count('calls')).ok
    expect([await count(acme), await count(acme), await count(acme), await count(acme)]).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect([await count(other), await count(other), await count(other)]).toEqual([true, true, false])
    await acme.users.assign('ada')
    expect(await other.users.list()).toEqual([])
    expect(await gates.of('acme')).toBe(acme)
    expect(() => gates.stateOf('')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
    await gates.close()
    expect(acme.current().open).toBe(false)
  })

  test('are open as many as there may be; who was not asked for is closed, but not who holds something', async () => {
    const site = await newSite()
    const { state: _, ...options } = site.options()
    const gates = openGates({ ...options, tenants: newRoot(), most: 3 })
    await site.install((await site.issue()).bytes, gates.stateOf('t0'))
    const first = await gates.of('t0')
    const { lease } = await first.hold('max_concurrent_connections')
    for (let i = 1; i < 8; i++) await gates.of(`t${i}`)
    expect(gates.open).toBe(3)
    expect(first.current().open).toBe(true)
    await lease?.release()
    await gates.of('t8')
    await gates.of('t9')
    expect(first.current()).toMatchObject({ open: false, state: 'unreadable' })
    expect((await gates.of('t0')).current().open).toBe(true)
    await gates.close()
    expect(site.world.waiting).toBe(0)
  })
})

test('a tenant whose counters are damaged keeps no other out, and its gate closes', async () => {
  const site = await newSite()
  const { state: _, ...options } = site.options()
  const tenants = newRoot()
  const gates = openGates({ ...options, tenants, most: 1 })
  await site.install((await site.issue()).bytes, gates.stateOf('acme'))
  for (const dir of ['acme', '.acme.mirror']) {
    mkdirSync(join(tenants, dir, 'usage'), { mode: 0o700 })
    writeFileSync(join(tenants, dir, 'usage', 'counts.0000000001'), 'edited by hand')
  }
  const acme = await gates.of('acme')
  expect(await acme.count('max_api_requests_per_hour')).toMatchObject({ ok: false, code: 'STATE_DAMAGED' })
  expect((await gates.of('globex')).current().state).toBe('missing')
  expect(acme.current().open).toBe(false)
  await gates.close()
})

test('a socket of a tenant is closed when the license ends, whoever else was asked for meanwhile', async () => {
  const site = await newSite()
  const { state: _, ...options } = site.options()
  const gates = openGates({ ...options, tenants: newRoot(), most: 2 })
  const { key, bytes } = await site.issue()
  await site.install(bytes, gates.stateOf('acme'))
  const closed: unknown[] = []
  const socket = { close: (code?: number) => void closed.push(code), addEventListener: () => undefined }
  const gate = await gates.of('acme')
  expect(await guardSocket(gate, socket)).toBe(true)
  for (const other of ['t1', 't2', 't3']) await gates.of(other)
  expect([gates.open, await gates.of('acme')]).toEqual([2, gate])
  await site.install(await site.move('revoke', key), gates.stateOf('acme'))
  await site.world.pass(6)
  expect([closed, gate.listening()]).toEqual([[4000], 0])
  // With nobody on it the gate is one as all others.
  for (const other of ['t1', 't2', 't3']) await gates.of(other)
  expect(await gates.of('acme')).not.toBe(gate)
  await gates.close()
})

describe('revocation lists', () => {
  const URL = 'https://lists.acme.example/revoked.lrl'
  const answering = (site: Site) => {
    const asked: number[] = []
    let answer: () => Response = () => new Response('', { status: 503 })
    site.world.fetch = async (url) => {
      expect(url).toBe(URL)
      asked.push(site.world.now())
      return answer()
    }
    return { asked, answer: (next: () => Response) => (answer = next) }
  }

  test.each([undefined, '', '   '])('are fetched from nowhere: %j', async (revocations) => {
    const { site } = await licensed()
    const { asked } = answering(site)
    const gate = await site.gate({ policy: { revocations } })
    await site.world.sleep(HOUR)
    expect([asked, gate.fetching(), gate.current().state]).toEqual([[], undefined, 'active'])
  })

  test('are asked for in time, with pauses that grow; open until word is overdue, then closed, then open again', async () => {
    const { site } = await licensed({}, { fresh: 2 })
    const { asked, answer } = answering(site)
    const gate = await site.gate({ policy: { revocations: URL, every: 6 } })
    const began = site.world.now()
    for (let hour = 0; hour < 47; hour++) await site.world.sleep(HOUR)
    expect(gate.current()).toMatchObject({ state: 'active', changes: { to: 'check-overdue' } })
    expect(gate.fetching()).toMatchObject({ failure: expect.stringContaining('503') })
    await site.world.sleep(2 * HOUR)
    expect(gate.current()).toMatchObject({ state: 'check-overdue', open: false })
    expect(asked.length).toBeLessThan(60)
    expect((asked[0] ?? 0) - began).toBeLessThanOrEqual(HOUR)
    const list = await site.lists()
    answer(() => new Response(Buffer.from(list)))
    await site.world.sleep(7 * HOUR)
    // The list is taken in by reading modules on the way: it is there a moment later.
    while (gate.fetching()?.fetched === undefined) await settled()
    await gate.refresh()
    expect(gate.current().state).toBe('active')
    expect(gate.fetching()).toMatchObject({ failures: 0, failure: undefined })
    const times = asked.length
    await site.world.sleep(HOUR)
    expect(asked.length).toBe(times)
  })

  test('pause longer after each failure, and a little differently each time', async () => {
    const { site } = await licensed()
    const { asked } = answering(site)
    await site.gate({ policy: { revocations: URL } })
    for (let i = 0; i < 140; i++) await site.world.sleep(10)
    const pauses = asked.slice(1).map((at, i) => at - (asked[i] ?? 0))
    for (const [i, wanted] of [60, 120, 240, 480].entries()) {
      expect(pauses[i], `pause ${i}`).toBeGreaterThanOrEqual(wanted * 0.8 - 1)
      expect(pauses[i], `pause ${i}`).toBeLessThanOrEqual(wanted * 1.2 + 11)
    }
    expect(pauses.some((pause) => pause % 60 !== 0)).toBe(true)
  }, 120_000)

  test('revoke as soon as they come, also as armored text; what is no list changes nothing', async () => {
    const { site } = await licensed()
    const { answer } = answering(site)
    const gate = await site.gate({ policy: { revocations: URL } })
    const key = gate.current().license?.key ?? ''
    const foreign = await (await newSite()).lists()
    for (const body of ['<html>hello</html>', '', Buffer.alloc(9_000_000), Buffer.from(foreign)]) {
      answer(() => new Response(body))
      const before = gate.fetching()?.failures ?? 0
      await site.world.sleep(7 * HOUR)
      while (gate.fetching()?.failures === before) await settled()
      expect(gate.current().state).toBe('active')
    }
    const list = await site.move('revoke', key)
    answer(() => new Response(encodeArmor('revocationList', list)))
    await site.world.sleep(7 * HOUR)
    while (gate.fetching()?.fetched === undefined) await settled()
    expect(gate.current()).toMatchObject({ state: 'revoked', open: false })
  })

  test('from what is no address are a failure, and nobody else notices', async () => {
    const { site } = await licensed()
    site.world.fetch = (url, options) => fetch(url, options)
    const gate = await site.gate({ policy: { revocations: 'not a url' } })
    await site.world.pass(6)
    while (gate.fetching()?.failures === 0) await settled()
    expect(gate.current().state).toBe('active')
  })
})

/** Minutes between two looks. */
const STEP = process.env.SLOW === '1' ? 1 : 12

test('a day: what is granted each hour is never more than the limit, and states change when they were said to', async () => {
  const { site, gate } = await licensed(
    { limits: { calls: { value: 10, period: 'hour' }, at_once: { value: 2, period: 'concurrent' } } },
    { expires: '1d', grace: 6 },
  )
  const other = await site.gate()
  const states: [number, string][] = []
  for (const event of ['license:updated', 'license:expired', 'license:invalid'] as const) {
    gate.on(event, ({ current }) => states.push([site.world.now(), current.state]))
  }
  const ends = gate.current().ends ?? 0
  const graceEnds = gate.current().graceEnds ?? 0
  const granted = new Map<number, number>()
  let most = 0
  for (let minute = 0; minute < 34 * 60; minute += STEP) {
    await site.world.sleep(STEP * 60)
    const hour = Math.floor(site.world.now() / HOUR)
    const asked = await Promise.all([
      gate.count('calls', 2),
      other.count('calls', 1),
      other.count('calls', (minute / STEP) % 4),
    ])
    const sum = [2, 1, (minute / STEP) % 4].reduce((all, n, i) => all + (asked[i]?.ok ? n : 0), 0)
    granted.set(hour, (granted.get(hour) ?? 0) + sum)
    const held = await Promise.all([gate, other, gate].map((each) => each.hold('at_once')))
    most = Math.max(most, held.filter(({ ok }) => ok).length)
    for (const { lease } of held) await lease?.release()
    const open = site.world.now() < graceEnds
    expect(gate.current().open, `minute ${minute}`).toBe(open)
    if (!open) expect(sum).toBe(0)
  }
  expect(Math.max(...granted.values())).toBe(10)
  expect(most).toBe(2)
  expect(states.map(([, state]) => state)).toEqual(['grace', 'expired'])
  expect((states[0]?.[0] ?? 0) - ends).toBeLessThan(STEP * 60 + 1)
  expect((states[1]?.[0] ?? 0) - graceEnds).toBeLessThan(STEP * 60 + 1)
  expect(existsSync(join(site.state, 'usage'))).toBe(true)
}, 120_000)
