/**
 * Every state of the gate and the ways between them, by real objects of a real authority and a clock that the test turns: what
 * is open, which page a visitor gets, when it changes next, and which event tells.
 */

import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { HandedLicense } from '../../src/authority/index.ts'
import { ERRORS } from '../../src/core/error-table.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { type Gate, type GateEvent, type GateOptions, type GateState, STATE_OF, STATES } from '../../src/gate/index.ts'
import { stateOf } from '../../src/gate/states.ts'
import { DAY, HOUR, newSite, type Site, settled } from './site.ts'

const EVENTS: readonly GateEvent[] = [
  'license:expired',
  'license:invalid',
  'license:updated',
  'license:feature_disabled',
  'license:limit_exceeded',
]
const heard = (gate: Gate): GateEvent[] => {
  const all: GateEvent[] = []
  for (const event of EVENTS) gate.on(event, () => void all.push(event))
  return all
}

const PAGES = ['activation', 'activation-required', 'login', 'main'] as const
const openPages = (gate: Gate): readonly string[] => PAGES.filter((page) => gate.opens(page))

const FIRST = ['activation']
const CLOSED = ['activation', 'activation-required']
const OPEN = ['activation', 'login', 'main']

interface Case {
  readonly state: GateState
  readonly code: ErrorCode | undefined
  readonly pages: readonly string[]
  readonly action: string | null
  /** Of a product that stood before, which event told of it. */
  readonly event?: GateEvent
  readonly options?: Partial<GateOptions>
  /** What the vendor and the site do; `stood` looks in between. */
  readonly way: (site: Site, stood: () => Promise<void>) => Promise<unknown>
}

const standing = async (
  site: Site,
  stood: () => Promise<void>,
  more?: Parameters<Site['issue']>[0],
): Promise<HandedLicense> => {
  const license = await site.issue(more)
  await site.install(license.bytes)
  await stood()
  return license
}
const activated = async (site: Site, stood: () => Promise<void>, lease?: string): Promise<HandedLicense> => {
  const license = await site.issue({}, { activation: 'required' })
  await site.install(license.bytes)
  await site.activate(lease === undefined ? {} : { lease })
  await stood()
  return license
}

const never = async (): Promise<void> => {}
const bought = async (site: Site): Promise<void> => site.install((await site.issue()).bytes)
const renewed = async (site: Site, key: string): Promise<void> => site.install((await site.renew(key)).bytes)
const moved = async (site: Site, verb: 'suspend' | 'revoke'): Promise<HandedLicense> => {
  const license = await standing(site, never)
  await site.install(await site.move(verb, license.key))
  return license
}
const turnedBack = async (site: Site): Promise<HandedLicense> => {
  const license = await activated(site, never)
  site.world.shown += DAY
  await (await site.gate()).refresh()
  site.world.shown -= DAY
  return license
}

/** How a product comes to stand, or to stand well, again. */
interface Back {
  readonly from: GateState
  readonly options?: Partial<GateOptions>
  // biome-ignore lint/suspicious/noConfusingVoidType: most ways need no key
  readonly into: (site: Site) => Promise<HandedLicense | void>
  readonly out: (site: Site, key: string) => Promise<unknown>
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing is installed': {
    state: 'missing',
    code: 'LICENSE_MISSING',
    pages: FIRST,
    action: 'activate',
    way: async () => {},
  },
  'installed, and never activated': {
    ...{ state: 'activation-required', code: 'ACTIVATION_REQUIRED', pages: FIRST, action: 'activate' },
    way: async (site) => site.install((await site.issue({}, { activation: 'required' })).bytes),
  },
  'activated for the first time': { state: 'active', code: undefined, pages: OPEN, action: null, way: activated },
  'a license that needs no activation': { state: 'active', code: undefined, pages: OPEN, action: null, way: standing },
  'its place given up': {
    ...{
      state: 'activation-required',
      code: 'ACTIVATION_REQUIRED',
      pages: FIRST,
      action: 'activate',
      event: 'license:invalid',
    },
    way: async (site, stood) => {
      await activated(site, stood)
      await site.giveUp()
    },
    pages: CLOSED,
  },
  'the end, and grace': {
    ...{ state: 'grace', code: undefined, pages: OPEN, action: 'renew', event: 'license:updated' },
    way: async (site, stood) => {
      await standing(site, stood)
      site.world.shown += 365 * DAY + HOUR
    },
  },
  'the end of grace': {
    ...{ state: 'expired', code: 'LICENSE_EXPIRED', pages: CLOSED, action: 'renew', event: 'license:expired' },
    way: async (site, stood) => {
      await standing(site, stood)
      site.world.shown += 368 * DAY
    },
  },
  'an emergency code behind the end': {
    ...{ state: 'emergency', code: undefined, pages: OPEN, action: 'contact' },
    way: async (site) => {
      const { key } = await standing(site, async () => {})
      site.world.shown += 368 * DAY
      await site.unlock(key)
    },
  },
  'the end of a lease': {
    ...{ state: 'lease-ended', code: 'LEASE_ENDED', pages: CLOSED, action: 'activate', event: 'license:expired' },
    way: async (site, stood) => {
      await activated(site, stood, '30d')
      site.world.shown += 31 * DAY
    },
  },
  'no word for longer than it asks': {
    ...{
      state: 'check-overdue',
      code: 'REVOCATION_CHECK_OVERDUE',
      pages: CLOSED,
      action: 'contact',
      event: 'license:invalid',
    },
    way: async (site, stood) => {
      await standing(site, stood, { fresh: 7 })
      site.world.shown += 8 * DAY
    },
  },
  'a list that suspends it': {
    ...{ state: 'suspended', code: 'LICENSE_SUSPENDED', pages: CLOSED, action: 'contact', event: 'license:invalid' },
    way: async (site, stood) => {
      const { key } = await standing(site, stood)
      await site.install(await site.move('suspend', key))
    },
  },
  'a list that revokes it': {
    ...{ state: 'revoked', code: 'LICENSE_REVOKED', pages: CLOSED, action: 'contact', event: 'license:invalid' },
    way: async (site, stood) => {
      const { key } = await standing(site, stood)
      await site.install(await site.move('revoke', key))
    },
  },
  'a clock that is turned back': {
    ...{
      state: 'clock-rolled-back',
      code: 'CLOCK_ROLLED_BACK',
      pages: CLOSED,
      action: 'contact',
      event: 'license:invalid',
    },
    way: async (site, stood) => {
      await standing(site, async () => {})
      site.world.shown += DAY
      await stood()
      site.world.shown -= DAY
    },
  },
  'another machine': {
    ...{ state: 'wrong-device', code: 'DEVICE_MISMATCH', pages: CLOSED, action: 'activate' },
    way: async (site) => {
      await activated(site, async () => {})
      site.exchange('other')
    },
  },
  'before it begins': {
    ...{ state: 'not-yet-valid', code: 'LICENSE_NOT_YET_VALID', pages: CLOSED, action: 'contact' },
    way: async (site) => standing(site, async () => {}, { starts: '2026-12-01', expires: '2028-01-01' }),
  },
  'for another product': {
    ...{ state: 'wrong-product', code: 'WRONG_PRODUCT', pages: FIRST, action: 'contact' },
    way: async (site) => site.install((await site.issue({}, { product: 'viewer' })).bytes),
  },
  'for tests, in a release build': {
    ...{ state: 'test-license', code: 'TEST_LICENSE', pages: CLOSED, action: 'contact' },
    way: async (site) => standing(site, async () => {}, { test: true }),
  },
  'for tests, in a test build': {
    ...{ state: 'active', code: undefined, pages: OPEN, action: null, options: { allowTest: true } },
    way: async (site) => standing(site, async () => {}, { test: true }),
  },
  'a build after maintenance': {
    ...{ state: 'not-covered', code: 'VERSION_NOT_COVERED', pages: CLOSED, action: 'renew' },
    options: { buildDate: 1_790_000_000 + 40 * DAY },
    way: async (site) => site.install((await site.issue({}, { maintenance: '30d' })).bytes),
  },
  'a build that does not say when it was made': {
    ...{ state: 'not-covered', code: 'VERSION_NOT_COVERED', pages: CLOSED, action: 'renew' },
    way: async (site) => site.install((await site.issue({}, { maintenance: '30d' })).bytes),
  },
  'a build within maintenance': {
    ...{ state: 'active', code: undefined, pages: OPEN, action: null },
    options: { buildDate: 1_790_000_000 + 20 * DAY },
    way: async (site) => site.install((await site.issue({}, { maintenance: '30d' })).bytes),
  },
  'of a vendor whose root the product does not know, for this product': {
    ...{ state: 'invalid', code: 'UNKNOWN_KEY', pages: FIRST, action: 'contact' },
    way: async (site) => {
      const other = await newSite()
      await site.install((await other.issue()).bytes, site.state, other.authority.roots)
    },
  },
  'of another vendor, for a product of theirs': {
    ...{ state: 'missing', code: 'LICENSE_MISSING', pages: FIRST, action: 'activate' },
    way: async (site) => {
      const other = await newSite(['editor', 'painter'])
      await site.install((await other.issue({}, { product: 'painter' })).bytes, site.state, other.authority.roots)
    },
  },
  'a state in which no copy is whole': {
    ...{ state: 'unreadable', code: 'STATE_DAMAGED', pages: CLOSED, action: 'contact', event: 'license:invalid' },
    way: async (site, stood) => {
      await standing(site, stood)
      for (const dir of [site.state, join(site.root, '.state.mirror')]) {
        for (const name of readdirSync(dir)) if (name.startsWith('state.')) writeFileSync(join(dir, name), 'x')
      }
    },
  },
  'everything deleted': {
    ...{ state: 'missing', code: 'LICENSE_MISSING', pages: FIRST, action: 'activate', event: 'license:invalid' },
    way: async (site, stood) => {
      await standing(site, stood)
      for (const dir of [site.state, join(site.root, '.state.mirror')]) rmSync(dir, { recursive: true })
    },
  },
}

describe('a state', () => {
  test.each(Object.entries(CASES))('%s', async (_, { state, code, pages, action, event, options, way }) => {
    const site = await newSite()
    let gate: Gate | undefined
    let events: GateEvent[] = []
    await way(site, async () => {
      gate = await site.gate(options)
      expect(gate.current()).toMatchObject({ open: true })
      events = heard(gate)
    })
    gate = gate && event ? gate : await site.gate(options)
    await gate.refresh()
    const current = gate.current()
    expect({ state: current.state, code: current.code, action: current.action }).toEqual({ state, code, action })
    expect(openPages(gate)).toEqual(pages)
    expect(gate.opens(current.landing)).toBe(true)
    expect(current.open).toBe(pages === OPEN)
    expect(gate.has('api_access')).toBe(current.open)
    expect(gate.limit('max_users') > 0).toBe(current.open)
    expect([current.title, current.message].every((text) => text.length > 5 && !/undefined|null/.test(text))).toBe(true)
    if (event) expect(events).toEqual([event])
    if (!current.open) {
      expect(() => gate?.requireFeature('api_access')).toThrow(expect.objectContaining({ code }))
      expect(() => gate?.requireTier('free')).toThrow(expect.objectContaining({ code }))
      expect(await gate.consume('api_access')).toMatchObject({ ok: false, code })
      expect(await gate.count('max_api_requests_per_hour')).toMatchObject({ ok: false, code })
      expect((await gate.hold('max_concurrent_connections')).lease).toBeUndefined()
    }
  })

  test('is played above for every state but the ones that other files play', () => {
    const played = new Set(Object.values(CASES).map(({ state }) => state))
    const elsewhere = ['restricted', 'host-too-large', 'key-compromised']
    expect(
      Object.keys(STATES)
        .filter((state) => !played.has(state as GateState))
        .sort(),
    ).toEqual(elsewhere.sort())
  })

  test('is one for each code that can be said of a license', () => {
    const about = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].exit === 7)
    const said = [...about, 'RIGHTS_EXCEEDED', 'SEATS_EXHAUSTED']
    const ofProducts = ['FEATURE_NOT_LICENSED', 'INSUFFICIENT_LICENSE_TIER', 'USAGE_LIMIT_EXCEEDED']
    const ofVendors = ['UNHEALTHY', 'PROOF_INVALID']
    const others = [...ofProducts, ...ofVendors]
    expect(Object.keys(STATE_OF).sort()).toEqual(said.filter((code) => !others.includes(code)).sort())
    for (const code of Object.keys(ERRORS) as ErrorCode[]) expect(STATES[stateOf(code)].opens, code).toBe(false)
  })
})

const BACK: Readonly<Record<string, Back>> = {
  'a license': { from: 'missing', into: async () => {}, out: bought },
  'a license for this product': {
    from: 'wrong-product',
    into: async (site) => site.install((await site.issue({}, { product: 'viewer' })).bytes),
    out: bought,
  },
  'a license of this vendor': {
    from: 'invalid',
    into: async (site) => {
      const other = await newSite()
      await site.install((await other.issue()).bytes, site.state, other.authority.roots)
    },
    out: bought,
  },
  'a license that was bought': {
    from: 'test-license',
    into: (site) => standing(site, never, { test: true }),
    out: bought,
  },
  'an answer': {
    from: 'activation-required',
    into: async (site) => {
      await activated(site, never)
      await site.giveUp()
    },
    out: (site) => site.activate(),
  },
  'another answer': {
    from: 'lease-ended',
    into: async (site) => {
      await activated(site, never, '30d')
      site.world.shown += 31 * DAY
    },
    out: (site) => site.activate({ lease: '30d' }),
  },
  'an answer for this machine': {
    from: 'wrong-device',
    into: async (site) => {
      await activated(site, never)
      site.exchange('other')
    },
    out: (site) => site.activate(),
  },
  'a renewal': {
    from: 'expired',
    into: async (site) => {
      const license = await standing(site, never)
      site.world.shown += 368 * DAY
      return license
    },
    out: renewed,
  },
  'a renewal within grace': {
    from: 'grace',
    into: async (site) => {
      const license = await standing(site, never)
      site.world.shown += 365 * DAY + HOUR
      return license
    },
    out: renewed,
  },
  'a renewal under an emergency code': {
    from: 'emergency',
    into: async (site) => {
      const license = await standing(site, never)
      site.world.shown += 368 * DAY
      await site.unlock(license.key)
      return license
    },
    out: renewed,
  },
  'newer word': {
    from: 'check-overdue',
    into: async (site) => {
      await standing(site, never, { fresh: 7 })
      site.world.shown += 8 * DAY
    },
    out: async (site) => site.install(await site.lists()),
  },
  'a list on which it is no longer suspended': {
    from: 'suspended',
    into: (site) => moved(site, 'suspend'),
    out: async (site, key) => site.install(await site.move('reinstate', key)),
  },
  'a list on which it is no longer revoked': {
    from: 'revoked',
    into: (site) => moved(site, 'revoke'),
    out: async (site, key) => site.install(await site.move('reinstate', key)),
  },
  'another license': { from: 'revoked', into: (site) => moved(site, 'revoke'), out: bought },
  'a clock that is put right': {
    from: 'clock-rolled-back',
    into: turnedBack,
    out: async (site) => {
      site.world.shown += DAY
    },
  },
  'the word of the vendor on the clock': {
    from: 'clock-rolled-back',
    into: turnedBack,
    out: (site) => site.activate({ prolong: true }),
  },
  'its beginning': {
    from: 'not-yet-valid',
    into: (site) => standing(site, never, { starts: '2026-12-01', expires: '2028-01-01' }),
    out: async (site) => {
      site.world.shown = Date.UTC(2026, 11, 2) / 1000
    },
  },
  'more maintenance': {
    from: 'not-covered',
    options: { buildDate: 1_790_000_000 + 40 * DAY },
    into: async (site) => site.install((await site.issue({}, { maintenance: '30d' })).bytes),
    out: async (site) => site.install((await site.issue({}, { maintenance: '60d' })).bytes),
  },
  'a license for a larger machine': {
    from: 'host-too-large',
    into: async (site) => {
      const { machine } = site
      const text = ['0', '1'].map((id) => `processor\t: ${id}\nphysical id\t: ${id}\ncore id\t: 0\n`).join('\n')
      site.machine = { ...machine, read: (path) => (path === '/proc/cpuinfo' ? text : machine.read(path)) }
      const license = await site.issue({}, { metric: 'cpu', seats: 1 })
      await site.install(license.bytes)
      return license
    },
    out: async (site, key) => site.install((await site.change({ key, seats: 2 })).bytes),
  },
  'a license for here': {
    from: 'restricted',
    options: { facts: { country: 'AT' } },
    into: async (site) => site.install((await site.issue({}, { restrict: ['country=DE'] })).bytes),
    out: async (site) => site.install((await site.issue({}, { restrict: ['country=DE,AT'] })).bytes),
  },
  'rights as they have to be': {
    from: 'unreadable',
    into: async (site) => {
      await standing(site, never)
      chmodSync(site.state, 0o777)
    },
    out: async (site) => chmodSync(site.state, 0o700),
  },
}

describe('the way back from a state', () => {
  test.each(Object.entries(BACK))('by %s', async (_, { from, options, into, out }) => {
    const site = await newSite()
    const license = await into(site)
    const gate = await site.gate(options)
    expect(gate.current().state).toBe(from)
    const was = gate.current().open
    const events = heard(gate)
    await out(site, license?.key ?? '')
    await gate.refresh()
    expect(gate.current()).toMatchObject({ state: 'active', code: undefined, action: null, landing: 'main' })
    expect(openPages(gate)).toEqual(OPEN)
    expect(events).toEqual(['license:updated'])
    // Where everything had stopped, it begins with the login.
    expect(gate.current().reopened).toBe(was ? undefined : site.world.now())
    expect(() => gate.requireFeature('api_access')).not.toThrow()
  })

  test('is played above for every state but the one that asks for a proof', () => {
    const left = new Set<string>(Object.values(BACK).map(({ from }) => from))
    expect(Object.keys(STATES).filter((state) => !left.has(state))).toEqual(['active', 'key-compromised'])
  })
})

test('an emergency code ends when it said, and what stood by it closes', async () => {
  const site = await newSite()
  const { key } = await standing(site, never)
  site.world.shown += 368 * DAY
  await site.unlock(key)
  const gate = await site.gate()
  const events = heard(gate)
  const { changes, ends, warns } = gate.current()
  expect([changes, warns]).toEqual([{ at: ends, to: 'expired' }, true])
  await site.world.sleep((ends ?? 0) - site.world.now() - 1)
  expect(gate.current().state).toBe('emergency')
  await site.world.pass(2)
  expect([gate.current().state, openPages(gate), events]).toEqual(['expired', CLOSED, ['license:expired']])
})

test('features that go with a change of state are told beside it', async () => {
  const site = await newSite()
  const { key } = await standing(site, never, { expires: '10d' })
  site.world.shown += 10 * DAY + HOUR
  const free = await site.gate({ policy: { unlicensed: { features: ['read'], limits: {} } } })
  expect([free.current().state, free.has('advanced_reporting')]).toEqual(['grace', true])
  const events = heard(free)
  const lost: string[] = []
  free.on('license:feature_disabled', ({ features }) => lost.push(...features))
  await site.renew(key)
  await site.install((await site.change({ key, tier: 'basic' })).bytes)
  await free.refresh()
  expect([free.current().state, lost.includes('advanced_reporting')]).toEqual(['active', true])
  expect(events).toEqual(['license:updated', 'license:feature_disabled'])
  // From a license to what everybody may do, and back.
  for (const dir of [site.state, join(site.root, '.state.mirror')]) rmSync(dir, { recursive: true })
  await free.refresh()
  expect([free.current().free, lost.includes('api_access')]).toEqual([true, true])
  await standing(site, never)
  await free.refresh()
  expect([free.current().free, lost.at(-1)]).toEqual([false, 'read'])
})

describe('time alone', () => {
  const ALL = {
    'to grace and to the end': {
      issue: (site: Site) => site.issue({ expires: '30d' }),
      changes: [
        [30 * DAY, 'grace'],
        [32 * DAY, 'expired'],
      ],
    },
    'to overdue': { issue: (site: Site) => site.issue({ fresh: 7 }), changes: [[7 * DAY + 1, 'check-overdue']] },
    'to its beginning': {
      issue: (site: Site) => site.issue({ starts: '2026-12-01', expires: '2028-01-01' }),
      changes: [
        [Date.UTC(2026, 11, 1) / 1000 - 1_790_000_000, 'active'],
        [Date.UTC(2028, 0, 1, 23, 59, 59) / 1000 - 1_790_000_000, 'grace'],
      ],
    },
    nowhere: { issue: (site: Site) => site.issue({ expires: 'never' }), changes: [] },
  } as const

  test.each(Object.entries(ALL))('leads %s, and the gate says when before', async (_, { issue, changes }) => {
    const site = await newSite()
    await site.install((await issue(site)).bytes)
    const gate = await site.gate()
    const began = site.world.now()
    for (const [after, to] of changes) {
      const { state, changes: next } = gate.current()
      expect(next).toEqual({ at: began + after, to })
      await site.world.sleep(after - (site.world.now() - began) - 1)
      expect(gate.current().state).toBe(state)
      // The clock is read in whole seconds, so it is known within one.
      await site.world.pass(2)
      expect(gate.current().state).toBe(to)
    }
    if (changes.length === 0) expect(gate.current().changes).toBeUndefined()
  })

  test('brings a clock that was turned back to right again', async () => {
    const site = await newSite()
    await site.install((await site.issue()).bytes)
    site.world.shown += 3 * HOUR
    const gate = await site.gate()
    site.world.shown -= 2 * HOUR
    await gate.refresh()
    expect(gate.current()).toMatchObject({ state: 'clock-rolled-back', changes: { to: 'active' } })
    await site.world.pass(HOUR + 1)
    expect(gate.current().state).toBe('active')
  })
})

describe('the rules of self-hosted products', () => {
  test('activation first, then the product; after the end one button, and renewed the login, with everything counted kept', async () => {
    const site = await newSite()
    const gate = await site.gate()
    const landings = [gate.current().landing]
    const look = async () => landings.push((await gate.refresh()).landing)
    const license = await site.issue({ expires: '30d' }, { activation: 'required' })
    await site.install(license.bytes)
    await look()
    await site.activate()
    await look()
    expect((await gate.count('max_api_requests_per_hour', 7)).used).toBe(7)
    await gate.users.assign('ada')
    expect(gate.current().reopened).toBeDefined()
    site.world.shown += 33 * DAY
    await look()
    const before = site.world.now()
    await site.install((await site.renew(license.key)).bytes)
    await look()
    expect(landings).toEqual(['activation', 'activation', 'main', 'activation-required', 'main'])
    // Sessions from before are led to the login again.
    expect(gate.current().reopened).toBeGreaterThanOrEqual(before)
    expect(gate.opens('login')).toBe(true)
    expect((await gate.users.list()).map(({ user }) => user)).toEqual(['ada'])
    expect((await gate.usage()).find(({ name }) => name === 'max_api_requests_per_hour')).toMatchObject({ total: 7 })
  })
})

describe('the state on disk', () => {
  test('is watched: what is installed by another process is noticed without a word', async () => {
    const site = await newSite()
    const gate = await site.gate()
    const events = heard(gate)
    await site.install((await site.issue()).bytes)
    await site.world.pass(6)
    expect(gate.current().state).toBe('active')
    expect(events).toEqual(['license:updated'])
  })

  test('is looked at again when the system tells, in real time', async () => {
    const site = await newSite()
    const license = await site.issue()
    await site.install(license.bytes)
    const gate = await site.gate({
      after: (milliseconds, work) => {
        // Only what the system told of: the looks now and then are minutes away.
        const timer = setTimeout(work, milliseconds <= 50 ? milliseconds : 600_000)
        return () => clearTimeout(timer)
      },
    })
    await settled()
    const told = new Promise((resolve) => gate.on('license:updated', resolve))
    await site.install((await site.renew(license.key)).bytes)
    await told
    expect(gate.current().license?.revision).toBe(2)
  })

  test('of a user who may not read it is a state with a message', async () => {
    const site = await newSite()
    await site.install((await site.issue()).bytes)
    chmodSync(site.state, 0o777)
    const gate = await site.gate()
    expect(gate.current()).toMatchObject({ state: 'unreadable', code: 'STATE_EXPOSED', open: false })
    chmodSync(site.state, 0o700)
    expect((await gate.refresh()).state).toBe('active')
  })

  test('may be a file, or below one', async () => {
    const site = await newSite()
    writeFileSync(site.state, 'not a directory')
    const gate = await site.gate()
    expect(gate.current()).toMatchObject({ state: 'unreadable', open: false })
    expect(await gate.count('max_users')).toMatchObject({ ok: false })
    const below = await site.gate({ state: join(site.state, 'deeper') })
    expect(below.current()).toMatchObject({ state: 'missing', open: false })
  })
})

test('a gate that was closed opens nothing', async () => {
  const site = await newSite()
  await site.install((await site.issue()).bytes)
  const gate = await site.gate()
  await gate.close()
  expect(gate.current().open).toBe(false)
  expect(gate.has('api_access')).toBe(false)
  expect((await gate.refresh()).open).toBe(false)
  expect(site.world.waiting).toBe(0)
})

test('a listener that throws does not keep the gate from closing', async () => {
  const site = await newSite()
  const license = await site.issue()
  await site.install(license.bytes)
  const gate = await site.gate()
  const thrown: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => thrown.push(error))
  gate.on('license:invalid', () => {
    throw new Error('of the product')
  })
  await site.install(await site.move('revoke', license.key))
  await gate.refresh()
  await settled()
  for (const each of listeners) process.on('uncaughtException', each)
  expect(gate.current().open).toBe(false)
  expect(thrown).toEqual([expect.objectContaining({ message: 'of the product' })])
})
