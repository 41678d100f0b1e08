/** What a product tells of its license: the claim of its tokens, the status for its pages with alerts, and what the browser makes of it. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ClientEvent, EVENTS, type LicenseClient, licenseClient } from '../../src/gate/client.ts'
import { guard } from '../../src/gate/fetch.ts'
import { type Gate, licenseClaim, licenseStatus } from '../../src/gate/index.ts'
import { DAY, HOUR, newSite, type Site } from './site.ts'

const LIMITS = { calls: { value: 100, period: 'hour' }, max_users: 8, prints: 0 } as const
type Issued = NonNullable<Parameters<Site['issue']>[0]>
type Limits = NonNullable<Parameters<Site['issue']>[1]>['limits']
const licensed = async (
  more: Issued = {},
  limits: Limits = LIMITS,
): Promise<{ site: Site; gate: Gate; key: string }> => {
  const site = await newSite()
  const { bytes, key } = await site.issue(more, { tier: 'basic', limits })
  await site.install(bytes)
  return { site, gate: await site.gate(), key }
}

describe('the claim of a token', () => {
  test('says what the license says, with a masked key', async () => {
    const { gate, key } = await licensed()
    const claim = licenseClaim(gate)
    expect(claim).toEqual({
      key: gate.current().license?.masked,
      tier: 'basic',
      tier_name: 'Basic',
      expiry_date: new Date((gate.current().ends ?? 0) * 1000).toISOString().replace('.000', ''),
      features: [...gate.current().features.keys()].sort(),
      limits: expect.objectContaining({ calls: 100, max_users: 8, prints: 0, max_companies: 1 }),
      status: 'active',
    })
    expect(claim.key).not.toContain(key.split('-')[2])
    expect(licenseClaim(gate.current())).toEqual(claim)
    expect(JSON.parse(JSON.stringify(claim))).toEqual(claim)
  })

  test('gives nothing while the gate is closed, and nothing is named without a license', async () => {
    const { site, gate } = await licensed({ expires: '10d' })
    site.world.shown += 20 * DAY
    await gate.refresh()
    expect(licenseClaim(gate)).toMatchObject({ status: 'expired', features: [], limits: {}, tier: 'basic' })
    expect(licenseClaim(await (await newSite()).gate())).toEqual({
      ...{ key: null, tier: null, tier_name: null, expiry_date: null },
      ...{ features: [], limits: {}, status: 'missing' },
    })
  })
})

describe('the status', () => {
  test('tells of what shares a name whatever is nearer to its end', async () => {
    const { gate } = await licensed({}, { users: 10 })
    await gate.count('users', 9)
    expect((await gate.users.assign('ada')).ok).toBe(true)
    const { usage, usage_percentage } = await licenseStatus(gate)
    expect([usage_percentage.users, usage.users?.used]).toEqual([90, 9])
  })
  test('tells license, usage, days and alerts, worst first', async () => {
    const { gate, site } = await licensed({ expires: '40d' })
    await gate.count('calls', 74)
    await gate.count('prints', 5)
    const first = await licenseStatus(gate)
    expect(first).toMatchObject({
      success: true,
      license: { ...licenseClaim(gate), open: true, warns: false, licensee: 'Globex GmbH', kind: 'subscription' },
      usage: {
        calls: { used: 74, limit: 100, remaining: 26, percent: 74, period: 'hour' },
        prints: { used: expect.any(Number), limit: 0, remaining: null, percent: 0, period: 'none', resets_at: null },
      },
      days_until_expiry: expect.any(Number),
      usage_percentage: { calls: 74, max_users: 0 },
      alerts: [],
    })
    expect(first.usage_percentage).not.toHaveProperty('prints')
    await gate.count('calls')
    await gate.count('max_users', 8)
    const { alerts } = await licenseStatus(gate)
    expect(alerts.map(({ id, type, severity, title }) => [id, type, severity, title])).toEqual([
      ['usage:limit:max_users:90', 'usage', 'critical', 'Max users: the limit is reached'],
      ['usage:limit:calls:75', 'usage', 'warning', 'Calls: 75 % used'],
    ])
    expect(alerts[1]?.message).toMatch(/^75 of 100 are used; there is more on \d{4}-\d\d-\d\d at \d\d:00 UTC\.$/)
    await gate.count('calls', 15)
    expect((await licenseStatus(gate)).alerts.map(({ id }) => id)).toContain('usage:limit:calls:90')
    await site.world.sleep(HOUR)
    expect((await licenseStatus(gate)).alerts.map(({ id }) => id)).toEqual(['usage:limit:max_users:90'])
  })

  test.each([
    [7499, 74.9, undefined],
    [7500, 75, 'Calls: 75 % used'],
    [8999, 89.9, 'Calls: 89 % used'],
    [9000, 90, 'Calls: 90 % used'],
    [9999, 99.9, 'Calls: 99 % used'],
    [10_000, 100, 'Calls: the limit is reached'],
  ])('says of %i in ten thousand no more than there are', async (used, percent, title) => {
    const { gate } = await licensed({}, { calls: { value: 10_000, period: 'month' } })
    await gate.count('calls', used)
    const { alerts, usage_percentage } = await licenseStatus(gate)
    expect([usage_percentage.calls, alerts[0]?.title]).toEqual([percent, title])
  })

  test.each([
    [31, undefined, 31],
    [30, 'expiry:30', 30],
    [8, 'expiry:30', 8],
    [7, 'expiry:7', 7],
    [1, 'expiry:7', 1],
  ])('%i days before the end: %s', async (days, id, told) => {
    const { gate, site } = await licensed({ expires: '60d' })
    site.world.shown = (gate.current().ends ?? 0) - days * DAY
    await gate.refresh()
    const { alerts, days_until_expiry } = await licenseStatus(gate)
    expect([alerts.map((each) => each.id), days_until_expiry]).toEqual([id === undefined ? [] : [id], told])
  })

  test('in grace and after it speaks of that, and of no days', async () => {
    const { gate, site } = await licensed({ expires: '10d' })
    site.world.shown = (gate.current().ends ?? 0) + HOUR
    await gate.refresh()
    expect(await licenseStatus(gate)).toMatchObject({
      license: { status: 'grace', open: true, warns: true, action: 'renew', grace_until: expect.any(String) },
      days_until_expiry: 0,
      alerts: [{ id: 'state:grace', type: 'state', severity: 'critical', title: 'The license has ended' }],
    })
    site.world.shown += 3 * DAY
    await gate.refresh()
    expect(await licenseStatus(gate)).toMatchObject({
      license: { status: 'expired', open: false },
      usage: {},
      days_until_expiry: 0,
      alerts: [{ id: 'state:expired' }],
    })
  })

  test('of a license without end has no days', async () => {
    const { gate } = await licensed({ expires: 'never' })
    expect(await licenseStatus(gate)).toMatchObject({ days_until_expiry: null, license: { expiry_date: null } })
  })
})

describe('the browser', () => {
  const clients: LicenseClient[] = []
  afterEach(() => {
    for (const client of clients.splice(0)) client.stop()
    vi.useRealTimers()
  })
  /** A page that talks to the product without a network between. */
  const page = (gate: Gate, every = 0) => {
    const license = guard(gate)
    const routes: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
      '/license': license.status,
      '/travel': license.requireFeature('time_travel')(() => new Response('travel')),
      '/hr': license.requireFeature('hr_module')(() => new Response('hr')),
      '/admin': license.requireTier('enterprise')(() => new Response('admin')),
      '/api': license.track('calls')(() => new Response('api')),
      '/broken': () => new Response('{', { status: 403 }),
      '/empty': () => Response.json(null, { status: 403 }),
      '/own': () => Response.json({ error_code: 'FORBIDDEN', details: null }, { status: 403 }),
    }
    const ask: typeof fetch = async (input) => {
      const request = new Request(new URL(String(input), 'http://product.example'))
      return license((each) => routes[new URL(each.url).pathname]?.(each) ?? new Response('page'))(request)
    }
    const target = new EventTarget()
    const heard: [ClientEvent, unknown][] = []
    const client = licenseClient({ url: '/license', every, target, fetch: ask })
    for (const event of EVENTS) client.on(event, (detail) => heard.push([event, detail]))
    clients.push(client)
    return { client, heard, target, names: () => heard.splice(0).map(([name]) => name) }
  }

  test('knows what it read, and nothing before', async () => {
    const { gate } = await licensed()
    const { client, heard } = page(gate)
    expect([client.status, client.isEnabled('sales_module'), client.usagePercent('calls')]).toEqual([
      undefined,
      false,
      0,
    ])
    await gate.count('calls', 50)
    expect((await client.refresh())?.license.tier).toBe('basic')
    expect(['sales_module', 'time_travel', 'toString'].map(client.isEnabled)).toEqual([true, false, false])
    expect(['calls', 'prints', 'constructor'].map(client.usagePercent)).toEqual([50, 0, 0])
    expect(heard).toEqual([])
  })

  test('raises what its own requests are refused for', async () => {
    const { gate } = await licensed()
    const { client, heard, target } = page(gate)
    const onWindow: unknown[] = []
    target.addEventListener('license:limit_exceeded', (event) => onWindow.push((event as CustomEvent).detail))
    await client.refresh()
    expect(await (await client.fetch('/orders')).text()).toBe('page')
    expect((await client.fetch('/travel')).status).toBe(403)
    expect((await client.fetch('/admin')).status).toBe(403)
    await gate.count('calls', 100)
    const refused = await client.fetch('/api')
    // The answer is still whole for whoever asked.
    expect([refused.status, ((await refused.json()) as { error_code: string }).error_code]).toEqual([
      429,
      'USAGE_LIMIT_EXCEEDED',
    ])
    await client.fetch('/api')
    for (const path of ['/broken', '/empty', '/own']) expect((await client.fetch(path)).status, path).toBe(403)
    expect(heard).toMatchObject([
      ['license:feature_disabled', { features: ['time_travel'] }],
      ['license:feature_disabled', { features: [], required: 'enterprise' }],
      ['license:limit_exceeded', { limit: 'calls', used: 100 }],
    ])
    expect(onWindow).toHaveLength(1)
  })

  test('hears of a change, an end, and a renewal; each once', async () => {
    const { gate, site, key } = await licensed({ expires: '10d' })
    const { client, names } = page(gate)
    await client.refresh()
    await site.install((await site.change({ key, without: ['hr_module'] })).bytes)
    await gate.refresh()
    // A request notices first; the status then says what else is gone.
    await client.fetch('/hr')
    expect([names(), client.isEnabled('hr_module')]).toEqual([['license:feature_disabled'], false])
    await site.install((await site.change({ key, features: { scripts: true } })).bytes)
    await gate.refresh()
    await client.refresh()
    expect([names(), client.isEnabled('scripts')]).toEqual([['license:updated'], true])
    site.world.shown += 20 * DAY
    await gate.refresh()
    await Promise.all(['/orders', '/api', '/hr'].map((path) => client.fetch(path)))
    await client.refresh()
    expect([names(), client.isEnabled('scripts'), client.status?.license.open]).toEqual([
      ['license:expired'],
      false,
      false,
    ])
    await site.install((await site.renew(key)).bytes)
    await gate.refresh()
    await client.refresh()
    expect([names(), client.isEnabled('scripts')]).toEqual([['license:updated'], true])
    await site.install(await site.move('revoke', key))
    await gate.refresh()
    await client.refresh()
    expect(names()).toEqual(['license:invalid'])
  })

  test('reads again and again until it is stopped, and is content with no network', async () => {
    vi.useFakeTimers()
    let asked = 0
    const target = new EventTarget()
    const client = licenseClient({
      ...{ url: '/license', every: 60, target },
      fetch: async () => {
        asked += 1
        throw new TypeError('no network')
      },
    })
    expect(await client.refresh()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(180_000)
    expect(asked).toBe(4)
    client.stop()
    await vi.advanceTimersByTimeAsync(180_000)
    expect(asked).toBe(4)
  })

  test('reads at once where it reads by itself', async () => {
    const { gate } = await licensed()
    const { client } = page(gate, 60)
    await vi.waitFor(() => expect(client.isEnabled('hr_module')).toBe(true))
  })

  test('goes on reading when the status itself is refused for a feature', async () => {
    const { gate } = await licensed()
    let serves = true
    const client = licenseClient({
      ...{ url: '/hr/license', every: 0, target: new EventTarget() },
      fetch: async () => {
        const details = { code: 'FEATURE_NOT_LICENSED', feature: 'hr_module' }
        const refused = { success: false, error_code: 'FEATURE_NOT_LICENSED', details }
        return serves ? Response.json(await licenseStatus(gate)) : Response.json(refused, { status: 403 })
      },
    })
    await client.refresh()
    serves = false
    expect(await client.refresh()).toBeUndefined()
    serves = true
    expect(await client.refresh()).toBeDefined()
  })

  test('two readings at once are one', async () => {
    const { gate } = await licensed()
    const { client } = page(gate)
    expect(client.refresh()).toBe(client.refresh())
    await client.refresh()
  })
})
