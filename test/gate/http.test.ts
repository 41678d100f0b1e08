/**
 * A product behind its gate on the network: the same answers from Express, Hono and a plain handler; programs get JSON, people a
 * page; what opens before, during and after a license; uses that are counted; and ten thousand requests by somebody who means ill.
 */

import { chmodSync } from 'node:fs'
import { posix } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { guard as guardNode } from '../../src/gate/express.ts'
import type { RefusalBody } from '../../src/gate/fetch.ts'
import { guard } from '../../src/gate/fetch.ts'
import { wantsPage } from '../../src/gate/http/answer.ts'
import type { HttpOptions } from '../../src/gate/http/rules.ts'
import type { Gate, GateOptions } from '../../src/gate/index.ts'
import { openGates } from '../../src/gate/index.ts'
import { GATED, held, type Kind, OPEN, OPTIONS, raw, SERVERS, serve } from './served.ts'
import { DAY, HOUR, newRoot, newSite, type Site } from './site.ts'

const KINDS = Object.keys(SERVERS) as Kind[]
const BROWSER = { headers: { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } }

const licensed = async (
  line: Parameters<Site['issue']>[1] = {},
  options: Partial<GateOptions> = {},
): Promise<{ site: Site; gate: Gate; key: string }> => {
  const site = await newSite()
  const { bytes, key } = await site.issue({}, line)
  await site.install(bytes)
  return { site, key, gate: await site.gate(options) }
}
/** Where the links of a page lead, and what they are called. */
const linksIn = (html: string): readonly string[] =>
  [...html.matchAll(/<a href="([^"]*)">([^<]*)<\/a>/g)].map(([, to, label]) => `${to} ${label}`)
const LIMITS = {
  calls: { value: 2, period: 'hour' },
  places: { value: 1, period: 'concurrent' },
  max_users: 3,
} as const

const asked = async (
  url: string,
  init?: RequestInit,
): Promise<{ status: number; body: RefusalBody; response: Response }> => {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  const body = text.startsWith('{') ? JSON.parse(text) : { text }
  return { status: response.status, body, response }
}

describe.each(KINDS)('behind %s', (kind) => {
  test('without a license nothing opens but the activation page and what is public', async () => {
    const gate = await (await newSite()).gate()
    const { url, reached } = await serve(kind, gate)
    for (const path of OPEN) expect((await asked(url + path)).status, path).toBe(200)
    expect(reached.splice(0)).toEqual(OPEN)
    for (const path of GATED) {
      expect((await asked(url + path)).body, path).toMatchObject({
        success: false,
        error: 'Activation',
        error_code: 'LICENSE_MISSING',
        details: {
          code: 'LICENSE_MISSING',
          state: 'missing',
          message: expect.stringContaining('No license for editor'),
          suggestion: expect.stringContaining('activation page'),
          action: 'activate',
          action_url: '/activation',
          upgrade_url: OPTIONS.upgrade,
        },
      })
    }
    for (const path of GATED) {
      const { status, response } = await asked(url + path, BROWSER)
      expect([status, response.headers.get('location')], path).toEqual([302, '/activation'])
    }
    expect((await asked(`${url}/orders`, { ...BROWSER, method: 'POST' })).status).toBe(403)
    expect(reached).toEqual([])
  })

  test('with a license the product opens, but for what is not in it', async () => {
    const { gate } = await licensed({ limits: LIMITS })
    const { url, reached } = await serve(kind, gate)
    for (const path of ['/', '/orders', '/reports/year', '/health']) {
      expect((await asked(url + path)).status, path).toBe(200)
    }
    expect(reached).toHaveLength(4)
    const travel = await asked(`${url}/travel`)
    expect([travel.status, travel.body]).toEqual([
      403,
      {
        success: false,
        error: 'Not in the license',
        error_code: 'FEATURE_NOT_LICENSED',
        details: {
          ...{ feature: 'time_travel', tier: 'professional', code: 'FEATURE_NOT_LICENSED', state: 'active' },
          message: 'The license does not have time travel.',
          ...{ suggestion: 'Upgrade to a license that has it.', action: 'upgrade' },
          ...{ action_url: OPTIONS.upgrade, upgrade_url: OPTIONS.upgrade },
        },
      },
    ])
    expect((await asked(`${url}/admin`)).body).toMatchObject({
      error_code: 'INSUFFICIENT_LICENSE_TIER',
      details: { required: 'enterprise', tier: 'professional', message: expect.stringContaining('has Professional') },
    })
  })

  test('a path needs its feature', async () => {
    const { gate } = await licensed({ tier: 'basic' })
    const { url, reached } = await serve(kind, gate)
    for (const path of ['/reports', '/reports/', '/reports/year', '/reports?x=/orders', '/REPORTS', '/%72eports']) {
      expect((await asked(url + path)).body, path).toMatchObject({ error_code: 'FEATURE_NOT_LICENSED' })
    }
    expect(reached).toEqual([])
    for (const path of ['/reports2', '/orders/reports']) expect((await asked(url + path)).status, path).toBe(200)
  })

  test('a limit says when there is more', async () => {
    const { gate, site } = await licensed({ limits: LIMITS })
    const { url } = await serve(kind, gate)
    expect([(await asked(`${url}/api`)).status, (await asked(`${url}/api`, { method: 'POST' })).status]).toEqual([
      200, 200,
    ])
    const { status, body, response } = await asked(`${url}/api`)
    const left = HOUR - (site.world.now() % HOUR)
    expect([status, response.headers.get('retry-after')]).toEqual([429, String(left)])
    expect(body).toMatchObject({
      error_code: 'USAGE_LIMIT_EXCEEDED',
      details: {
        ...{ limit: 'calls', allowed: 2, used: 2 },
        resets_at: new Date((site.world.now() + left) * 1000).toISOString(),
        action_url: OPTIONS.upgrade,
      },
    })
    await site.world.sleep(left)
    expect((await asked(`${url}/api`)).status).toBe(200)
  })

  test('a place among several at once is held while the answer is on the way, and by nobody who hung up', async () => {
    const { gate } = await licensed({ limits: LIMITS })
    const { url } = await serve(kind, gate)
    const first = asked(`${url}/live`)
    while (gate.holding() === 0) await pause(2)
    const second = await asked(`${url}/live`)
    expect([second.status, second.response.headers.get('retry-after'), second.body.error_code]).toEqual([
      ...[429, '5'],
      'USAGE_LIMIT_EXCEEDED',
    ])
    held.finish()
    expect((await first).status).toBe(200)
    while (gate.holding() > 0) await pause(2)
    if (kind !== 'express') return
    const hangUp = new AbortController()
    const third = asked(`${url}/live`, { signal: hangUp.signal })
    while (gate.holding() === 0) await pause(2)
    hangUp.abort()
    await expect(third).rejects.toThrow()
    while (gate.holding() > 0) await pause(2)
  })

  test('how many there are is not used up by requests: a mistake of the product, which serves nothing', async () => {
    const { gate } = await licensed({ limits: LIMITS })
    const { url } = await serve(kind, gate)
    expect(await asked(`${url}/counted`)).toMatchObject({ status: 500, body: { text: 'USAGE' } })
  })

  test('a license that has ended leaves one page with one button; a renewed one brings the product back', async () => {
    const { gate, site, key } = await licensed()
    const { url, reached } = await serve(kind, gate)
    site.world.shown += 366 * DAY
    await gate.refresh()
    expect((await asked(`${url}/orders`, BROWSER)).status).toBe(200)
    expect(gate.current()).toMatchObject({ state: 'grace', warns: true })
    site.world.shown += 3 * DAY
    await gate.refresh()
    reached.splice(0)
    expect((await asked(`${url}/orders`)).body).toMatchObject({
      error: 'The license has expired',
      error_code: 'LICENSE_INVALID',
      details: { code: 'LICENSE_EXPIRED', state: 'expired', action: 'renew', action_url: '/activation' },
    })
    for (const path of GATED) {
      const { status, body, response } = await asked(url + path, BROWSER)
      const { text } = body as unknown as { text: string }
      expect([status, response.headers.get('content-type')], path).toEqual([403, 'text/html; charset=utf-8'])
      expect(text.match(/<a [^>]*>/g)).toEqual(['<a href="/activation">'])
      expect(text).toContain('<h1>The license has expired</h1>')
      expect(text).toContain('Editor &lt;2&gt;')
      expect(text.match(/<script|https?:|url\(|src=|@import|<link/gi)).toBeNull()
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
    expect((await asked(`${url}/activation`)).status).toBe(200)
    expect(reached).toEqual(['/activation'])
    await site.install((await site.renew(key)).bytes)
    await gate.refresh()
    expect((await asked(`${url}/orders`)).status).toBe(200)
  })

  test('each request finds the gate of its tenant, and one that is not found opens nothing', async () => {
    const site = await newSite()
    const { state: _, ...options } = site.options()
    const gates = openGates({ ...options, tenants: newRoot() })
    await site.install((await site.issue()).bytes, gates.stateOf('acme'))
    const tenantOf = (request: unknown): string => {
      const { headers, req } = request as { headers?: Headers | Record<string, string>; req?: { raw: Request } }
      const all = req?.raw.headers ?? headers
      return (all instanceof Headers ? all.get('tenant') : all?.tenant) ?? ''
    }
    const { url } = await serve(kind, (request) => gates.of(tenantOf(request)))
    const status = async (tenant: string): Promise<number> =>
      (await asked(`${url}/orders`, { headers: { tenant } })).status
    expect([await status('acme'), await status('globex'), await status('')]).toEqual([200, 403, 500])
    await gates.close()
  })

  test('tells how it stands', async () => {
    const { gate } = await licensed({ limits: LIMITS })
    const { url } = await serve(kind, gate)
    await gate.count('calls')
    const { body, response } = await asked(`${url}/license`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ success: true, usage_percentage: { calls: 50 }, license: { status: 'active' } })
  })

  test('a head has no body', async () => {
    const gate = await (await newSite()).gate()
    const { url } = await serve(kind, gate)
    expect(await asked(`${url}/orders`, { method: 'HEAD' })).toMatchObject({ status: 403, body: { text: '' } })
  })
})

/** A source of numbers that repeats. */
const dice =
  (seed: number) =>
  (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return (seed >> 8) % below
  }

describe.each(KINDS)('thousands of hostile requests to %s', (kind) => {
  const PIECES = [
    ...['/', '//', '///', '/.', '/./', '/..', '/../', '/..;/', '\\', '/%2e', '/%2e%2e', '/%2E%2e/', '/%252e%252e/'],
    ...[
      '%2f',
      '%2F',
      '%252f',
      '%25252f',
      '%5c',
      '%5C',
      '%00',
      '%',
      '%zz',
      '%c0%af',
      '%e0%80%af',
      '%ff',
      '%0d%0a',
      '%09',
    ],
    ...[
      '.',
      '..',
      '...',
      ';',
      ';x=1',
      '?',
      '#',
      '%3f',
      '%23',
      '%3b',
      '%20',
      '+',
      '~',
      ':',
      '@',
      '&',
      '*',
      '{',
      '|',
      '"',
    ],
    ...[
      'health',
      'HEALTH',
      'assets',
      'assets/',
      'activation',
      'reports',
      'REPORTS',
      'Reports',
      '%72eports',
      'report%73',
    ],
    ...[
      '/health',
      '/assets/',
      '/activation',
      '/reports',
      '/orders',
      '/admin',
      '/api',
      '/license',
      'x',
      '\u00e9',
      '\u0000',
    ],
    ...['http://product.example', 'http://evil.example/', 'https://evil.example/health/', '//evil.example/health'],
  ]
  const targets = (seed: number, count: number): readonly string[] => {
    const roll = dice(seed)
    return Array.from({ length: count }, () => {
      const pieces = Array.from({ length: 1 + roll(6) }, () => PIECES[roll(PIECES.length)] ?? '')
      const start = roll(8) === 0 ? '' : '/'
      return `${start}${pieces.join('')}`
    })
  }
  /** What a router that has read the path may do with it. */
  const isOpen = (path: string): boolean =>
    path === '/health' || path === '/health/' || /^\/(assets|activation)(\/|$)/.test(path)
  /** Node's own server, and Express where there is no path at all, answer before the gate is asked. */
  const isAnswer = (line: string): boolean =>
    /^HTTP\/1.1 (200|400|403|429) /.test(line) || (kind === 'express' && line.includes('Cannot GET null'))
  const followed = (path: string): readonly string[] => {
    const all = [path]
    for (let i = 0; i < 3; i++) {
      try {
        all.push(decodeURIComponent(all.at(-1) ?? ''))
      } catch {
        break
      }
    }
    return all.flatMap((each) => [each.toLowerCase(), posix.normalize(each.toLowerCase())])
  }
  const isPlain = (path: string): boolean => !/%|\\|\.\.|\/\/|;/.test(path)

  test('no crash, and no free pass without a license', async () => {
    const gate = await (await newSite()).gate()
    const { port, reached, url } = await serve(kind, gate)
    const all = targets(7, 1_700)
    const answers = await raw(port, all)
    expect(answers).toHaveLength(all.length)
    expect(answers.filter((line) => !isAnswer(line))).toEqual([])
    expect(answers.filter((line) => line.startsWith('HTTP/1.1 403')).length).toBeGreaterThan(700)
    expect(reached.length).toBeGreaterThan(10)
    expect(reached.filter((path) => !isOpen(path) || !isPlain(path))).toEqual([])
    expect((await asked(`${url}/health`)).status).toBe(200)
  })

  test('and none into what is not licensed', async () => {
    const { gate } = await licensed({ tier: 'basic' })
    const { port, reached, url } = await serve(kind, gate)
    const all = targets(11, 1_700)
    const answers = await raw(port, all)
    expect(answers).toHaveLength(all.length)
    expect(answers.filter((line) => !isAnswer(line))).toEqual([])
    expect(reached.length).toBeGreaterThan(150)
    // Wherever a router or a file system ends up with it, that is not below what needs the feature.
    expect(reached.filter((path) => followed(path).some((each) => /^\/+reports[. ]*(?:[/;?#]|$)/.test(each)))).toEqual(
      [],
    )
    expect((await asked(`${url}/orders`)).status).toBe(200)
  })
})

test('options are a closed list, and each is looked at', async () => {
  const gate = await (await newSite()).gate()
  const codeOf = (options: object): string => {
    try {
      guard(gate, options)
      return 'taken'
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  expect(codeOf(OPTIONS)).toBe('taken')
  const wrong: readonly object[] = [
    { publik: ['/health'] },
    { public: '/health' },
    { public: ['health'] },
    { public: ['/*'] },
    { public: ['/a/../b'] },
    { public: ['/a?b'] },
    { public: ['/a%2fb'] },
    { features: { '/reports': '' } },
    { features: { reports: 'x' } },
    { activation: 'https://elsewhere.example/' },
    { upgrade: 'javascript:alert(1)' },
    { upgrade: '//elsewhere.example' },
    { contact: 'data:text/html,x' },
    { page: 'a page' },
  ]
  expect(wrong.map(codeOf)).toEqual(wrong.map(() => 'INVALID_INPUT'))
})

test('facts of whoever asks are held against the restrictions', async () => {
  const from = { facts: { perRequest: ['ip'] } } as const
  const ask = (gate: Gate, ip: string, path = '/orders'): Response | Promise<Response> =>
    guard(gate, {
      facts: (request) => ({ ip: request.headers.get('from') ?? '' }),
      contact: 'mailto:help@vendor.example',
    })(() => new Response('in'))(
      new Request(`http://product.example${path}`, { headers: { ...BROWSER.headers, from: ip } }),
    )
  // Without restrictions in the license nothing is asked of the address.
  expect((await ask((await licensed({}, from)).gate, '')).status).toBe(200)
  const { gate } = await licensed({ restrict: ['ip=10.0.0.0/8', 'ip!=10.9.0.0/16'] }, from)
  const statuses = ['10.1.2.3', '10.9.1.1', '192.0.2.1', ''].map(async (ip) => (await ask(gate, ip)).status)
  expect(await Promise.all(statuses)).toEqual([200, 403, 403, 403])
  const refused = await (await ask(gate, '192.0.2.1')).text()
  // There is nowhere to go back to: another license is what helps, and its page opens.
  expect(linksIn(refused)).toEqual(['mailto:help@vendor.example Ask the vendor', '/activation Go to activation'])
  expect((await ask(gate, '192.0.2.1', '/activation')).status).toBe(200)
})

test('a page that refuses something leads to what mends it, and back into the product', async () => {
  const { gate } = await licensed()
  const page = async (options: HttpOptions<Request>): Promise<readonly string[]> => {
    const refusing = guard(gate, options).requireFeature('time_travel')
    return linksIn(await (await refusing(() => new Response('in'))(new Request('http://p.example/x', BROWSER))).text())
  }
  expect(await page({ name: 'Editor' })).toEqual(['/ Back to Editor'])
  expect(await page({ upgrade: 'https://vendor.example/up', home: '/app' })).toEqual([
    'https://vendor.example/up See upgrades',
    '/app Back to the start',
  ])
  expect(() => guard(gate, { home: 'https://elsewhere.example/' })).toThrow('home')
})

test('a page of the product that fails is a mistake of the product, also behind the gates of tenants', async () => {
  const gate = await (await newSite()).gate()
  const page = (): string => {
    throw new Error('of the page')
  }
  const send = { method: 'POST', headers: { accept: 'text/html' }, url: '/orders' }
  const answer = { statusCode: 0, setHeader: () => undefined, end: () => undefined, once: () => undefined }
  expect(() => guardNode(gate, { page })(send, answer, () => undefined)).toThrow('of the page')
  const told = new Promise((next) => guardNode(async () => gate, { page })(send, answer, next))
  expect(await told).toMatchObject({ message: 'of the page' })
})

test('a page of the product instead', async () => {
  const gate = await (await newSite()).gate()
  const own = guard(gate, { page: ({ title }) => `<h1>${title}, says Editor</h1>` })
  const answer = await own(() => new Response('in'))(
    new Request('http://product.example/orders', { method: 'POST', ...BROWSER }),
  )
  expect([answer.status, await answer.text()]).toEqual([403, '<h1>Activation, says Editor</h1>'])
  // It may have a style sheet of its own; what the plain page may load is nothing.
  expect([answer.headers.get('Content-Security-Policy'), answer.headers.get('Cache-Control')]).toEqual([
    null,
    'no-store',
  ])
})

test('why a state cannot be read is not told to strangers', async () => {
  const { site, gate } = await licensed()
  chmodSync(site.state, 0o777)
  expect(await gate.refresh()).toMatchObject({ state: 'unreadable', open: false })
  const answer = await guard(gate)(() => new Response('in'))(new Request('http://product.example/orders'))
  expect(await answer.text()).not.toContain(site.root)
  chmodSync(site.state, 0o700)
})

test.each([
  [undefined, false],
  ['*/*', false],
  ['application/json', false],
  ['text/html', true],
  ['TEXT/HTML', true],
  ['text/html;q=0', false],
  ['text/html;q=0.5, application/json', false],
  ['application/json;q=0.5, text/html', true],
  ['application/problem+json, text/html;q=0.9', false],
  ['text/htmlx', false],
  ['x'.repeat(100_000), false],
])('who takes %j gets a page: %j', (accept, wanted) => {
  expect(wantsPage(accept)).toBe(wanted)
})
