/**
 * What takes something away, term by term, told as a table; and in a random walk of changes: the revision before stands
 * beside the newest list exactly when nothing was taken from its line.
 */

import { expect, test } from 'vitest'
import { type ChangeInput, change } from '../../src/authority/change.ts'
import { differences } from '../../src/authority/differences.ts'
import { type EphemeralAuthority, ephemeralAuthority, issue } from '../../src/authority/index.ts'
import { publishRevocations } from '../../src/authority/publish-revocations.ts'
import { splitSequence } from '../../src/core/cose.ts'
import type { License, Line, Quantity } from '../../src/core/license.ts'
import { type RevocationList, readRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { counted, everything, NOW } from '../ledger/book.ts'

const count = (value?: number, more: Partial<Quantity> = {}): Quantity => ({
  period: 'none',
  type: 'count',
  ...(value !== undefined && { value }),
  ...more,
})

const LINE: Line = {
  product: 'editor',
  tier: 'basic',
  ladder: ['free'],
  kind: 'subscription',
  metric: 'seat',
  seats: 5,
  activation: 'none',
  deviceRule: 15,
  maintenanceUntil: NOW + 500,
  versions: { from: '2.0', below: '4' },
  restrictions: {
    domains: { allow: ['acme.example', 'acme.org'] },
    ranges: { deny: ['10.9.0.0/16'] },
  },
  on: ['sso'],
  valued: new Map([['exports', count(10, { period: 'day' })]]),
  limits: new Map([['max_users', count(5)]]),
}
const LICENSE: License = {
  issuedAt: NOW,
  expires: NOW + 1000,
  cti: new Uint8Array(10),
  prefix: 'EDIT',
  lines: new Map([[0, LINE]]),
  revision: 1,
  licensee: { name: 'Acme' },
  grace: 48,
  fresh: 30,
}

const limits = (quantity: Quantity) => ({ limits: new Map([['max_users', quantity]]) })
const exports = (quantity: Quantity) => ({ valued: new Map([['exports', quantity]]) })

/** Another license, the term that differs, and whether that takes something away. */
const TABLE: readonly (readonly [string, { line?: Partial<Line>; license?: Partial<License> }, string, boolean])[] = [
  ['a tier above, by its ladder', { line: { tier: 'pro', ladder: ['free', 'basic'] } }, 'tier', false],
  ['a tier that does not pass for the old one', { line: { tier: 'pro' } }, 'tier', true],
  ['a shorter ladder', { line: { ladder: [] } }, 'tiers below', true],
  ['any version', { line: { versions: undefined } }, 'versions', false],
  ['older versions too', { line: { versions: { from: '1.9', below: '4' } } }, 'versions', false],
  ['later versions too', { line: { versions: { from: '2.0' } } }, 'versions', false],
  ['versions from a later one on', { line: { versions: { from: '2.10', below: '4' } } }, 'versions', true],
  ['versions up to an earlier one', { line: { versions: { from: '2', below: '3.9' } } }, 'versions', true],
  ['no restriction', { line: { restrictions: undefined } }, 'restricted to', false],
  [
    'one more domain',
    {
      line: {
        restrictions: {
          domains: { allow: ['acme.com', 'acme.example', 'acme.org'] },
          ranges: { deny: ['10.9.0.0/16'] },
        },
      },
    },
    'restricted to',
    false,
  ],
  [
    'one domain less',
    { line: { restrictions: { domains: { allow: ['acme.org'] }, ranges: { deny: ['10.9.0.0/16'] } } } },
    'restricted to',
    true,
  ],
  [
    'one more range that is denied',
    {
      line: {
        restrictions: {
          domains: { allow: ['acme.example', 'acme.org'] },
          ranges: { deny: ['10.8.0.0/16', '10.9.0.0/16'] },
        },
      },
    },
    'restricted to',
    true,
  ],
  [
    'a restriction of another kind',
    {
      line: {
        restrictions: {
          countries: { allow: ['DE'] },
          domains: { allow: ['acme.example', 'acme.org'] },
          ranges: { deny: ['10.9.0.0/16'] },
        },
      },
    },
    'restricted to',
    true,
  ],
  ['more seats', { line: { seats: 6 } }, 'seats', false],
  ['unlimited seats', { line: { seats: 0 } }, 'seats', false],
  ['fewer seats', { line: { seats: 4 } }, 'seats', true],
  ['one seat', { line: { seats: undefined } }, 'seats', true],
  ['more devices than seats', { line: { devices: 9 } }, 'devices', false],
  ['fewer devices than seats', { line: { devices: 2 } }, 'devices', true],
  ['activation asked for', { line: { activation: 'required' } }, 'activation', true],
  ['a subscription that is owned', { line: { kind: 'perpetual' } }, 'kind', false],
  ['named users', { line: { kind: 'named-user' } }, 'kind', true],
  ['another metric', { line: { metric: 'core' } }, 'metric', true],
  ['later maintenance', { line: { maintenanceUntil: NOW + 600 } }, 'maintenance', false],
  ['maintenance without end', { line: { maintenanceUntil: undefined } }, 'maintenance', false],
  ['earlier maintenance', { line: { maintenanceUntil: NOW + 400 } }, 'maintenance', true],
  ['an end of its own', { line: { expires: NOW + 999 } }, 'expires', true],
  ['one feature more', { line: { on: ['hr', 'sso'] } }, 'feature hr', false],
  ['one feature less', { line: { on: [] } }, 'feature sso', true],
  [
    'a feature that is counted now',
    { line: { on: [], ...exports(count(10, { period: 'day' })) } },
    'feature sso',
    true,
  ],
  ['a higher rate', { line: exports(count(11, { period: 'day' })) }, 'feature exports', false],
  ['a rate without limit', { line: exports(count(0, { period: 'day' })) }, 'feature exports', false],
  ['a lower rate', { line: exports(count(9, { period: 'day' })) }, 'feature exports', true],
  ['another period', { line: exports(count(10, { period: 'hour' })) }, 'feature exports', true],
  ['a feature that ends', { line: exports(count(10, { period: 'day', expires: NOW + 9 })) }, 'feature exports', true],
  ['a higher limit', { line: limits(count(6)) }, 'limit max_users', false],
  ['no limit written', { line: { limits: new Map() } }, 'limit max_users', true],
  ['a lower limit', { line: limits(count(4)) }, 'limit max_users', true],
  ['a later end', { license: { expires: NOW + 2000 } }, 'expires', false],
  ['no end', { license: { expires: undefined } }, 'expires', false],
  ['an earlier end', { license: { expires: NOW + 900 } }, 'expires', true],
  ['more grace', { license: { grace: 49 } }, 'grace', false],
  ['less grace', { license: { grace: 0 } }, 'grace', true],
  ['older lists allowed', { license: { fresh: 31 } }, 'fresh', false],
  ['any list allowed', { license: { fresh: undefined } }, 'fresh', false],
  ['fresher lists asked for', { license: { fresh: 7 } }, 'fresh', true],
  ['another name', { license: { licensee: { name: 'Acme SE' } } }, 'licensee', false],
  ['emergency codes', { license: { anchor: [0, 0, 1, new Uint8Array(12)] } }, 'emergency', false],
]

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T

test.each(TABLE)('%s', (_, { line = {}, license = {} }, what, takes) => {
  const next = defined({ ...LICENSE, ...license, lines: new Map([[0, defined({ ...LINE, ...line })]]) })
  const found = differences(LICENSE, next)
  expect(found.find((each) => each.what === what)?.takes).toBe(takes)
  // The way back is the opposite, or loses something too.
  const back = differences(next, LICENSE).find((each) => each.what === what)
  if (takes === false && !['licensee', 'kind'].includes(what)) expect(back?.takes).toBe(true)
})

test('a line more adds, a line less takes away', () => {
  const two = { ...LICENSE, lines: new Map([...LICENSE.lines, [1, { ...LINE, product: 'viewer' }]]) }
  expect(differences(LICENSE, two)).toMatchObject([{ line: 1, what: 'product', before: null, takes: false }])
  expect(differences(two, LICENSE)).toMatchObject([{ line: 1, what: 'product', after: null, takes: true }])
})

const published = async (authority: EphemeralAuthority): Promise<readonly RevocationList[]> =>
  splitSequence((await publishRevocations(authority)).bytes).map((each) =>
    readRevocationList(each, { roots: authority.roots, now: NOW + 60 }),
  )

const judged = (
  { roots }: EphemeralAuthority,
  lists: readonly RevocationList[],
  bytes: Uint8Array,
  product: string,
) => {
  const now = NOW + 60
  const verdict = verify(bytes, { roots, product, now, revocations: lists, activation: 'unchecked' })
  return verdict.ok ? 'valid' : verdict.code
}

test('random changes: the revision before stands exactly when nothing was taken from it', async () => {
  const random = counted('walk')
  const authority = await ephemeralAuthority({ products: ['editor', 'viewer'], now: () => NOW + 60, random })
  const die = (sides: number): number => (random(1)[0] ?? 0) % sides
  const terms = { tier: 'basic', features: { sso: true }, limits: { max_users: 5 } } as const
  let { bytes: before, key } = await issue(authority, {
    customer: 'acme',
    newCustomer: { id: 'acme', name: 'Acme' },
    lines: [
      { product: 'editor', seats: 5, ...terms },
      { product: 'viewer', ...terms },
    ],
    expires: '1y',
  })
  const wishes: readonly (() => Omit<ChangeInput, 'key'>)[] = [
    () => ({ product: 'editor', seats: die(6) }),
    () => ({ product: 'viewer', devices: die(6) }),
    () => ({ product: 'editor', limits: { max_users: die(6) } }),
    () => ({ product: 'viewer', features: { [`f${die(4)}`]: true } }),
    () => ({ product: 'editor', tier: ['free', 'basic', 'professional'][die(3)] }),
    () => ({ grace: die(100) }),
    () => ({ licensee: `Acme ${die(9)}` }),
    () => ({ expires: `${1 + die(20)}mo` }),
  ]
  let taken = 0
  for (let i = 0; i < 40; i++) {
    try {
      const { handed, changes } = await change(authority, { key, ...wishes[die(wishes.length)]?.() })
      const lists = await published(authority)
      for (const [line, product] of ['editor', 'viewer'].entries()) {
        const takes = changes.some((each) => each.takes && (each.line === null || each.line === line))
        if (takes) taken += 1
        expect(judged(authority, lists, before, product)).toBe(takes ? 'LICENSE_REVOKED' : 'valid')
        expect(judged(authority, lists, handed.bytes, product)).toBe('valid')
      }
      before = handed.bytes
    } catch (error) {
      // The same value again is no change.
      expect(error).toMatchObject({ code: 'USAGE', message: 'nothing would change' })
    }
  }
  expect(taken).toBeGreaterThan(10)
  const tables = await everything(authority.ledger)
  await authority.ledger.transaction((tx) => rebuild(tx))
  expect(await everything(authority.ledger)).toEqual(tables)
  await authority.close()
})
