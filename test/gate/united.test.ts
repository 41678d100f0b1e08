/** What several licenses for one product come to: of each feature and limit the larger, whichever is installed first. */

import { describe, expect, test } from 'vitest'
import type { Gate } from '../../src/gate/index.ts'
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
