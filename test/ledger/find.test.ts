import { CompiledQuery } from 'kysely'
import { describe, expect, test } from 'vitest'
import { type Found, findByWords, leadingRows } from '../../src/ledger/find.ts'
import { licenseByCti } from '../../src/ledger/licenses.ts'
import { type LogFilter, stepOf, walkLog } from '../../src/ledger/log.ts'
import type { Ledger } from '../../src/ledger/open.ts'
import type { Reader } from '../../src/ledger/schema.ts'
import { onServer } from '../harness/place.ts'
import { addBrand, addCustomer, codeOf, DAY, issue, NOW, random, stocked } from './book.ts'

const nameOf = (found: Found): string =>
  'customer' in found ? found.customer.id : `${found.license.customer}/${found.license.orderRef}`

const find = async (ledger: Ledger, text: string, brand: string | null = null, limit = 50) =>
  (await findByWords(ledger.db, brand, text, { limit }, NOW)).found.map(nameOf)

/** How the engine would run a query. */
const planOf = async (db: Reader, query: { compile(): CompiledQuery }): Promise<string> => {
  const { sql, parameters } = query.compile()
  const plan = await db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  )
  return plan.rows.map(({ detail }) => detail).join('\n')
}

/** Customers `c00` to `c29`, all of them GmbH, every third called Müller; each with two licenses by order. */
const desk = async (): Promise<Ledger> => {
  const ledger = await stocked()
  await ledger.transaction(async (tx) => {
    await addBrand(tx, 'side', 'SIDE')
    for (let i = 0; i < 30; i++) {
      const id = `c${String(i).padStart(2, '0')}`
      const brand = i % 10 === 9 ? 'side' : 'main'
      await addCustomer(tx, id, { name: `${i % 3 ? 'Huber' : 'Müller'} ${i + 100} GmbH` }, { brand })
      for (const order of ['X', 'Y'])
        await issue(tx, { customer: id, brand, more: { orderRef: `${order}-${i + 500}` } })
    }
  })
  return ledger
}

describe('find', () => {
  test('every word counts, of the customer and the license together', async () => {
    const ledger = await desk()
    expect(await find(ledger, 'müller 103')).toEqual(['c03'])
    expect(await find(ledger, 'x-503')).toEqual(['c03/X-503'])
    expect(await find(ledger, 'muller 503')).toEqual(['c03/X-503', 'c03/Y-503'])
    expect(await find(ledger, 'muller y 503')).toEqual(['c03/Y-503'])
    expect(await find(ledger, 'y muller gmbh 50')).toEqual(['c00/Y-500', 'c03/Y-503', 'c06/Y-506', 'c09/Y-509'])
    expect(await find(ledger, 'huber 503')).toEqual([])
    expect(await find(ledger, 'muller', 'side')).toEqual(['c09'])
    expect(await find(ledger, 'x-509', 'main')).toEqual([])
  })

  test('a customer brings the newest licenses, and says that there are more', async () => {
    const ledger = await stocked()
    await ledger.transaction(async (tx) => {
      for (let i = 0; i < 6; i++) await issue(tx, { at: NOW + i, more: { orderRef: `O-${i}` } })
    })
    const { found } = await findByWords(ledger.db, null, 'lovelace', { limit: 5 }, NOW)
    expect(found).toHaveLength(1)
    const [ada] = found
    if (ada === undefined || !('customer' in ada)) throw new Error('no customer')
    expect(ada.licenses.map(({ orderRef }) => orderRef)).toEqual(['O-5', 'O-4', 'O-3', 'O-2', 'O-1'])
    expect(ada.more).toBe(true)
    expect(ada.reasons).toEqual([{ field: 'name', text: 'Ada Lovelace' }])
  })

  test.each(['g', 'muller', 'muller 5', 'x', '1 gmbh', 'y muller'])('pages of "%s" hold each once', async (text) => {
    const ledger = await desk()
    const whole = await find(ledger, text, null, 1000)
    expect(whole.length).toBeGreaterThan(5)
    expect(new Set(whole).size).toBe(whole.length)
    for (const limit of [1, 2, 7]) {
      const paged: string[] = []
      let cursor: string | null = null
      do {
        const page = { limit, ...(cursor !== null && { cursor }) }
        const { found, next } = await findByWords(ledger.db, null, text, page, NOW)
        expect(found.length).toBeLessThanOrEqual(limit)
        paged.push(...found.map(nameOf))
        cursor = next
      } while (cursor !== null)
      expect(paged).toEqual(whole)
    }
  })

  test('a page goes on where it ended while others write', async () => {
    const ledger = await desk()
    const whole = await find(ledger, 'muller', null, 1000)
    const first = await findByWords(ledger.db, null, 'muller', { limit: 4 }, NOW)
    await ledger.transaction(async (tx) => {
      await addCustomer(tx, 'a-before', { name: 'Müller' })
      await addCustomer(tx, 'zz-behind', { name: 'Müller' })
    })
    const cursor = first.next ?? ''
    const rest = await findByWords(ledger.db, null, 'muller', { limit: 1000, cursor }, NOW)
    expect([...first.found, ...rest.found].map(nameOf)).toEqual([...whole, 'zz-behind'])
  })

  test('what cannot be looked for is refused', async () => {
    const { db } = await desk()
    const search = (text: string, cursor?: string) =>
      codeOf(findByWords(db, null, text, { limit: 5, ...(cursor !== undefined && { cursor }) }, NOW))
    expect(await search('')).toBe('INVALID_INPUT')
    expect(await search('-- !')).toBe('INVALID_INPUT')
    expect(await search(Array.from({ length: 33 }, (_, i) => `w${i}`).join(' '))).toBe('INVALID_INPUT')
    for (const cursor of ['', 'x', 'bm9wZQ', 'WyJhIiwxLDIsMyw0XQ', 'n-1']) {
      expect(await search('gmbh', cursor)).toBe('INVALID_INPUT')
    }
    const { next } = await findByWords(db, null, 'gmbh', { limit: 1 }, NOW)
    expect(await search('muller', next ?? '')).toBe('INVALID_INPUT')
  })

  test.runIf(!onServer())('walks the range of one word in its order, and asks for the rest by index', async () => {
    const { db } = await desk()
    for (const others of [[], ['muller'], ['muller', '10']]) {
      for (const brand of [null, 'main']) {
        const plan = await planOf(db, leadingRows({ db, brand, leading: 'gmbh', others }, null).limit(200))
        expect(plan).toMatch(/^SEARCH w USING (COVERING INDEX|PRIMARY KEY|INDEX).*\(word>\? AND word<\?\)/m)
        expect(plan).not.toMatch(/\bSCAN\b/)
        expect(plan).not.toMatch(/TEMP B-TREE/)
      }
    }
  })
})

describe('the log', () => {
  const idsOf = async (ledger: Ledger, filter: Partial<LogFilter>, before?: number): Promise<readonly number[]> => {
    const ids: number[] = []
    for await (const step of walkLog(ledger.db, { brand: null, ...filter }, before)) ids.push(...step.ids)
    return ids
  }

  test.runIf(!onServer())('a license and a customer are found by index', async () => {
    const { db } = await desk()
    for (const filter of [{ license: random(10) }, { customer: 'c03' }]) {
      const plan = await planOf(db, stepOf(db, { brand: null, ...filter }, 0, 1000).limit(64))
      expect(plan).toMatch(/^SEARCH events USING INTEGER PRIMARY KEY/m)
      expect(plan).not.toMatch(/SCAN (events|own|about|happened|licenses)\b/)
    }
  })

  test('every filter agrees with a look at every event', async () => {
    const ledger = await desk()
    const cti = await ledger.transaction((tx) =>
      issue(tx, { customer: 'c03', at: NOW + 3 * DAY, event: { actor: 'bob' } }),
    )
    const all = await idsOf(ledger, {})
    expect(all).toEqual([...all].sort((a, b) => b - a))
    const { id } = await licenseByCti(ledger.db, cti)
    expect(await idsOf(ledger, { license: cti })).toEqual([id])
    expect(await idsOf(ledger, { actor: 'bob' })).toEqual([id])
    expect(await idsOf(ledger, { actor: 'bo' })).toEqual([])
    expect(await idsOf(ledger, { customer: 'c03' })).toHaveLength(4)
    expect(await idsOf(ledger, { customer: 'c03', license: cti, actor: 'anna' })).toEqual([])
    expect(await idsOf(ledger, { since: NOW + 1 })).toEqual([id])
    expect(await idsOf(ledger, { until: NOW + 3 * DAY })).toEqual(all)
    expect(await idsOf(ledger, { until: NOW + 3 * DAY - 1 })).toEqual(all.slice(1))
    expect(await idsOf(ledger, { since: NOW + 4 * DAY })).toEqual([])
    expect(await idsOf(ledger, { types: ['license.issued'] })).toHaveLength(61)
    expect(await idsOf(ledger, { types: ['license.issued', 'customer.added'], brand: 'side' })).toHaveLength(9)
    expect(await idsOf(ledger, { brand: 'side' })).toHaveLength(10)
    expect(await idsOf(ledger, {}, all[9])).toEqual(all.slice(10))
  })
})
