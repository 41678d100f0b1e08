/** What callers can get wrong, and what must never open a product: times that are none, versions that are none. */

import { describe, expect, it } from 'vitest'
import { ephemeralAuthority, issue, publishRevocations } from '../../src/authority/index.ts'
import { decide } from '../../src/core/policy.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { authenticate, verify } from '../../src/core/verify.ts'

const authority = await ephemeralAuthority({ products: ['editor'], now: () => 1_800_000_000 })
const { roots } = authority
const { bytes } = await issue(authority, {
  customer: 'acme',
  newCustomer: { id: 'acme', name: 'Acme' },
  lines: [{ product: 'editor', tier: 'basic' }],
  expires: '30d',
})

describe('a time that is no number is refused, not passed', () => {
  it.each([undefined, Number.NaN, '2030-01-01', Number.POSITIVE_INFINITY, -1, null])('now: %j', (now) => {
    const facts = { roots, product: 'editor', now: now as number }
    expect(() => verify(bytes, facts)).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })

  it.each(['floor', 'installedAt', 'firstActivatedAt', 'buildDate'])('%s: NaN', (name) => {
    const facts = { roots, product: 'editor', now: 1_800_000_000, [name]: Number.NaN }
    expect(() => verify(bytes, facts)).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })

  it('the clock that a revocation list is read by', async () => {
    const { bytes: list } = await publishRevocations(authority)
    const read = () => readRevocationList(list, { roots, now: Number.NaN })
    expect(read).toThrowError(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})

describe('a version is covered only when it can be read', () => {
  const { license, issuer } = authenticate(bytes, { roots })
  const [line] = [...license.lines.values()]
  const limited = {
    ...license,
    lines: new Map([[0, { ...(line as NonNullable<typeof line>), versions: { from: '2', below: '3' } }]]),
  }
  const ok = (version: string | undefined) =>
    decide(limited, issuer, { product: 'editor', now: 1_800_000_000, version, buildDate: 'unchecked' }).ok
  it.each(['2', '2.0', '2.9.9.9', '2.5-beta.1', '2.5+build'])('%s is', (version) => expect(ok(version)).toBe(true))
  it.each(['3', '1.9', 'v2.1', 'latest', '', '..9', '2..1', '2.1.1.1.1', '2x', undefined])('%s is not', (version) =>
    expect(ok(version)).toBe(false),
  )
})

it('a root taken away is forgotten, although its chain was remembered', () => {
  const mine = [...roots]
  expect(verify(bytes, { roots: mine, product: 'editor', now: 1_800_000_000 }).ok).toBe(true)
  mine.length = 0
  expect(() => verify(bytes, { roots: mine, product: 'editor', now: 1_800_000_000 })).toThrowError(
    expect.objectContaining({ code: 'UNKNOWN_KEY' }),
  )
})
