import { CompiledQuery } from 'kysely'
import { describe, expect, test } from 'vitest'
import { formatKey, maskKey } from '../../src/core/codes/license-key.ts'
import type { EventType } from '../../src/ledger/event-types.ts'
import { record } from '../../src/ledger/events.ts'
import { findLicenses, theLicense } from '../../src/ledger/find-license.ts'
import { answeredBefore } from '../../src/ledger/idempotency.ts'
import { LICENSE_STATUSES, statusAt } from '../../src/ledger/license-status.ts'
import { ctiPrefix, licenseByCti } from '../../src/ledger/licenses.ts'
import { linesOf } from '../../src/ledger/lines.ts'
import { type LicenseFilter, listLicenses } from '../../src/ledger/list-licenses.ts'
import type { Ledger } from '../../src/ledger/open.ts'
import { findRevision } from '../../src/ledger/revisions.ts'
import { showLicense } from '../../src/ledger/show-license.ts'
import { statusIndexesOf } from '../../src/ledger/status-indexes.ts'
import { onServer } from '../harness/place.ts'
import { addBrand, addCustomer, addProduct, by, codeOf, DAY, issue, KID, NOW, random, signed, stocked } from './book.ts'

type Move = 'license.suspended' | 'license.reinstated' | 'license.revoked' | 'license.cancelled'

const move = (ledger: Ledger, type: Move, cti: Uint8Array, status: number) =>
  ledger.transaction(async (tx) => {
    const { id } = await licenseByCti(tx, cti)
    const statuses = (await statusIndexesOf(tx, id)).map(({ index }) => ({ index, status }))
    await record(tx, { ...by, type, at: NOW + 1, entity: cti, data: { statuses }, reason: 'unpaid' }, random)
  })

describe('one license', () => {
  test('is shown with its holder, lines, revisions, indexes and history', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) =>
      issue(tx, { products: ['editor', 'viewer'], more: { tags: ['x'] }, event: { texts: { notes: 'call first' } } }),
    )
    await move(ledger, 'license.suspended', cti, 2)
    const license = await licenseByCti(ledger.db, cti)
    const detail = await showLicense(ledger.db, license, NOW)
    expect(detail).toMatchObject({ prefix: 'EDIT', status: 'suspended', revision: 1, notes: 'call first', tags: ['x'] })
    expect(detail.cti).toEqual(cti)
    expect(detail.holder.name).toBe('Ada Lovelace')
    expect(detail.lines.map((line) => [line.number, line.product, line.seats])).toEqual([
      [0, 'editor', 5],
      [1, 'viewer', 5],
    ])
    expect(detail.revisions).toHaveLength(1)
    expect(detail.revisions[0]).toMatchObject({
      number: 1,
      anchor: { epoch: 1, base: 500_000, n: 8760 },
      actor: 'anna',
    })
    expect(detail.revisions[0]?.bytes).toEqual(signed(`license ${Buffer.from(cti).toString('hex')}`).bytes)
    expect(detail.revisions[0]?.hash).toEqual(detail.events[0]?.object)
    expect(detail.statusIndexes.map((it) => [it.line, it.revision, it.status])).toEqual([
      [0, 1, 2],
      [1, 1, 2],
    ])
    expect(detail.events.map((event) => [event.type, event.version, event.reason])).toEqual([
      ['license.issued', 1, null],
      ['license.suspended', 2, 'unpaid'],
    ])
  })

  test('renewing makes a revision, and keeps lines that it does not name', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) => issue(tx, { products: ['editor', 'viewer'] }))
    await ledger.transaction(async (tx) => {
      const { id } = await licenseByCti(tx, cti)
      const [line] = (await linesOf(tx, [id])).get(id) ?? []
      if (line === undefined) throw new Error('no line')
      const { removed: _, ...kept } = line
      const data = {
        revision: { number: 2, issuedAt: NOW + 5, starts: NOW + 6, signer: KID },
        lines: [
          { ...kept, seats: 9, activation: 'required' },
          { ...kept, number: 2, product: 'sketch' },
        ],
        statusIndexes: [{ line: 2, index: 77 }],
      }
      const object = signed('second')
      await record(tx, { ...by, type: 'license.renewed', at: NOW + 5, entity: cti, data, object }, random)
    })
    const license = await licenseByCti(ledger.db, cti)
    expect(license).toMatchObject({ revision: 2, expires: null, starts: NOW + 6, activationRequired: true })
    const lines = (await linesOf(ledger.db, [license.id])).get(license.id) ?? []
    expect(lines.map((line) => [line.product, line.seats])).toEqual([
      ['editor', 9],
      ['viewer', 5],
      ['sketch', 5],
    ])
    expect((await findRevision(ledger.db, license.id, 2))?.bytes).toEqual(signed('second').bytes)
    expect((await findRevision(ledger.db, license.id, 1))?.number).toBe(1)
    expect(await findRevision(ledger.db, license.id, 3)).toBeNull()
    expect((await statusIndexesOf(ledger.db, license.id)).map((it) => it.line)).toEqual([0, 1, 2])
  })

  test('each move leaves its state, and its word for the next list', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) => issue(tx))
    const moves: readonly (readonly [Move & EventType, number, string])[] = [
      ['license.suspended', 2, 'suspended'],
      ['license.reinstated', 0, 'active'],
      ['license.revoked', 1, 'revoked'],
      ['license.reinstated', 0, 'active'],
      ['license.cancelled', 1, 'cancelled'],
    ]
    for (const [type, status, state] of moves) {
      await move(ledger, type, cti, status)
      const license = await licenseByCti(ledger.db, cti)
      expect(license.state).toBe(state)
      expect((await statusIndexesOf(ledger.db, license.id)).map((it) => it.status)).toEqual([status])
    }
  })

  test('the first five bytes of a key are unique', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) => issue(tx))
    const twin = Uint8Array.from([...cti.subarray(0, 5), 9, 9, 9, 9, 9])
    expect(ctiPrefix(twin)).toBe(ctiPrefix(cti))
    expect(await codeOf(ledger.transaction((tx) => issue(tx, { cti: twin })))).toBe('CONFLICT')
    expect(await codeOf(licenseByCti(ledger.db, twin))).toBe('NOT_FOUND')
  })

  test('a holder who does not exist is refused', async () => {
    const ledger = await stocked()
    expect(await codeOf(ledger.transaction((tx) => issue(tx, { customer: 'nobody' })))).toBe('NOT_FOUND')
  })
})

describe('the spelled key', () => {
  test('a whole key, a beginning, any case', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) => issue(tx))
    await ledger.transaction(async (tx) => {
      for (let i = 0; i < 20; i++) await issue(tx)
    })
    const key = formatKey('EDIT', cti)
    for (const text of [key, key.toLowerCase(), key.slice(0, 15), key.slice(0, 18), key.slice(0, 22)]) {
      expect((await theLicense(ledger.db, null, text)).cti).toEqual(cti)
    }
    expect(await codeOf(theLicense(ledger.db, null, key.replace('EDIT', 'PLAY')))).toBe('NOT_FOUND')
    expect(await codeOf(theLicense(ledger.db, 'side', key))).toBe('NOT_FOUND')
    expect(await codeOf(theLicense(ledger.db, null, formatKey('EDIT', random(10))))).toBe('NOT_FOUND')
    expect(await codeOf(theLicense(ledger.db, null, 'EDIT-'))).toBe('INVALID_INPUT')
    const wrong = key.replace(/.$/, (last) => (last === '7' ? '8' : '7'))
    expect(await codeOf(theLicense(ledger.db, null, wrong))).toBe('CODE_MISTYPED')
  })

  test('a beginning of several names them, masked', async () => {
    const ledger = await stocked()
    const near = [1, 2, 3].map((n) => Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd, n, n, n, n, n, n))
    await ledger.transaction(async (tx) => {
      for (const cti of near) await issue(tx, { cti })
    })
    const beginning = formatKey('EDIT', near[0] ?? random(10)).slice(0, 12)
    expect(await findLicenses(ledger.db, null, beginning)).toHaveLength(3)
    let data: unknown
    try {
      await theLicense(ledger.db, null, beginning)
    } catch (error) {
      data = (error as { data?: unknown }).data
    }
    expect(data).toEqual({ candidates: near.map((cti) => maskKey('EDIT', cti)) })
  })
})

describe('status', () => {
  test('follows from state, clock and activation', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) => issue(tx, { activation: 'required', expires: NOW + DAY }))
    const license = await licenseByCti(ledger.db, cti)
    expect(statusAt(license, NOW)).toBe('pending')
    expect(statusAt({ ...license, firstActivatedAt: NOW }, NOW)).toBe('active')
    expect(statusAt(license, NOW + DAY)).toBe('expired')
    expect(statusAt({ ...license, expires: null }, NOW + 9999 * DAY)).toBe('pending')
    expect(statusAt({ ...license, state: 'superseded' }, NOW + DAY)).toBe('superseded')
  })
})

/** Forty licenses of two customers in two brands, every state among them. */
const shelf = async () => {
  const ledger = await stocked()
  await ledger.transaction(async (tx) => {
    await addBrand(tx, 'side', 'SIDE')
    await addProduct(tx, 'sketch', 'side')
    await addCustomer(tx, 'other', { name: 'Bob', email: 'ADA@example.com' }, { brand: 'side' })
  })
  const ctis: Uint8Array[] = []
  for (let i = 0; i < 40; i++) {
    const side = i % 4 === 3
    const what = {
      brand: side ? 'side' : 'main',
      customer: side ? 'other' : 'c7k2m9xq',
      products: side ? ['sketch'] : i % 2 === 0 ? ['editor', 'viewer'] : ['viewer'],
      tier: i % 3 === 0 ? 'free' : 'pro',
      expires: i % 10 === 0 ? null : NOW + (i - 10) * DAY,
      activation: i % 5 === 0 ? 'required' : 'none',
    }
    ctis.push(await ledger.transaction((tx) => issue(tx, what)))
  }
  for (const i of [11, 21, 31]) await move(ledger, 'license.suspended', ctis[i] ?? random(10), 2)
  for (const i of [12, 22]) await move(ledger, 'license.revoked', ctis[i] ?? random(10), 1)
  await move(ledger, 'license.cancelled', ctis[13] ?? random(10), 1)
  return ledger
}

const pagesOf = async (ledger: Ledger, filter: LicenseFilter, limit: number) => {
  const pages: (readonly { id: number; status: string; expires: number | null }[])[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = cursor === undefined ? { limit } : { limit, cursor }
    const answer = await listLicenses(ledger.db, filter, page, NOW)
    pages.push(answer.licenses)
    cursor = answer.next
  }
  return pages
}

describe('lists', () => {
  test('any filter gives what sifting everything by hand gives, in any page size', async () => {
    const ledger = await shelf()
    const { licenses: all } = await listLicenses(ledger.db, { brand: null }, { limit: 100 }, NOW)
    expect(all).toHaveLength(40)
    const filters: LicenseFilter[] = []
    for (const brand of [null, 'main', 'side']) {
      for (const status of [undefined, ...LICENSE_STATUSES]) {
        for (const narrow of [
          {},
          { customer: 'other' },
          { email: 'ada@Example.com' },
          { product: 'viewer' },
          { product: 'viewer', tier: 'free' },
          { tier: 'free' },
          { customer: 'c7k2m9xq', product: 'editor', tier: 'pro' },
          { expiringBefore: NOW + 15 * DAY },
          { expiringBefore: NOW + 15 * DAY, email: 'ada@example.com', product: 'viewer' },
        ]) {
          filters.push({ brand, ...narrow, ...(status === undefined ? {} : { status }) })
        }
      }
    }
    for (const filter of filters) {
      const expected = all.filter(
        (it) =>
          (filter.brand === null || it.brand === filter.brand) &&
          (filter.status === undefined || it.status === filter.status) &&
          (filter.customer === undefined || it.customer === filter.customer) &&
          (filter.email === undefined || it.customerEmail?.toLowerCase() === 'ada@example.com') &&
          ((filter.product === undefined && filter.tier === undefined) ||
            it.lines.some(
              (line) => line.product === (filter.product ?? line.product) && line.tier === (filter.tier ?? line.tier),
            )) &&
          (filter.expiringBefore === undefined ||
            (it.state === 'active' && it.expires !== null && it.expires > NOW && it.expires < filter.expiringBefore)),
      )
      for (const limit of [3, 100]) {
        const listed = (await pagesOf(ledger, filter, limit)).flat()
        const label = JSON.stringify(filter)
        expect(
          listed.map((it) => it.id).sort((a, b) => a - b),
          label,
        ).toEqual(expected.map((it) => it.id).sort((a, b) => a - b))
        const order = listed.map((it) => (filter.expiringBefore !== undefined ? (it.expires ?? 0) : -it.id))
        const late = listed.map((it) => -(it.expires ?? 0))
        const sorted = filter.status === 'expired' && filter.expiringBefore === undefined ? late : order
        expect(sorted, label).toEqual([...sorted].sort((a, b) => a - b))
      }
    }
  })

  test('shows lines and holder', async () => {
    const ledger = await shelf()
    const { licenses } = await listLicenses(ledger.db, { brand: 'side' }, { limit: 1 }, NOW)
    expect(licenses[0]).toMatchObject({ customerName: 'Bob', lines: [{ product: 'sketch' }] })
  })

  test('a page is not moved by what is issued meanwhile', async () => {
    const ledger = await shelf()
    for (const filter of [
      { brand: null },
      { brand: null, product: 'viewer' },
      { brand: null, expiringBefore: NOW + 99 * DAY },
    ]) {
      const before = (await pagesOf(ledger, filter, 100)).flat().map((it) => it.id)
      const first = await listLicenses(ledger.db, filter, { limit: 5 }, NOW)
      await ledger.transaction(async (tx) => {
        for (let i = 0; i < 7; i++) await issue(tx, { products: ['viewer'], expires: NOW + 1 })
      })
      const rest = await listLicenses(ledger.db, filter, { limit: 100, cursor: first.next ?? '' }, NOW)
      const after = [...first.licenses, ...rest.licenses].map((it) => it.id)
      expect(after.filter((id) => before.includes(id))).toEqual(before)
      if (!('expiringBefore' in filter)) expect(after).toEqual(before)
    }
  })

  test('a cursor of another list is refused', async () => {
    const ledger = await shelf()
    const { next } = await listLicenses(ledger.db, { brand: null }, { limit: 5 }, NOW)
    const soonest = { brand: null, expiringBefore: NOW + 9 * DAY }
    for (const cursor of [next ?? '', 'n', 'x-1', 's-1', 's-1-', '']) {
      expect(await codeOf(listLicenses(ledger.db, soonest, { limit: 5, cursor }, NOW))).toBe('INVALID_INPUT')
    }
  })

  test('what ends soon counts each line: by its first end, and once that is over by its last', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction((tx) => issue(tx, { products: ['editor', 'viewer'], expires: NOW + 90 * DAY }))
    const row = await licenseByCti(ledger.db, cti)
    await ledger.transaction(async (tx) => {
      await tx
        .updateTable('lines')
        .set({ expires: NOW + 5 * DAY })
        .where('license', '=', row.id)
        .where('number', '=', 0)
        .execute()
      await tx
        .updateTable('licenses')
        .set({ ends: NOW + 5 * DAY })
        .where('id', '=', row.id)
        .execute()
    })
    const found = async (now: number, days: number): Promise<boolean> => {
      const filter = { brand: null, expiringBefore: now + days * DAY }
      const { licenses } = await listLicenses(ledger.db, filter, { limit: 1000 }, now)
      return licenses.some(({ id }) => id === row.id)
    }
    expect(await found(NOW, 10)).toBe(true)
    expect(await found(NOW, 3)).toBe(false)
    expect(await found(NOW + 6 * DAY, 10)).toBe(false)
    expect(await found(NOW + 85 * DAY, 10)).toBe(true)
    expect(await found(NOW + 91 * DAY, 10)).toBe(false)
  })

  test.runIf(!onServer())('each narrow filter walks its own index, and nothing is sorted', async () => {
    const ledger = await stocked()
    const plans = new Map<string, string>()
    const filters: Readonly<Record<string, LicenseFilter>> = {
      licenses_by_customer_id: {
        brand: 'main',
        customer: 'c7k2m9xq',
        status: 'revoked',
        product: 'editor',
        tier: 'pro',
      },
      licenses_by_brand_id: { brand: 'main', status: 'active' },
      licenses_by_state_id: { brand: 'main', status: 'revoked' },
      licenses_by_ends_id: { brand: 'main', product: 'editor', tier: 'pro', expiringBefore: NOW },
      // What is over in part is asked for beside it.
      licenses_over_in_part: { brand: 'main', expiringBefore: NOW },
      lines_by_product_license: { brand: 'main', product: 'editor', tier: 'pro', status: 'revoked' },
    }
    const executor = ledger.db.getExecutor()
    for (const [index, filter] of Object.entries(filters)) {
      const queries: CompiledQuery[] = []
      const spied = ledger.db.withPlugin({
        transformQuery: ({ node }) => {
          queries.push(executor.compileQuery(executor.transformQuery(node, { queryId: 'x' }), { queryId: 'x' }))
          return node
        },
        transformResult: async ({ result }) => result,
      })
      const cursor = filter.expiringBefore === undefined ? 'n-zzz' : 's-1-1'
      await listLicenses(spied, filter, { limit: 5, cursor }, NOW)
      const query =
        index === 'licenses_over_in_part'
          ? queries.find(({ sql }) => sql.includes('<> "licenses"."expires"'))
          : queries[0]
      if (query === undefined) throw new Error('nothing was asked')
      const explained = CompiledQuery.raw(`explain query plan ${query.sql}`, [...query.parameters])
      const { rows } = await ledger.db.executeQuery<{ detail: string }>(explained)
      plans.set(index, rows.map((row) => row.detail).join('; '))
    }
    for (const [index, plan] of plans) {
      expect(plan).toContain(index)
      expect(plan).not.toContain('TEMP B-TREE')
      expect(plan).not.toContain('SCAN')
    }
  })
})

describe('idempotency', () => {
  const request = { key: 'order-17', verb: 'issue', requestHash: Uint8Array.from({ length: 32 }, (_, i) => i) }

  test('the same request finds its answer, another is refused', async () => {
    const ledger = await stocked()
    expect(await answeredBefore(ledger.db, request)).toBeNull()
    const cti = await ledger.transaction((tx) => issue(tx, { event: { idempotency: request } }))
    expect(await answeredBefore(ledger.db, request)).toBe((await licenseByCti(ledger.db, cti)).id)
    expect(await codeOf(answeredBefore(ledger.db, { ...request, verb: 'renew' }))).toBe('CONFLICT')
    expect(await codeOf(answeredBefore(ledger.db, { ...request, requestHash: random(32) }))).toBe('CONFLICT')
    const again = ledger.transaction((tx) => issue(tx, { event: { idempotency: request } }))
    expect(await codeOf(again)).toBe('CONFLICT')
  })

  test('a key is not used up by what failed', async () => {
    const ledger = await stocked()
    const failing = ledger.transaction((tx) => issue(tx, { customer: 'nobody', event: { idempotency: request } }))
    expect(await codeOf(failing)).not.toBe('no error')
    expect(await answeredBefore(ledger.db, request)).toBeNull()
  })
})
