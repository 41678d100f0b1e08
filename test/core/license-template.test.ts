/** A template fills in what a writer would have written: the same bytes, the same license, the same refusals. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../../src/core/bytes.ts'
import { LicError } from '../../src/core/errors.ts'
import { type License, type Line, writeAndRead } from '../../src/core/license.ts'
import { type Holder, licenseTemplate } from '../../src/core/license-template.ts'

const NOW = 1_800_000_000

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => {
  const bytes = new TextEncoder().encode(text)
  return bytes.length >= 1 && bytes.length <= 128 && !text.startsWith('\ufeff')
})
const INDEXES = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 20, 2 ** 31, 2 ** 32 - 1]
const holderOf = (lines: number): fc.Arbitrary<Holder> =>
  fc.record({
    customer: name,
    cti: fc.uint8Array({ minLength: 10, maxLength: 10 }),
    licensee: name,
    statusIndexes: fc.array(fc.constantFrom(...INDEXES), { minLength: lines, maxLength: lines }),
  })

const quantity = { period: 'day', type: 'count', value: 7 } as const
const line: fc.Arbitrary<Omit<Line, 'product'>> = fc.record({
  tier: fc.constantFrom('free', 'basic'),
  kind: fc.constant('subscription' as const),
  metric: fc.constant('seat' as const),
  activation: fc.constantFrom('none' as const, 'required' as const),
  deviceRule: fc.constant(15),
  seats: fc.constantFrom(undefined, 0, 5, 70_000),
  on: fc.constantFrom(undefined, ['sso']),
  limits: fc.constantFrom(undefined, new Map([['max_users', quantity]])),
  valued: fc.constantFrom(undefined, new Map([['exports', quantity]])),
})

const withHolder = (license: License, { customer, cti, licensee, statusIndexes }: Holder): License => ({
  ...license,
  customer,
  cti,
  licensee: { name: licensee },
  lines: new Map([...license.lines].map(([n, each], i) => [n, { ...each, statusIndex: statusIndexes[i] }])),
})

const licenses = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 16 }),
    expires: fc.constantFrom(undefined, NOW + 1000),
    grace: fc.constantFrom(0, 48, 300),
    fresh: fc.constantFrom(undefined, 30),
    test: fc.constantFrom(undefined, true as const),
    revision: fc.constantFrom(1, 2, 70_000),
  })
  .map(
    ({ lines, ...more }): License => ({
      ...more,
      issuedAt: NOW,
      cti: new Uint8Array(10),
      prefix: 'EDIT',
      lines: new Map(lines.map((each, i) => [i, { ...each, product: `p${i}` }])),
    }),
  )

test('the bytes and the license are the writer’s own', () => {
  fc.assert(
    fc.property(
      licenses.chain((license) => {
        const holder = holderOf(license.lines.size)
        return fc.tuple(fc.constant(license), holder, fc.array(holder, { minLength: 1, maxLength: 4 }))
      }),
      ([license, holder, others]) => {
        const first = writeAndRead(withHolder(license, holder))
        const template = licenseTemplate(first.payload, first.license)
        for (const other of [holder, ...others]) {
          const wanted = writeAndRead(withHolder(license, other))
          const filled = template?.(other)
          expect(filled && toHex(filled.payload)).toBe(toHex(wanted.payload))
          expect(filled?.license).toEqual(wanted.license)
        }
      },
    ),
    { numRuns: 300 },
  )
})

const PLAIN: License = {
  issuedAt: NOW,
  customer: 'acme',
  cti: new Uint8Array(10),
  prefix: 'EDIT',
  lines: new Map([
    [
      0,
      {
        product: 'editor',
        tier: 'basic',
        kind: 'subscription',
        metric: 'seat',
        activation: 'none',
        deviceRule: 15,
        statusIndex: 1,
      },
    ],
  ]),
  revision: 1,
  licensee: { name: 'Acme' },
  grace: 48,
}
const HOLDER: Holder = { customer: 'acme', cti: new Uint8Array(10), licensee: 'Acme', statusIndexes: [1] }

test.each<[string, Partial<Holder>]>([
  ['no customer', { customer: '' }],
  ['a customer of 129 bytes', { customer: 'é'.repeat(64).concat('x') }],
  ['a lone surrogate', { licensee: 'a\ud800' }],
  ['a byte order mark', { licensee: '\ufeffAcme' }],
  ['no licensee', { licensee: '' }],
  ['an id of 9 bytes', { cti: new Uint8Array(9) }],
  ['an index below 0', { statusIndexes: [-1] }],
  ['an index of 33 bits', { statusIndexes: [2 ** 32] }],
  ['no index', { statusIndexes: [] }],
])('%s is refused, as by the writer', (_, wrong) => {
  const { payload, license } = writeAndRead(PLAIN)
  expect(() => licenseTemplate(payload, license)?.({ ...HOLDER, ...wrong })).toThrow(LicError)
})

test('what has no holder, or an emergency chain of its own, has no template', () => {
  const of = (license: License) => {
    const first = writeAndRead(license)
    return licenseTemplate(first.payload, first.license)
  }
  const { customer: _, ...nobody } = PLAIN
  const { licensee: __, ...unnamed } = PLAIN
  expect(of(nobody)).toBeUndefined()
  expect(of(unnamed)).toBeUndefined()
  expect(of({ ...PLAIN, licensee: { name: 'Acme', domain: 'acme.example' } })).toBeUndefined()
  expect(of({ ...PLAIN, anchor: [1, Math.floor(NOW / 3600) - 1, 10, new Uint8Array(12)] })).toBeUndefined()
})
