import { describe, expect, test } from 'vitest'
import { record } from '../../src/ledger/events.ts'
import { licenseByCti } from '../../src/ledger/licenses.ts'
import type { Ledger } from '../../src/ledger/open.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { wordsOf, wordsSought } from '../../src/ledger/words.ts'
import { addCustomer, by, everything, issue, NOW, random, stocked } from './book.ts'

/** Whether a search for `sought` finds `text`. */
const finds = (sought: string, text: string): boolean =>
  wordsSought(sought).every((word) => wordsOf(text).some((each) => each.startsWith(word)))

const wordsIn = async (ledger: Ledger, customer: string, license = 0): Promise<readonly string[]> => {
  const rows = ledger.db.selectFrom('words').select('word').where('customer', '=', customer)
  return (await rows.where('license', '=', license).orderBy('word').execute()).map(({ word }) => word)
}

describe('folding', () => {
  test.each([
    ['muller', 'Müller & Söhne'],
    ['mueller', 'Müller & Söhne'],
    ['Müller', 'MUELLER GmbH'],
    ['MÜLL', 'Müller'],
    ['strasse', 'Am Ende der Straße 7'],
    ['STRASS', 'Straße'],
    ['istanbul', 'İSTANBUL'],
    ['lodz', 'Łódź'],
    ['smorrebrod', 'Smørrebrød'],
    ['елка', 'Ёлка'],
    ['شركة', 'شَرِكَة'],
    ['gmbh', 'ＧｍｂＨ'],
    ['4711', 'order A-4711/b'],
    ['a-4711', 'order A-4711/b'],
    ['it@acme', 'mail it@ACME.example.'],
    ['acme', 'mail it@ACME.example.'],
    ['東京', '東京株式会社'],
    ['株式', '東京株式会社'],
    ['京', '東京株式会社'],
    ['社', '東京株式会社'],
    ['ｴﾃﾞｨ', 'エディタ'],
    ['회사', '한국 회사'],
    ['कंप', 'कंपनी'],
  ])('%s finds %s', (sought, text) => expect(finds(sought, text)).toBe(true))

  test.each([
    ['uller', 'Müller'],
    ['京東', '東京株式会社'],
    ['it@acme.example', 'acme.example'],
    ['muller bohne', 'Müller & Söhne'],
  ])('%s does not find %s', (sought, text) => expect(finds(sought, text)).toBe(false))

  test('a beginning finds, however it is cut', () => {
    for (const text of ['Übergröße', 'Fœtus', 'Queue', 'Þórr', 'Ærø', 'Noël', 'İzmir', 'Straße'])
      for (let length = 1; length <= text.length; length++)
        expect(finds(text.slice(0, length), text), `${text.slice(0, length)} in ${text}`).toBe(true)
  })

  test('a text without end, or a word without end, is bounded', () => {
    const long = `${'x'.repeat(500_000)} ${'word '.repeat(100_000)}`
    expect(wordsOf(long)).toEqual(['x'.repeat(40)])
    expect(finds('x'.repeat(60), long)).toBe(true)
    expect([...(wordsOf('𠮷'.repeat(3))[0] ?? '')]).toHaveLength(2)
    expect(wordsOf('!?… \u0000 \ud800 \u202e')).toEqual([])
  })
})

describe('the table', () => {
  test('holds the texts of customers and licenses, whole addresses, and tags', async () => {
    const ledger = await stocked()
    await ledger.transaction((tx) =>
      addCustomer(
        tx,
        'globex',
        { name: 'Globex Söhne', email: 'It@Globex.example', company: 'Holding', notes: 'pays late' },
        { data: { tags: ['key-account'] } },
      ),
    )
    expect(await wordsIn(ledger, 'globex')).toEqual(
      [
        ...['#key-account', 'account', 'example', 'globex', 'holding', 'it', 'it@globex.example', 'key', 'late'],
        ...['pays', 'sohne'],
      ].sort(),
    )
    const cti = await ledger.transaction((tx) =>
      issue(tx, {
        customer: 'globex',
        more: { orderRef: 'A-1', invoiceRef: 'B-2', subscriptionRef: 'C-3', tags: ['vip'] },
        event: { texts: { label: 'Site Köln', notes: 'spare' } },
      }),
    )
    const { id } = await licenseByCti(ledger.db, cti)
    const expected = ['#vip', '1', '2', '3', 'a', 'b', 'c', 'koln', 'site', 'spare', 'vip']
    expect(await wordsIn(ledger, 'globex', id)).toEqual(expected)
  })

  test('a license without texts has no row', async () => {
    const ledger = await stocked()
    const before = await ledger.db.selectFrom('words').selectAll().execute()
    await ledger.transaction((tx) => issue(tx))
    expect(await ledger.db.selectFrom('words').selectAll().execute()).toEqual(before)
  })

  test('follows edits and notes, ends with forgetting, and is made again from the log', async () => {
    const ledger = await stocked()
    const cti = await ledger.transaction(async (tx) => {
      await addCustomer(tx, 'acme', { name: 'Acme', notes: 'first' })
      await addCustomer(tx, 'gone', { name: 'Gone Ltd', email: 'x@gone.example' })
      await issue(tx, { customer: 'gone', event: { texts: { notes: 'secret' } } })
      return issue(tx, { customer: 'acme', event: { texts: { label: 'Berlin', notes: 'one' } } })
    })
    await ledger.transaction(async (tx) => {
      const edit = { ...by, type: 'customer.edited', at: NOW + 1, entity: 'acme', brand: 'main', data: {} } as const
      await record(tx, { ...edit, texts: { name: 'Apex', notes: '' } }, random)
      const note = { ...by, type: 'license.noted', at: NOW + 2, entity: cti, brand: 'main', customer: 'acme' } as const
      await record(tx, { ...note, data: { tags: ['blue'] }, texts: { label: 'Bonn', notes: 'two' } }, random)
    })
    await ledger.transaction((tx) =>
      record(tx, { ...by, type: 'customer.forgotten', at: NOW + 3, entity: 'gone', brand: 'main', data: {} }, random),
    )
    const { id } = await licenseByCti(ledger.db, cti)
    expect(await wordsIn(ledger, 'acme')).toEqual(['acme', 'apex'])
    expect(await wordsIn(ledger, 'acme', id)).toEqual(['#blue', 'blu', 'bonn', 'one', 'two'].sort())
    const left = ledger.db.selectFrom('words').selectAll().where('customer', '=', 'gone')
    expect(await left.execute()).toEqual([])

    const whole = await everything(ledger)
    await ledger.transaction((tx) => rebuild(tx))
    expect(await everything(ledger)).toEqual(whole)
  })

  test('a customer has a bounded number of words, the name before the notes', async () => {
    const ledger = await stocked()
    const notes = Array.from({ length: 5_000 }, (_, i) => `n${i}`).join('\n')
    await ledger.transaction((tx) => addCustomer(tx, 'wordy', { name: 'Wordy', notes }))
    const words = await wordsIn(ledger, 'wordy')
    expect(words).toHaveLength(1_000)
    expect(words).toContain('wordy')
    // The newest paragraph is the last.
    expect(words).toContain('n4999')
    expect(words).not.toContain('n0')
  })
})
