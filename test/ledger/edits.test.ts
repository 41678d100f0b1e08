/** Edits, notes and forgetting as the book folds them: each event leaves what it says, and the log alone gives the same tables. */

import { describe, expect, test } from 'vitest'
import { theBrand } from '../../src/ledger/brands.ts'
import { listBundles, theBundle } from '../../src/ledger/bundles.ts'
import { customersByEmail, theCustomer } from '../../src/ledger/customers.ts'
import { changesBy } from '../../src/ledger/edits.ts'
import type { EventType } from '../../src/ledger/event-types.ts'
import { type NewEvent, record } from '../../src/ledger/events.ts'
import { erasableOf } from '../../src/ledger/forget.ts'
import { licenseByCti } from '../../src/ledger/licenses.ts'
import type { Ledger } from '../../src/ledger/open.ts'
import { theProduct } from '../../src/ledger/products.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { revisionsOf } from '../../src/ledger/revisions.ts'
import { theTier, tierNamed } from '../../src/ledger/tiers.ts'
import { addBrand, by, codeOf, DAY, everything, issue, NOW, random, signed, stocked } from './book.ts'

const CUSTOMER = 'c7k2m9xq'
type Told<T extends EventType> = Omit<NewEvent<T>, 'at' | 'actor' | 'source'> & { readonly at?: number }

const tell = <T extends EventType>(ledger: Ledger, event: Told<T>): Promise<number> =>
  ledger.transaction((tx) => record<T>(tx, { ...by, at: NOW + 1, ...event } as NewEvent<T>, random))

const expectRebuilt = async (ledger: Ledger): Promise<void> => {
  const before = await everything(ledger)
  await ledger.transaction(rebuild)
  expect(await everything(ledger)).toEqual(before)
}

const item = { tier: null, kind: null, metric: null, seats: null, devices: null, activation: null }

describe('what is sold', () => {
  test('brands and products take a new name and prefix; an empty prefix of a product is the one of the brand', async () => {
    const ledger = await stocked()
    await tell<'brand.edited'>(ledger, { type: 'brand.edited', entity: 'main', data: { name: 'Main Ltd' } })
    expect(await theBrand(ledger.db, 'main')).toMatchObject({ name: 'Main Ltd', prefix: 'EDIT' })
    const about = { type: 'product.edited', entity: 'editor', brand: 'main' } as const
    await tell<'product.edited'>(ledger, { ...about, data: { prefix: 'EDPR' } })
    expect(await theProduct(ledger.db, null, 'editor')).toMatchObject({ name: 'editor', prefix: 'EDPR' })
    const event = await tell<'product.edited'>(ledger, { ...about, data: { prefix: '' } })
    expect(await theProduct(ledger.db, null, 'editor')).toMatchObject({ name: 'editor', prefix: null })
    expect(await changesBy(ledger.db, 'product', 'editor', event)).toEqual([
      { field: 'prefix', before: 'EDPR', after: null },
    ])
    await expectRebuilt(ledger)
  })

  test('a bundle is added and edited, its items all together, in its brand', async () => {
    const ledger = await stocked()
    await ledger.transaction((tx) => addBrand(tx, 'side', 'SIDE'))
    const items = [
      { ...item, product: 'editor', tier: 'pro' },
      { ...item, product: 'viewer', seats: 5 },
    ]
    const about = { entity: 'suite', brand: 'main' } as const
    await tell<'bundle.added'>(ledger, { ...about, type: 'bundle.added', data: { name: 'Suite', items } })
    expect((await theBundle(ledger.db, 'main', 'suite')).items).toMatchObject([
      { product: 'editor', tier: 'pro' },
      { product: 'viewer', seats: 5 },
    ])
    expect(await listBundles(ledger.db, 'side')).toEqual([])
    expect(await codeOf(theBundle(ledger.db, 'side', 'suite'))).toBe('NOT_FOUND')
    const fewer = [{ ...item, product: 'viewer' }]
    await tell<'bundle.edited'>(ledger, { ...about, type: 'bundle.edited', data: { items: fewer } })
    expect(await theBundle(ledger.db, null, 'suite')).toMatchObject({ name: 'Suite', items: [{ product: 'viewer' }] })
    await expectRebuilt(ledger)
  })

  test('a tier is written anew: what is not there any more was taken away', async () => {
    const ledger = await stocked()
    const event = await tell<'tier.edited'>(ledger, {
      type: 'tier.edited',
      entity: 'main/pro',
      brand: 'main',
      data: {
        ...{ code: 'pro', rank: 1, title: 'Pro', kind: 'subscription', metric: 'seat', activation: 'none' },
        features: { api_access: true, sso: true },
        limits: { max_users: 5 },
      },
    })
    expect(await theTier(ledger.db, 'main', 'pro')).toMatchObject({
      ...{ title: 'Pro', seats: null, prices: null, createdAt: NOW },
      features: { api_access: true, sso: true },
    })
    const changes = await changesBy(ledger.db, 'tier', 'main/pro', event)
    expect(Object.fromEntries(changes.map(({ field, before, after }) => [field, [before, after]]))).toEqual({
      title: ['PRO', 'Pro'],
      seats: [5, null],
      'features.sso': [null, true],
      'features.webhook_support': [true, null],
      prices: [[{ amount: 2900, currency: 'EUR', period: 'month' }], null],
    })
    expect((await theTier(ledger.db, 'main', 'free')).title).toBe('FREE')
    await expectRebuilt(ledger)
  })

  test('a tier is named alone while one brand has it', async () => {
    const ledger = await stocked()
    expect((await tierNamed(ledger.db, null, 'pro')).brand).toBe('main')
    expect(await codeOf(tierNamed(ledger.db, null, 'prro'))).toBe('NOT_FOUND')
    expect(await codeOf(tierNamed(ledger.db, 'side', 'pro'))).toBe('NOT_FOUND')
    await ledger.transaction((tx) => addBrand(tx, 'side', 'SIDE'))
    const { brand: _, createdAt: __, ...data } = await theTier(ledger.db, 'main', 'pro')
    await tell<'tier.added'>(ledger, { type: 'tier.added', entity: 'side/pro', brand: 'side', data })
    expect(await codeOf(tierNamed(ledger.db, null, 'pro'))).toBe('AMBIGUOUS')
    expect((await tierNamed(ledger.db, 'side', 'pro')).brand).toBe('side')
  })
})

describe('customers', () => {
  test('an edit changes what it names, an empty text takes away, the address is found by its new spelling', async () => {
    const ledger = await stocked()
    const about = { type: 'customer.edited', entity: CUSTOMER, brand: 'main' } as const
    await tell<'customer.edited'>(ledger, {
      ...about,
      texts: { email: 'Lady@Example.com', company: 'Analytical', notes: 'sums' },
      data: { country: 'GB', tags: ['vip'] },
    })
    expect(await theCustomer(ledger.db, null, 'lady@example.COM')).toMatchObject({
      ...{ name: 'Ada Lovelace', email: 'Lady@Example.com', company: 'Analytical', notes: 'sums', country: 'GB' },
      tags: ['vip'],
    })
    expect(await customersByEmail(ledger.db, null, 'ada@example.com')).toEqual([])
    const event = await tell<'customer.edited'>(ledger, {
      ...about,
      texts: { email: '', notes: '' },
      data: { country: '', tags: [] },
    })
    expect(await theCustomer(ledger.db, null, CUSTOMER)).toMatchObject({
      ...{ name: 'Ada Lovelace', email: null, company: 'Analytical', notes: null, country: null },
      tags: [],
    })
    const changes = await changesBy(ledger.db, 'customer', CUSTOMER, event)
    expect(changes.map(({ field, before }) => [field, before])).toEqual([
      ['email', 'Lady@Example.com'],
      ['notes', 'sums'],
      ['country', 'GB'],
      ['tags', ['vip']],
    ])
    await expectRebuilt(ledger)
  })
})

describe('notes on a license', () => {
  test('paragraphs are added, all else is replaced, an empty text takes away', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) => issue(tx, { event: { texts: { notes: 'first', label: 'Berlin' } } }))
    const about = { type: 'license.noted', entity: cti, brand: 'main', customer: CUSTOMER } as const
    const texts = { notes: 'second', label: 'Hamburg' }
    const data = { tags: ['eu'], orderRef: '4711', subscriptionRef: 'sub_1' }
    const noted = await tell<'license.noted'>(ledger, { ...about, line: 0, texts, data })
    expect(await licenseByCti(ledger.db, cti)).toMatchObject({
      ...{ notes: 'first\nsecond', label: 'Hamburg', tags: ['eu'], revision: 1, state: 'active' },
      ...{ orderRef: '4711', invoiceRef: null, subscriptionRef: 'sub_1' },
    })
    expect(await changesBy(ledger.db, 'license', cti, noted)).toContainEqual({
      ...{ field: 'notes', before: null, after: 'second' },
    })
    await tell<'license.noted'>(ledger, { ...about, texts: { notes: '', label: '' }, data: { tags: [], orderRef: '' } })
    expect(await licenseByCti(ledger.db, cti)).toMatchObject({
      ...{ notes: null, label: null, tags: [], orderRef: null, subscriptionRef: 'sub_1' },
    })
    await expectRebuilt(ledger)
  })
})

describe('forgetting', () => {
  const forgotten = async () => {
    const ledger = await stocked()
    const request = { key: 'order-1', verb: 'issue', requestHash: random(32) }
    const event = { idempotency: request, reason: 'she called', texts: { notes: 'engines', label: 'Desk' } }
    const cti = await ledger.transaction((tx) => issue(tx, { event, more: { tags: ['eu'] } }))
    await ledger.transaction((tx) => issue(tx, { expires: NOW - DAY, event: { reason: 'an old one' } }))
    const before = await erasableOf(ledger.db, CUSTOMER, NOW)
    const about = { type: 'customer.forgotten', entity: CUSTOMER, brand: 'main', data: {} } as const
    await tell<'customer.forgotten'>(ledger, { ...about, reason: 'asked for it' })
    return { ledger, cti, before, about }
  }

  test('takes the texts, the signed bytes and the hash of what was asked; events and their hashes stay', async () => {
    const { ledger, cti, before } = await forgotten()
    // Name, e-mail; reason, request, notes, label; reason.
    expect(before).toMatchObject({ texts: 7, signed: 2, licenses: 2, running: [{ cti }] })
    expect(await erasableOf(ledger.db, CUSTOMER, NOW)).toMatchObject({ texts: 1, signed: 0, licenses: 2 })
    expect(await theCustomer(ledger.db, null, CUSTOMER)).toMatchObject({
      name: null,
      email: null,
      forgottenAt: NOW + 1,
    })
    const license = await licenseByCti(ledger.db, cti)
    expect(license).toMatchObject({ notes: null, label: null, tags: ['eu'], state: 'active' })
    const [revision] = await revisionsOf(ledger.db, license.id)
    expect(revision?.bytes).toBeNull()
    expect(revision?.hash).toEqual(signed(`license ${Buffer.from(cti).toString('hex')}`).hash)
    expect(await ledger.db.selectFrom('words').selectAll().execute()).toEqual([])
    const [key] = await ledger.db.selectFrom('idempotency_keys').selectAll().execute()
    expect(key?.request_hash).toEqual(new Uint8Array())
    await expectRebuilt(ledger)
  })

  test('what is written afterwards stays, until they are forgotten again', async () => {
    const { ledger, cti, about } = await forgotten()
    const moved = { type: 'license.revoked', entity: cti, brand: 'main', customer: CUSTOMER } as const
    await tell<'license.revoked'>(ledger, { ...moved, data: { statuses: [] }, reason: 'refund' })
    const kept = async () =>
      (await ledger.db.selectFrom('private_texts').select('value').where('value', 'is not', null).execute()).map(
        ({ value }) => value,
      )
    expect(await kept()).toEqual(['asked for it', 'refund'])
    await expectRebuilt(ledger)
    expect(await kept()).toEqual(['asked for it', 'refund'])
    await tell<'customer.forgotten'>(ledger, { ...about, at: NOW + 2 })
    expect(await kept()).toEqual([])
    await expectRebuilt(ledger)
  })

  test('counts as running what can still open a product', async () => {
    const ledger = await stocked()
    const states = ['active', 'suspended', 'revoked', 'cancelled', 'superseded'] as const
    for (const state of states) {
      for (const expires of [NOW - 1, NOW, NOW + 1, null]) {
        const cti = await ledger.transaction((tx) => issue(tx, { expires }))
        await ledger.transaction((tx) => tx.updateTable('licenses').set({ state }).where('cti', '=', cti).execute())
      }
    }
    const { running } = await erasableOf(ledger.db, CUSTOMER, NOW)
    expect(running.map(({ state, expires }) => [state, expires])).toEqual([
      ['active', NOW + 1],
      ['active', null],
      ...[NOW - 1, NOW, NOW + 1, null].map((expires) => ['suspended', expires]),
    ])
  })
})
