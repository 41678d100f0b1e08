/** What several licenses for one product come to: of each feature and limit the larger, whichever is installed first. */

import { describe, expect, test } from 'vitest'
import type { Gate } from '../../src/gate/index.ts'
import { serve } from './served.ts'
import { newSite, type Site } from './site.ts'

type Line = NonNullable<Parameters<Site['issue']>[1]>

/** The gate of a site with a license for each; the one that ends last counts first. */
const withLicenses = async (...lines: readonly Line[]): Promise<Gate> => {
  const site = await newSite()
  for (const [i, line] of lines.entries()) {
    const { bytes } = await site.issue({ expires: `${i + 1}y` }, { tier: 'basic', ...line })
    await site.install(bytes)
  }
  return site.gate()
}

describe.each([
  ['first', false],
  ['last', true],
])('the larger one %s', (_, isTurned) => {
  const both = (larger: Line, smaller: Line): Promise<Gate> =>
    withLicenses(...(isTurned ? [larger, smaller] : [smaller, larger]))

  test('a feature that is just on is not limited by another license', async () => {
    const gate = await both({ features: { exports: true } }, { features: { exports: { value: 3, period: 'month' } } })
    expect(gate.limit('exports')).toBe(Number.POSITIVE_INFINITY)
    expect(await gate.consume('exports', 4)).toMatchObject({ ok: true, limit: Number.POSITIVE_INFINITY })
  })

  test('so many a month are more than as many in all', async () => {
    const gate = await both(
      { limits: { scans: { value: 10, period: 'month' } } },
      { limits: { scans: { value: 10, period: 'total' } } },
    )
    expect(gate.current().limits.get('scans')).toMatchObject({ value: 10, period: 'month' })
  })

  test('so many an hour are held against so many a day', async () => {
    const gate = await both(
      { limits: { calls: { value: 5, period: 'hour' } } },
      { limits: { calls: { value: 100, period: 'day' } } },
    )
    expect(gate.current().limits.get('calls')).toMatchObject({ value: 5, period: 'hour' })
  })
})

describe('where only one of two holds', () => {
  const twoOf = async (): Promise<Gate> => {
    const site = await newSite()
    await site.install((await site.issue({}, { tier: 'basic' })).bytes)
    const calls = { value: 9, period: 'hour' } as const
    const wide: Line = { tier: 'enterprise', features: { calls }, restrict: ['ip=10.0.0.0/8'] }
    await site.install((await site.issue({}, wide)).bytes)
    return site.gate({ facts: { perRequest: ['ip'] } })
  }

  test('the other gives nothing', async () => {
    const gate = await twoOf()
    const [inside, outside] = [{ ip: '10.1.2.3' }, { ip: '192.0.2.1' }]
    expect([gate.permits(inside).ok, gate.permits(outside).ok]).toEqual([true, true])
    const had = (feature: string) => [gate.has(feature), gate.has(feature, inside), gate.has(feature, outside)]
    expect([had('api_access'), had('advanced_reporting'), had('time_travel')]).toEqual([
      [true, true, true],
      [true, true, false],
      [false, false, false],
    ])
    expect(() => gate.requireFeature('advanced_reporting', inside)).not.toThrow()
    expect(() => gate.requireFeature('advanced_reporting', outside)).toThrow()
    expect(() => gate.requireTier('enterprise', inside)).not.toThrow()
    expect(() => gate.requireTier('enterprise', outside)).toThrow()
    expect(() => gate.requireTier('basic', outside)).not.toThrow()
    await gate.close()
    expect(gate.has('api_access', inside)).toBe(false)
  })

  test.each(['express', 'hono', 'fetch'] as const)('%s lets nobody from outside use what it gives', async (kind) => {
    const gate = await twoOf()
    let ip: string | undefined
    const facts = () => (ip === undefined ? undefined : { ip }) as { ip: string }
    const { url } = await serve(kind, gate, { features: { '/reports': 'advanced_reporting' }, facts })
    const statuses = async (from: string | undefined): Promise<readonly number[]> => {
      ip = from
      return Promise.all(
        ['/orders', '/reports', '/admin', '/api'].map(async (path) => (await fetch(url + path)).status),
      )
    }
    expect(await statuses('10.1.2.3')).toEqual([200, 200, 200, 200])
    expect(await statuses('192.0.2.1')).toEqual([200, 403, 403, 403])
    expect(await statuses(undefined)).toEqual([200, 403, 403, 403])
    const { details } = (await (await fetch(`${url}/admin`)).json()) as { details: { code: string } }
    expect(details.code).toBe('RESTRICTED')
  })
})
