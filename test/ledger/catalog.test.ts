import { describe, expect, test } from 'vitest'
import { listBrands, theBrand } from '../../src/ledger/brands.ts'
import { closeMatches, notFound } from '../../src/ledger/close-matches.ts'
import { customersByEmail, findCustomers, listCustomers, theCustomer } from '../../src/ledger/customers.ts'
import { record } from '../../src/ledger/events.ts'
import { listKeys } from '../../src/ledger/keys.ts'
import { authorityName } from '../../src/ledger/meta.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { listProducts, theProduct } from '../../src/ledger/products.ts'
import { newestList } from '../../src/ledger/revocation-lists.ts'
import { listTiers, theTier } from '../../src/ledger/tiers.ts'
import { freshPlace } from '../harness/place.ts'
import { addBrand, addCustomer, addProduct, by, codeOf, KID, NOW, random, signed, stocked } from './book.ts'

const twoBrands = async () => {
  const ledger = await stocked()
  await ledger.transaction(async (tx) => {
    await addBrand(tx, 'side', 'SIDE')
    await addProduct(tx, 'sketch', 'side')
    await addCustomer(tx, 'shared1', { name: 'Bob', email: 'it@corp.example' })
    await addCustomer(tx, 'shared2', { name: 'Eve', email: 'IT@Corp.example ' }, { brand: 'side', at: NOW + 1 })
  })
  return ledger
}

/** The `data` of the LicError that `work` throws. */
const dataOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (error) {
    return (error as { data?: unknown }).data
  }
  return 'no error'
}

describe('brands, products, tiers', () => {
  test('are found by name, and listed in one brand or all', async () => {
    const { db } = await twoBrands()
    expect((await listBrands(db)).map((brand) => brand.slug)).toEqual(['main', 'side'])
    expect((await theBrand(db, 'side')).prefix).toBe('SIDE')
    expect((await listProducts(db, null)).map((product) => product.slug)).toEqual(['editor', 'sketch', 'viewer'])
    expect((await listProducts(db, 'main')).map((product) => product.slug)).toEqual(['editor', 'viewer'])
    expect(await theProduct(db, 'main', 'editor')).toMatchObject({ brand: 'main', prefix: null, createdAt: NOW })
    expect(await codeOf(theProduct(db, 'side', 'editor'))).toBe('NOT_FOUND')
    expect((await listTiers(db, 'main')).map((tier) => tier.code)).toEqual(['free', 'pro'])
    expect(await listTiers(db, 'side')).toEqual([])
  })

  test('a tier comes back as it was written, defaults filled in', async () => {
    const { db } = await stocked()
    expect(await theTier(db, 'main', 'pro')).toEqual({
      brand: 'main',
      code: 'pro',
      rank: 1,
      title: 'PRO',
      description: null,
      active: true,
      popular: false,
      prices: [{ amount: 2900, currency: 'EUR', period: 'month' }],
      kind: 'subscription',
      metric: 'seat',
      term: null,
      seats: 5,
      devices: null,
      activation: 'none',
      graceHours: null,
      freshDays: null,
      autoRenew: false,
      trial: null,
      features: { api_access: true, webhook_support: true },
      limits: { max_users: 5 },
      ladder: null,
      featureTitles: null,
      emergency: false,
      createdAt: NOW,
    })
  })

  test('a near miss is told what is close', async () => {
    const { db } = await twoBrands()
    expect(await dataOf(theProduct(db, null, 'edtor'))).toEqual({ product: 'edtor', candidates: ['editor'] })
    expect(await dataOf(theTier(db, 'main', 'pr'))).toEqual({ tier: 'pr', candidates: ['pro'] })
    expect(await dataOf(theBrand(db, 'mian'))).toMatchObject({ candidates: ['main'] })
    expect(await dataOf(theBrand(db, 'mani'))).toMatchObject({ brand: 'mani' })
    expect(closeMatches('EDITR', ['viewer', 'editor', 'edit'])).toEqual(['edit', 'editor'])
    expect(notFound('product', 'zzz', ['editor']).hint).toBe('see them all: lic product list')
  })

  test('a name is taken once', async () => {
    const ledger = await twoBrands()
    expect(await codeOf(ledger.transaction((tx) => addBrand(tx, 'main', 'MAIN')))).toBe('CONFLICT')
    expect(await codeOf(ledger.transaction((tx) => addProduct(tx, 'editor', 'side')))).toBe('CONFLICT')
  })

  test('an authority has one name', async () => {
    expect(await authorityName((await stocked()).db)).toBe('Acme')
    expect(await authorityName((await openLedger({ file: await freshPlace(), create: true })).db)).toBeNull()
  })
})

describe('customers', () => {
  test('are found by id and by e-mail in any case', async () => {
    const { db } = await twoBrands()
    expect((await theCustomer(db, null, 'c7k2m9xq')).email).toBe('Ada@Example.com')
    expect((await theCustomer(db, 'main', 'ada@example.COM')).id).toBe('c7k2m9xq')
    expect(await findCustomers(db, 'side', 'c7k2m9xq')).toEqual([])
    expect(await findCustomers(db, null, 'nobody')).toEqual([])
  })

  test('an address that several share is answered with all of them, and refused where one is due', async () => {
    const { db } = await twoBrands()
    const shared = await customersByEmail(db, null, 'it@corp.EXAMPLE')
    expect(shared.map((customer) => customer.id)).toEqual(['shared1', 'shared2'])
    expect(await codeOf(theCustomer(db, null, 'it@corp.example'))).toBe('AMBIGUOUS')
    expect(await dataOf(theCustomer(db, null, 'it@corp.example'))).toEqual({ candidates: ['shared1', 'shared2'] })
    expect((await theCustomer(db, 'side', 'it@corp.example')).id).toBe('shared2')
  })

  test('a near miss is told what is close, in the same brand', async () => {
    const { db } = await twoBrands()
    expect(await dataOf(theCustomer(db, null, 'ada@exmple.com'))).toMatchObject({ candidates: ['ada@example.com'] })
    expect(await dataOf(theCustomer(db, 'side', 'ada@exmple.com'))).toMatchObject({ candidates: [] })
    expect(await dataOf(theCustomer(db, null, 'c7k2m9xx'))).toMatchObject({ candidates: ['c7k2m9xq'] })
  })

  test('are listed in pages', async () => {
    const { db } = await twoBrands()
    const first = await listCustomers(db, null, { limit: 2 })
    expect(first.map((customer) => customer.id)).toEqual(['c7k2m9xq', 'shared1'])
    const second = await listCustomers(db, null, { limit: 2, after: 'shared1' })
    expect(second.map((customer) => customer.id)).toEqual(['shared2'])
    expect((await listCustomers(db, 'side', { limit: 9 })).map((customer) => customer.id)).toEqual(['shared2'])
  })
})

test('keys: made, certified, found by role and by kid', async () => {
  const ledger = await stocked()
  const secret = random(8)
  await ledger.transaction(async (tx) => {
    const issuing = { role: 'issuing', publicKey: random(32), file: 'issuing.key', name: 'desk' } as const
    await record(tx, { ...by, type: 'key.created', at: NOW, entity: KID, data: issuing }, random)
    const emergency = { role: 'emergency', epoch: 1 } as const
    await record(tx, { ...by, type: 'key.created', at: NOW + 1, entity: secret, data: emergency }, random)
    const data = { signer: random(8), notBefore: NOW, notAfter: NOW + 10 }
    const object = signed('certificate', 2)
    await record(tx, { ...by, type: 'key.certified', at: NOW, entity: KID, data, object }, random)
  })
  expect((await listKeys(ledger.db)).map((key) => key.role)).toEqual(['issuing', 'emergency'])
  const [emergency] = await listKeys(ledger.db, 'emergency')
  expect(emergency).toMatchObject({ epoch: 1, publicKey: null, certificate: null, notAfter: null, state: 'active' })
  const [issuing] = await listKeys(ledger.db, 'issuing')
  expect(issuing).toMatchObject({ name: 'desk', file: 'issuing.key', notBefore: NOW, notAfter: NOW + 10 })
  expect(issuing?.certificate).toEqual(signed('certificate').bytes)
})

test('the newest revocation list of a name is the last that was published', async () => {
  const ledger = await stocked()
  expect(await newestList(ledger.db, 'lic:list:0')).toBeNull()
  for (const number of [NOW, NOW + 60]) {
    await ledger.transaction((tx) =>
      record(
        tx,
        { ...by, type: 'revocations.published', at: number, entity: 'lic:list:0', data: { number, count: 3 } },
        random,
      ),
    )
  }
  expect(await newestList(ledger.db, 'lic:list:0')).toMatchObject({ number: NOW + 60, count: 3, publishedAt: NOW + 60 })
})
