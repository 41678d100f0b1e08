/** What a product asks with each request: features, limits, tiers, several licenses, places where a license holds, machines, free mode. */

import { cpus } from 'node:os'
import { describe, expect, test } from 'vitest'
import { importPublicKey } from '../../src/core/keys.ts'
import type { Line } from '../../src/core/license.ts'
import { isInRange, parseAddress } from '../../src/gate/addresses.ts'
import { hostOf } from '../../src/gate/host.ts'
import { type Gate, type GateOptions, openGate } from '../../src/gate/index.ts'
import { OPTION_NAMES } from '../../src/gate/options.ts'
import { licenseOf, listOf, roots as ROOTS, START as SIGNED } from '../device/vendor.ts'
import { ISSUING } from '../property/signing.ts'
import { DAY, HOUR, newSite, type Site } from './site.ts'

const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'passed'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const LINE: Line = {
  product: 'editor',
  tier: 'pro',
  kind: 'subscription',
  metric: 'seat',
  activation: 'none',
  deviceRule: 15,
}
/** Licenses that no command makes yet, signed by test keys through core's own writers. */
const withLine = async (site: Site, line: Partial<Line>, options: Partial<GateOptions> = {}): Promise<Gate> => {
  const keys = ROOTS.map((bytes) => importPublicKey(bytes))
  await site.install(licenseOf({ lines: new Map([[0, { ...LINE, ...line }]]) }), site.state, keys)
  return site.gate({ root: keys, ...options })
}

describe('a license', () => {
  test('answers for features, limits and tiers', async () => {
    const site = await newSite()
    await site.install((await site.issue()).bytes)
    const gate = await site.gate()
    expect(gate.has('advanced_reporting')).toBe(true)
    expect(gate.has('time_travel')).toBe(false)
    expect([gate.limit('max_users'), gate.limit('max_api_requests_per_hour'), gate.limit('nothing')]).toEqual([
      50, 5000, 0,
    ])
    expect(gate.flags({ reports: 'advanced_reporting', travel: 'time_travel' })).toEqual({
      reports: true,
      travel: false,
    })
    expect(codeOf(() => gate.requireFeature('advanced_reporting'))).toBe('passed')
    expect(codeOf(() => gate.requireFeature('time_travel'))).toBe('FEATURE_NOT_LICENSED')
    const tiers = ['free', 'basic', 'professional', 'enterprise', 'unheard-of']
    expect(tiers.map((tier) => codeOf(() => gate.requireTier(tier)))).toEqual([
      ...['passed', 'passed', 'passed'],
      ...['INSUFFICIENT_LICENSE_TIER', 'INSUFFICIENT_LICENSE_TIER'],
    ])
    expect(gate.current().license).toMatchObject({
      tier: 'professional',
      tierTitle: 'Professional',
      customer: 'globex',
    })
    expect(gate.current()).toBe(gate.current())
  })

  test('of which 0 is unlimited', async () => {
    const site = await newSite()
    await site.install((await site.issue({}, { tier: 'enterprise' })).bytes)
    const gate = await site.gate()
    expect(gate.limit('max_users')).toBe(Number.POSITIVE_INFINITY)
  })

  test('loses a feature with the end of the feature, and tells', async () => {
    const site = await newSite()
    site.world.shown = SIGNED + 60
    const plain = { period: 'none', type: 'count' } as const
    const gate = await withLine(site, {
      on: ['export'],
      valued: new Map([['beta', { ...plain, value: undefined, expires: SIGNED + DAY }]]),
      limits: new Map([['seats', { ...plain, value: 9, expires: SIGNED + 2 * DAY }]]),
    })
    const lost: unknown[] = []
    gate.on('license:feature_disabled', ({ features }) => lost.push(features))
    const updated: unknown[] = []
    gate.on('license:updated', (event) => updated.push(event))
    expect([gate.has('beta'), gate.limit('seats')]).toEqual([true, 9])
    await site.world.sleep(DAY - 61)
    expect(gate.has('beta')).toBe(true)
    await site.world.pass(2)
    expect([gate.has('beta'), gate.has('export'), gate.current().state]).toEqual([false, true, 'active'])
    expect(lost).toEqual([['beta']])
    await site.world.sleep(DAY)
    expect([gate.limit('seats'), updated.length]).toEqual([0, 1])
  })
})

test('several licenses for one product unite, and it is said which gives what', async () => {
  const site = await newSite()
  const basic = await site.issue(
    { expires: '2y' },
    { tier: 'basic', limits: { max_users: 80 }, features: { scripts: true } },
  )
  const more = await site.issue({ expires: '1y' })
  const test = await site.issue({ expires: '3y', test: true }, { tier: 'enterprise' })
  for (const { bytes } of [basic, more, test]) await site.install(bytes)
  const gate = await site.gate()
  const current = gate.current()
  const maskedOf = (key: string) => current.licenses.find((each) => each.key === key)?.masked
  expect([gate.has('scripts'), gate.has('advanced_reporting')]).toEqual([true, true])
  expect([gate.limit('max_users'), gate.limit('max_api_requests_per_hour')]).toEqual([80, 5000])
  expect(current.features.get('scripts')?.from).toBe(maskedOf(basic.key))
  expect(current.features.get('advanced_reporting')?.from).toBe(maskedOf(more.key))
  expect(current.limits.get('max_users')?.from).toBe(maskedOf(basic.key))
  expect(current.limits.get('max_api_requests_per_hour')?.from).toBe(maskedOf(more.key))
  expect(current.ends).toBe(basic.license.expires)
  expect(codeOf(() => gate.requireTier('professional'))).toBe('passed')
  // What does not stand gives nothing, and is shown.
  expect(current.licenses.map(({ state }) => state)).toEqual(['active', 'active', 'test-license'])
  expect(codeOf(() => gate.requireTier('enterprise'))).toBe('INSUFFICIENT_LICENSE_TIER')
  await site.install(await site.move('revoke', basic.key))
  await gate.refresh()
  expect([gate.current().state, gate.has('scripts'), gate.limit('max_users')]).toEqual(['active', false, 50])
})

test('grace of one license says when that one ended, whatever keeps another running', async () => {
  const site = await newSite()
  const first = await site.issue({ expires: '10d' })
  await site.install(first.bytes)
  site.world.shown += 14 * DAY
  await site.unlock(first.key)
  const second = await site.issue({ expires: '2h' })
  await site.install(second.bytes)
  site.world.shown += 3 * HOUR
  const { state, message, ends, graceEnds, licenses } = (await site.gate()).current()
  expect([state, licenses.map((each) => each.state)]).toEqual(['grace', ['grace', 'emergency']])
  const end = second.license.expires ?? 0
  expect([ends, graceEnds]).toEqual([end, end + 48 * HOUR])
  expect(message).toContain(`ended on ${new Date(end * 1000).toISOString().slice(0, 10)}`)
})

describe('free mode', () => {
  const free: Partial<GateOptions> = {
    policy: { unlicensed: { features: ['read'], limits: { max_users: 1, prints: { value: 2, period: 'day' } } } },
  }
  test('is for those without a license, and for nobody whose license does not stand', async () => {
    const site = await newSite()
    const gate = await site.gate(free)
    expect(gate.current()).toMatchObject({ state: 'missing', open: true, free: true, landing: 'main' })
    expect([gate.has('read'), gate.has('api_access'), gate.limit('max_users')]).toEqual([true, false, 1])
    expect((await Promise.all([1, 2, 3].map(() => gate.count('prints')))).map(({ ok }) => ok)).toEqual([
      true,
      true,
      false,
    ])
    const license = await site.issue({ expires: '10d' })
    await site.install(license.bytes)
    expect(await gate.refresh()).toMatchObject({ state: 'active', free: false })
    expect([gate.has('read'), gate.has('api_access')]).toEqual([false, true])
    site.world.shown += 13 * DAY
    expect(await gate.refresh()).toMatchObject({ state: 'expired', open: false, landing: 'activation-required' })
    expect(gate.has('read')).toBe(false)
  })
})

describe('the options', () => {
  /** What somebody might try, for every name that there is. */
  const TRIED: readonly unknown[] = [false, true, 0, 1, '', 'off', 'none', null, [], {}, { enabled: false }, () => true]
  const policies = ['unlicensed', 'revocations', 'every'].flatMap((name) => TRIED.map((value) => ({ [name]: value })))
  const facts = ['country', 'domain', 'ip', 'perRequest'].flatMap((name) => TRIED.map((value) => ({ [name]: value })))

  test('name no list to fetch by nothing at all, and no place by an empty text', async () => {
    const site = await newSite()
    for (const revocations of [undefined, null, '', ' ']) {
      const gate = await site.gate({ policy: { revocations } })
      expect([gate.current().state, gate.fetching()], String(revocations)).toEqual(['missing', undefined])
    }
    const empty = ['state', 'usage', 'version'].map((name) => site.gate({ [name]: '' }).catch(({ code }) => code))
    expect(await Promise.all(empty)).toEqual(empty.map(() => 'INVALID_INPUT'))
  })

  test('have no switch that turns checking off', async () => {
    const site = await newSite()
    const license = await site.issue()
    await site.install(license.bytes)
    await site.install(await site.move('revoke', license.key))
    const wishes = [
      // What the world is made of is no switch: whoever builds the product makes the whole of it.
      ...OPTION_NAMES.filter((name) => !['machine', 'now', 'random', 'after', 'fetch', 'state'].includes(name)).flatMap(
        (name) => TRIED.map((value) => ({ [name]: value })),
      ),
      ...policies.map((policy) => ({ policy })),
      ...facts.map((each) => ({ facts: each })),
      ...['enabled', 'disabled', 'skip', 'debug', 'check', 'unlicensed'].map((name) => ({ [name]: true })),
    ]
    let opened = 0
    for (const wish of wishes) {
      const gate = await openGate({ ...site.options(), ...wish } as GateOptions).catch((error) => {
        expect(error, JSON.stringify(wish)).toMatchObject({ code: expect.stringMatching(/INVALID_INPUT/) })
      })
      if (!gate) continue
      opened++
      expect(gate.current().open, JSON.stringify(wish)).toBe(false)
      expect(gate.has('api_access')).toBe(false)
      await gate.close()
    }
    expect(opened).toBeGreaterThan(20)
    expect(wishes.length - opened).toBeGreaterThan(80)
  })
})

describe('a license for some versions', () => {
  test.each([
    ['2.0', 'active'],
    ['2.9.9-beta.1', 'active'],
    ['1.9', 'not-covered'],
    ['3', 'not-covered'],
    ['next', 'not-covered'],
    [undefined, 'not-covered'],
  ] as const)('%s: %s', async (version, state) => {
    const site = await newSite()
    site.world.shown = SIGNED + 60
    const gate = await withLine(site, { versions: { from: '2.0', below: '3.0' } }, { version })
    expect(gate.current()).toMatchObject({ state, open: state === 'active' })
    expect(gate.permits({}).ok).toBe(state === 'active')
  })
})

describe('addresses', () => {
  test.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.1.2.3/32', true],
    ['10.1.2.4', '10.1.2.3/32', false],
    ['255.255.255.255', '0.0.0.0/0', true],
    ['192.168.1.255', '192.168.1.128/25', true],
    ['192.168.1.127', '192.168.1.129/25', false],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1/128', true],
    ['::1', '::/0', true],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    ['::ffff:a01:203', '10.0.0.0/8', true],
    ['10.1.2.3', '::ffff:a00:0/104', true],
    ['10.1.2.3', '2001:db8::/32', false],
    ['::10.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.0.0.0/33', false],
    ['10.1.2.3', '10.0.0.0', false],
    ['10.1.2.3', '10.0.0.0/08', false],
  ])('%s in %s: %s', (address, range, wanted) => {
    const read = parseAddress(address)
    expect(read !== undefined && isInRange(read, range)).toBe(wanted)
  })

  test.each([
    '',
    '10.1.2',
    '10.1.2.3.4',
    '010.1.2.3',
    '10.1.2.256',
    '0x0a.1.2.3',
    '10.1.2.3 ',
    '10.1.2.-3',
    '1',
    '::1%eth0',
  ])('%j is none', (text) => expect(parseAddress(text)).toBeUndefined())
  test.each([
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '::1.2.3',
    '::010.1.2.3',
    ':1::',
    'a'.repeat(60),
  ])('%j is none of IPv6', (text) => expect(parseAddress(text)).toBeUndefined())
})

describe('where a license holds', () => {
  const restrictions = {
    countries: { allow: ['DE', 'AT'] },
    domains: { allow: ['acme.example'], deny: ['test.acme.example'] },
    ranges: { deny: ['10.9.0.0/16'] },
  }
  const HERE = { country: 'DE', domain: 'erp.acme.example', ip: '10.1.0.1' }
  test.each([
    ['here', HERE, 'active'],
    ['there', { ...HERE, country: 'at', domain: 'ACME.example.' }, 'active'],
    ['another country', { ...HERE, country: 'FR' }, 'restricted'],
    ['another domain', { ...HERE, domain: 'evilacme.example' }, 'restricted'],
    ['a domain that is denied', { ...HERE, domain: 'a.test.acme.example' }, 'restricted'],
    ['a network that is denied', { ...HERE, ip: '10.9.1.1' }, 'restricted'],
    ['the same, as IPv6 writes it', { ...HERE, ip: '::ffff:10.9.1.1' }, 'restricted'],
    ['no address', { ...HERE, ip: '10.9.01.1' }, 'restricted'],
    ['nothing said', {}, 'restricted'],
    ['one of them not said', { country: 'DE', domain: 'acme.example' }, 'restricted'],
    ['that one said with each request', { country: 'DE', domain: 'acme.example', perRequest: ['ip'] }, 'active'],
  ] as const)('%s', async (_, facts, state) => {
    const site = await newSite()
    site.world.shown = SIGNED + 60
    const gate = await withLine(site, { restrictions }, { facts: facts as GateOptions['facts'] })
    expect(gate.current()).toMatchObject({
      state,
      open: state === 'active',
      landing: state === 'active' ? 'main' : 'activation-required',
    })
  })

  test('is asked with each request', async () => {
    const site = await newSite()
    site.world.shown = SIGNED + 60
    const gate = await withLine(site, { restrictions }, { facts: { ...HERE, ip: undefined, perRequest: ['ip'] } })
    expect(['10.1.2.3', '10.9.2.3', 'localhost', undefined].map((ip) => gate.permits({ ip }).ok)).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect(gate.permits({ ip: '10.9.2.3' })).toMatchObject({ code: 'RESTRICTED' })
  })
})

describe('a license by processor or core', () => {
  const cpuinfo = (sockets: number, cores: number): string =>
    Array.from(
      { length: sockets * cores * 2 },
      (_, i) => `processor\t: ${i}\nphysical id\t: ${i % sockets}\ncore id\t\t: ${Math.floor(i / sockets) % cores}\n`,
    ).join('\n')
  const large = (site: Site, text: string): void => {
    const { machine } = site
    site.machine = { ...machine, read: (path) => (path === '/proc/cpuinfo' ? text : machine.read(path)) }
  }
  test.each([
    ['cpu', 2, 'active'],
    ['cpu', 1, 'host-too-large'],
    ['core', 8, 'active'],
    ['core', 7, 'host-too-large'],
    ['core', 0, 'active'],
    ['seat', 1, 'active'],
  ] as const)('%s, %i of them: %s', async (metric, seats, state) => {
    const site = await newSite()
    large(site, cpuinfo(2, 4))
    await site.install((await site.issue({}, { metric, seats })).bytes)
    const gate = await site.gate()
    expect(gate.current()).toMatchObject({
      state,
      ...(state !== 'active' && { code: 'SEATS_EXHAUSTED', action: 'upgrade' }),
    })
  })

  test('counts sockets and physical cores, as each system tells', async () => {
    const { machine } = await newSite()
    const on = (platform: string, read: string | undefined, run?: string) =>
      hostOf({ ...machine, platform, read: () => read, run: async () => run })
    expect(await on('linux', cpuinfo(2, 4))).toEqual({ cpu: 2, core: 8 })
    expect(await on('linux', 'processor\t: 0\n\nprocessor\t: 1\n')).toEqual({ cpu: 1, core: 2 })
    expect(await on('linux', undefined)).toEqual({ cpu: 1, core: cpus().length })
    expect(await on('darwin', undefined, '1\n10\n')).toEqual({ cpu: 1, core: 10 })
    expect(await on('win32', undefined, '2 16\r\n')).toEqual({ cpu: 2, core: 16 })
    expect(await on('win32', undefined, undefined)).toEqual({ cpu: 1, core: cpus().length })
  })
})

test('a license under a key that was stolen does not stand', async () => {
  const site = await newSite()
  site.world.shown = SIGNED + 60
  const gate = await withLine(site, {})
  expect(gate.current().state).toBe('active')
  const { kid } = importPublicKey(ISSUING.publicKey)
  // Installed after the cut-off.
  const list = listOf({ at: SIGNED + 30, compromised: [[kid, SIGNED - DAY, 0, new Uint8Array(32)]] })
  await site.install(
    list,
    site.state,
    ROOTS.map((bytes) => importPublicKey(bytes)),
  )
  await gate.refresh()
  expect(gate.current()).toMatchObject({ state: 'key-compromised', code: 'KEY_COMPROMISED', open: false })
})

test('a list of another vendor neither revokes nor counts as fresh word', async () => {
  const site = await newSite()
  const license = await site.issue({ fresh: 7 })
  await site.install(license.bytes)
  const other = await newSite(['editor', 'painter'])
  await site.install((await other.issue({}, { product: 'painter' })).bytes, site.state, other.authority.roots)
  other.world.shown += 6 * DAY
  site.world.shown += 6 * DAY
  await site.install(await other.lists(), site.state, other.authority.roots)
  const gate = await site.gate()
  expect(gate.current().changes).toMatchObject({ to: 'check-overdue' })
  site.world.shown += 2 * DAY
  expect((await gate.refresh()).state).toBe('check-overdue')
  await site.install(await site.lists())
  expect((await gate.refresh()).state).toBe('active')
})
