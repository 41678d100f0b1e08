/** Edits as the authority makes them: checked, compared with what is there, recorded once; a tier goes through its file unchanged. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { tierData } from '../../src/authority/add-tier.ts'
import { write } from '../../src/authority/authority.ts'
import { addBundle, editBundle, wantedLines } from '../../src/authority/bundle.ts'
import { COUNTRIES } from '../../src/authority/countries.ts'
import { type CustomerChange, editCustomer } from '../../src/authority/edit-customer.ts'
import { editTier } from '../../src/authority/edit-tier.ts'
import { type EphemeralAuthority, ephemeralAuthority } from '../../src/authority/index.ts'
import { starterTiers } from '../../src/authority/starter-tiers.ts'
import { parseTier } from '../../src/authority/tier-file.ts'
import { tierToml } from '../../src/authority/tier-toml.ts'
import { theCustomer } from '../../src/ledger/customers.ts'
import { listTiers } from '../../src/ledger/tiers.ts'
import { codeOf, counted, everything, NOW } from '../ledger/book.ts'

let authority: EphemeralAuthority
const PRODUCTS = Array.from({ length: 17 }, (_, i) => `p${i}`)
beforeEach(async () => {
  authority = await ephemeralAuthority({ products: PRODUCTS, now: () => NOW, random: counted('edits') })
})
afterEach(() => authority.close())

const edit = (change: Omit<CustomerChange, 'customer'>) =>
  write(authority, (tx) => editCustomer(tx, authority, { customer: 'ada', ...change }))

describe('a customer', () => {
  beforeEach(() =>
    write(authority, async (tx) => {
      await addCustomer(tx, authority, {
        id: 'ada',
        name: 'Ada',
        email: 'ada@example.com',
        brand: 'ephemeral',
        tags: ['b', 'a', 'b'],
      })
    }),
  )

  test('only what is different is recorded, and nothing when nothing is', async () => {
    const before = await everything(authority.ledger)
    for (const same of [
      { name: ' Ada ' },
      { email: 'ada@example.com', company: '' },
      { tag: ['a'], untag: ['c'] },
      { country: '' },
    ]) {
      expect((await edit(same)).changes).toEqual([])
    }
    expect(await everything(authority.ledger)).toEqual(before)
    const { changes } = await edit({ name: 'Ada', company: 'Analytical', country: 'gb', untag: ['a'] })
    expect(changes).toEqual([
      { field: 'company', before: null, after: 'Analytical' },
      { field: 'country', before: null, after: 'GB' },
      { field: 'tags', before: ['a', 'b'], after: ['b'] },
    ])
  })

  test.each([
    ['USAGE', {}],
    ['USAGE', { reason: 'none' }],
    ['USAGE', { tag: [], untag: [] }],
    ['USAGE', { tag: ['x'], untag: ['x'] }],
    ['INVALID_INPUT', { name: '  ' }],
    ['INVALID_INPUT', { name: 'x'.repeat(129) }],
    ['INVALID_INPUT', { email: 'nobody' }],
    ['INVALID_INPUT', { country: 'XX' }],
    ['INVALID_INPUT', { notes: 'é'.repeat(2049) }],
    ['INVALID_INPUT', { tag: Array.from({ length: 33 }, (_, i) => `t${i}`) }],
  ] as const)('%s for %o', async (code, change) => {
    const before = await everything(authority.ledger)
    expect(await codeOf(edit(change))).toBe(code)
    expect(await everything(authority.ledger)).toEqual(before)
  })

  test('an answered request is answered as it was, whatever happened since', async () => {
    const first = await edit({ name: 'Augusta', idempotencyKey: 'e1' })
    await edit({ name: 'Lady Lovelace' })
    expect(await edit({ name: 'Augusta', idempotencyKey: 'e1' })).toEqual(first)
    expect((await theCustomer(authority.ledger.db, null, 'ada')).name).toBe('Lady Lovelace')
    expect(await codeOf(edit({ name: 'Other', idempotencyKey: 'e1' }))).toBe('CONFLICT')
  })
})

describe('a tier', () => {
  test('goes through its file and stays the same', async () => {
    const definitions = new Map((await starterTiers()).map((tier) => [tier.code, tier]))
    const tiers = await listTiers(authority.ledger.db, 'ephemeral')
    expect(tiers.length).toBe(5)
    for (const tier of tiers) {
      const read = await parseTier(await tierToml(tier), `${tier.code}.toml`)
      expect(tierData(read)).toEqual(tierData(definitions.get(tier.code) as typeof read))
      const { changes } = await write(authority, (tx) => editTier(tx, authority, { code: tier.code, tier: read }))
      expect(changes).toEqual([])
    }
  })

  test('is changed by its own file alone', async () => {
    const [free] = await starterTiers()
    if (free === undefined) throw new Error('no tier')
    const other = write(authority, (tx) => editTier(tx, authority, { code: 'basic', tier: free }))
    expect(await codeOf(other)).toBe('INVALID_INPUT')
    const tier = { ...free, seats: 9, features: new Map() }
    const { changes } = await write(authority, (tx) => editTier(tx, authority, { code: free.code, tier }))
    expect(changes).toContainEqual({ field: 'seats', before: 1, after: 9 })
    expect(changes.filter(({ after }) => after === null).every(({ field }) => field.startsWith('features.'))).toBe(true)
  })
})

describe('a bundle', () => {
  const add = (products: readonly string[], slug = 'suite') =>
    write(authority, (tx) =>
      addBundle(tx, authority, {
        slug,
        name: 'Suite',
        brand: 'ephemeral',
        items: products.map((product) => ({ product })),
      }),
    )

  test('holds what the brand has, once, and no more than a license has lines', async () => {
    expect(await codeOf(add([]))).toBe('USAGE')
    expect(await codeOf(add(['p1', 'p1']))).toBe('INVALID_INPUT')
    expect(await codeOf(add(PRODUCTS))).toBe('INVALID_INPUT')
    expect(await codeOf(add(['q1']))).toBe('NOT_FOUND')
    await add(PRODUCTS.slice(0, 16))
    expect(await codeOf(add(['p1']))).toBe('CONFLICT')
    const empty = write(authority, (tx) => editBundle(tx, authority, { slug: 'suite', items: [] }))
    expect(await codeOf(empty)).toBe('USAGE')
  })

  test('stands for its lines; what it leaves open, the license says', async () => {
    const { db } = authority.ledger
    await write(authority, (tx) =>
      addBundle(tx, authority, {
        ...{ slug: 'suite', name: 'Suite', brand: 'ephemeral' },
        items: [{ product: 'p0', tier: 'basic', seats: 0 }, { product: 'p1' }],
      }),
    )
    const bundled = { tier: 'free', seats: 3, features: { sso: true as const } }
    const lines = await wantedLines(db, null, {
      bundles: ['suite'],
      bundled,
      lines: [{ product: 'p2', tier: 'trial' }],
    })
    expect(lines).toMatchObject([
      { product: 'p0', tier: 'basic', seats: 0, features: { sso: true } },
      { product: 'p1', tier: 'free', seats: 3, features: { sso: true } },
      { product: 'p2', tier: 'trial' },
    ])
    for (const wanted of [
      { bundles: ['suite'], lines: [{ product: 'p1' }] },
      { bundles: ['suite', 'suite'], lines: [] },
      { lines: [{ product: 'p1' }, { product: 'p1' }] },
      { lines: PRODUCTS.map((product) => ({ product })) },
    ]) {
      expect(await codeOf(wantedLines(db, null, wanted))).toBe('INVALID_INPUT')
    }
    expect(await codeOf(wantedLines(db, 'other', { bundles: ['suite'], lines: [] }))).toBe('NOT_FOUND')
  })
})

test('every country is one, and there are 249', () => {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  expect([...COUNTRIES].filter((code) => names.of(code) === undefined)).toEqual([])
  expect(COUNTRIES.size).toBe(249)
})
