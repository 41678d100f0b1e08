import { expect, test } from 'vitest'
import { PLACES } from '../../src/core/status.ts'
import { record } from '../../src/ledger/events.ts'
import { licenseByCti } from '../../src/ledger/licenses.ts'
import { dealStatusIndexes, listNumbers, notValidIn, statusIndexesOf } from '../../src/ledger/status-indexes.ts'
import { by, codeOf, counted, issue, NOW, random, stocked } from './book.ts'

const THREE_QUARTERS = (PLACES * 3) / 4

test('indexes are drawn from the first list, and differ', async () => {
  const ledger = await stocked()
  const drawn = await ledger.transaction((tx) => dealStatusIndexes(tx, 16, counted()))
  expect(new Set(drawn).size).toBe(16)
  for (const index of drawn) expect(index).toBeLessThan(PLACES)
  expect(Math.max(...drawn)).toBeGreaterThan(PLACES / 2)
  expect(await listNumbers(ledger.db)).toEqual([])
})

test('what collides is drawn again: with the table, and within one license', async () => {
  const ledger = await stocked()
  const cti = await ledger.transaction((tx) => issue(tx))
  const { id } = await licenseByCti(ledger.db, cti)
  const [taken] = await statusIndexesOf(ledger.db, id)
  const bytesOf = (place: number) => Uint8Array.of(place >> 16, (place >> 8) & 255, place & 255)
  const draws = [taken?.index ?? 0, 5, 5, taken?.index ?? 0, 6].map(bytesOf)
  const stubborn = () => draws.shift() ?? random(3)
  expect(await ledger.transaction((tx) => dealStatusIndexes(tx, 2, stubborn))).toEqual([5, 6])
  expect(draws).toEqual([])
})

test('a list opens at three quarters, in the middle of a license if it must', async () => {
  const ledger = await stocked()
  await ledger.transaction((tx) => issue(tx))
  expect(await listNumbers(ledger.db)).toEqual([0])
  await ledger.db
    .updateTable('status_lists')
    .set({ dealt: THREE_QUARTERS - 1 })
    .execute()
  const cti = await ledger.transaction((tx) => issue(tx, { products: ['editor', 'viewer'] }))
  const { id } = await licenseByCti(ledger.db, cti)
  const lists = (await statusIndexesOf(ledger.db, id)).map(({ index }) => Math.floor(index / PLACES))
  expect(lists).toEqual([0, 1])
  expect(await ledger.db.selectFrom('status_lists').selectAll().orderBy('number').execute()).toEqual([
    { number: 0, dealt: THREE_QUARTERS },
    { number: 1, dealt: 1 },
  ])
  expect(await listNumbers(ledger.db)).toEqual([0, 1])
})

test('when the last list is full, nothing is dealt', async () => {
  const ledger = await stocked()
  await ledger.db
    .insertInto('status_lists')
    .values({ number: 4095, dealt: THREE_QUARTERS - 1 })
    .execute()
  const drawn = await ledger.transaction((tx) => dealStatusIndexes(tx, 1, random))
  expect(drawn[0]).toBeGreaterThanOrEqual(4095 * PLACES)
  expect(await codeOf(ledger.transaction((tx) => dealStatusIndexes(tx, 2, random)))).toBe('CONFLICT')
})

test('a list says which of its places are not valid, and no others', async () => {
  const ledger = await stocked()
  const ctis = await ledger.transaction(async (tx) => [await issue(tx), await issue(tx), await issue(tx)])
  await ledger.db.insertInto('status_lists').values({ number: 1, dealt: 0 }).execute()
  const elsewhere = await ledger.transaction((tx) => issue(tx))
  const expected: { place: number; status: number }[] = []
  for (const [i, cti] of [...ctis.slice(0, 2), elsewhere].entries()) {
    const { id } = await licenseByCti(ledger.db, cti)
    const status = i === 1 ? 2 : 1
    const statuses = (await statusIndexesOf(ledger.db, id)).map(({ index }) => ({ index, status }))
    if (i < 2) expected.push(...statuses.map(({ index }) => ({ place: index, status })))
    const type = i === 1 ? 'license.suspended' : 'license.revoked'
    await ledger.transaction((tx) => record(tx, { ...by, type, at: NOW, entity: cti, data: { statuses } }, random))
  }
  expect(await notValidIn(ledger.db, 0)).toEqual(expected.sort((a, b) => a.place - b.place))
  expect(await notValidIn(ledger.db, 1)).toHaveLength(1)
  expect(await notValidIn(ledger.db, 2)).toEqual([])
})
