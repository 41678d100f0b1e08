/** Files of rows: what a real export holds, through every batch; and what is wrong with files, row and column named. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { columnsOf } from '../../src/cli/batch/columns.ts'
import { type Row, rowsOf } from '../../src/cli/batch/rows.ts'
import { Seen } from '../../src/cli/batch/seen.ts'
import { LicError } from '../../src/core/errors.ts'
import { hashOf } from '../../src/core/hash.ts'
import { CUSTOMERS, customers, customersCsv } from '../fixtures/make-customers.ts'
import { type Room, room } from '../threats/room.ts'

const FIXTURE = new URL('../fixtures/customers.csv', import.meta.url).pathname
const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Result {
  readonly row: number
  readonly ok: boolean
  readonly key: string
  readonly customer: string
  readonly repeated?: true
  readonly stopped?: true
  readonly error?: { readonly code: string; readonly column: string | null }
}

let at: Room
beforeEach(async () => {
  at = await room()
})
afterEach(() => at.remove())

const batch = async (argv: readonly string[], stdin?: Uint8Array) => {
  const { status, out, err } = await at.run([...argv, '--json'], stdin ? { stdin } : {})
  const rows = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { data: Result }).data)
  return { status, rows, err }
}

const ISSUE = ['issue', '--product', 'editor', '--tier', 'basic', '--expires', '1y'] as const

describe('a thousand customers as they are', () => {
  test('the file is the one that its program makes', () => {
    expect(readFileSync(FIXTURE, 'utf8')).toBe(customersCsv())
  })

  test('go through import, issue, renew, revoke and list, and every row is accounted for', {
    timeout: 240_000,
  }, async () => {
    // Taken in as customers first: those of the shared address are told apart by name.
    const imported = await batch([
      'customer',
      'import',
      withColumns(['customer_name', 'email', 'company', 'country', 'note']),
    ])
    expect(imported).toMatchObject({ status: 0 })
    expect(imported.rows.length).toBe(CUSTOMERS)
    expect(new Set(imported.rows.map(({ row }) => row)).size).toBe(CUSTOMERS)

    const issued = await batch([...ISSUE, '--from', FIXTURE])
    const shared = customers().filter(([, email]) => email === 'orders@house.example').length
    expect(shared).toBeGreaterThan(20)
    const failed = issued.rows.filter(({ ok }) => !ok)
    expect(issued.rows.length).toBe(CUSTOMERS)
    expect(issued.status).toBe(10)
    expect(failed.length).toBe(shared)
    expect(new Set(failed.map(({ error }) => `${error?.code} ${error?.column}`))).toEqual(
      new Set(['AMBIGUOUS customer']),
    )

    const good = issued.rows.filter(({ ok }) => ok)
    const keys = good.map(({ key }) => key)
    expect(new Set(keys).size).toBe(CUSTOMERS - shared)

    // The same as NDJSON asks for the same, so it finds the same licenses.
    const lines = customers().map((row) =>
      JSON.stringify(
        Object.fromEntries(
          ['customer_name', 'email', 'company', 'country', 'tier', 'seats', 'tag', 'note', 'order'].map((name, i) => [
            name,
            row[i],
          ]),
        ),
      ),
    )
    const again = await batch([...ISSUE, '--from', '-'], utf8(lines.join('\n')))
    expect(again.rows.filter(({ ok }) => ok).map(({ key }) => key)).toEqual(keys)
    expect(again.rows.filter(({ ok, repeated }) => ok && !repeated)).toEqual([])

    const file = join(at.dir, 'keys.csv')
    writeFileSync(file, `key\n${keys.slice(0, 300).join('\n')}\n`)
    const renewed = await batch(['renew', '--from', file, '--for', '1y'])
    // Trials end after a year at most only by their tier; all that were issued here have an end to count from.
    expect(renewed).toMatchObject({ status: 0 })
    expect(renewed.rows.length).toBe(300)
    const revoked = await batch(['revoke', '--from', file, '--reason', 'chargeback', '--yes'])
    expect(revoked).toMatchObject({ status: 0 })
    expect(
      (await batch(['revoke', '--from', file, '--reason', 'chargeback', '--yes'])).rows.every((row) => row.repeated),
    ).toBe(true)

    const csv = await at.run(['list', '--status', 'revoked', '--limit', '1000', '--csv'])
    expect(csv.status).toBe(0)
    expect(parse(csv.out).length).toBe(300 + 1)
  })

  const withColumns = (wanted: readonly string[]): string => {
    const file = join(at.dir, 'import.ndjson')
    const names = ['customer_name', 'email', 'company', 'country', 'tier', 'seats', 'tag', 'note', 'order']
    writeFileSync(
      file,
      customers()
        .map((row) => JSON.stringify(Object.fromEntries(wanted.map((name) => [name, row[names.indexOf(name)]]))))
        .join('\n'),
    )
    return file
  }
})

describe('what is wrong with a whole file', () => {
  const utf16 = (text: string, mark: readonly number[]): Uint8Array =>
    Uint8Array.from([...mark, ...Buffer.from(text, 'utf16le')])
  const FILES: Readonly<Record<string, Uint8Array>> = {
    empty: utf8(''),
    'only a header': utf8('customer,seats\n'),
    'only a BOM': Uint8Array.of(0xef, 0xbb, 0xbf),
    'no header': utf8('acme,3\n'),
    'an unknown column': utf8('customer,setas\nacme,3\n'),
    'a column without a name': utf8('customer,\nacme,3\n'),
    'a column twice': utf8('customer,seats,SEATS\nacme,3,4\n'),
    'UTF-16, little end first': utf16('customer\nacme\n', [0xff, 0xfe]),
    'an Excel file': Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 6, 0, 8, 0, 10),
    'UTF-16 without a mark': utf16('customer\nacme\n', []),
    'a NUL in the header': utf8('customer\0\nacme\n'),
    'Latin-1 in the header': Uint8Array.from(Buffer.from('customer,größe\nacme,3\n', 'latin1')),
    'a quote that is never closed in the header': utf8('"customer\nacme\n'),
  }

  test.each(Object.entries(FILES))('%s: refused, and nothing was touched', async (_, bytes) => {
    const before = await at.state()
    await at.refused('INVALID_INPUT', 2, [...ISSUE, '--from', '-', '--format', 'csv'], { stdin: bytes })
    expect(await at.state()).toEqual(before)
  })

  test('a directory, and a file that is not there', async () => {
    await at.refused('UNREADABLE', 2, [...ISSUE, '--from', at.dir])
    await at.refused('UNREADABLE', 2, [...ISSUE, '--from', 'none.csv'])
  })
})

describe('what is wrong with a row', () => {
  const ROWS: readonly (readonly [string, Uint8Array, number, string, string | null])[] = [
    ['too few cells', utf8('customer,seats\nacme\nacme,2\n'), 2, 'INVALID_INPUT', null],
    ['too many', utf8('customer,seats\nacme,2,3\nacme,2\n'), 2, 'INVALID_INPUT', null],
    ['no number', utf8('customer,seats\nacme,2\nacme,x\n'), 3, 'INVALID_INPUT', 'seats'],
    ['a date', utf8('customer,expires\nacme,soon\n'), 2, 'INVALID_INPUT', 'expires'],
    ['neither yes nor no', utf8('customer,test\nacme,perhaps\n'), 2, 'INVALID_INPUT', 'test'],
    ['nobody', utf8('customer\nnobody\n'), 2, 'NOT_FOUND', 'customer'],
    ['no product', utf8('customer,product\nacme,editro\n'), 2, 'NOT_FOUND', 'product'],
    ['no tier', utf8('customer,tier\nacme,gold\n'), 2, 'NOT_FOUND', 'tier'],
    ['no customer at all', utf8('customer,seats\n,3\n'), 2, 'USAGE', 'customer'],
    ['twice', utf8('customer\nacme\nacme\n'), 3, 'CONFLICT', null],
    ['twice the key', utf8('customer,idempotency_key,seats\nacme,k,2\nacme,k,3\n'), 3, 'CONFLICT', 'idempotency_key'],
    ['no JSON', utf8('{"customer":"acme"}\n{"customer":\n'), 2, 'INVALID_INPUT', null],
    ['no object', utf8('{"customer":"acme"}\n["acme"]\n'), 2, 'INVALID_INPUT', null],
    ['an unknown name', utf8('{"customer":"acme","prototype":1}\n'), 1, 'INVALID_INPUT', 'prototype'],
    ['a nested value', utf8('{"customer":"acme","seats":{"n":1}}\n'), 1, 'INVALID_INPUT', 'seats'],
  ]

  test.each(ROWS)('%s: row and column are named, the others are done', async (_, bytes, row, code, column) => {
    const { status, rows } = await batch([...ISSUE, '--from', '-'], bytes)
    expect(status).toBe(10)
    const failed = rows.filter(({ ok }) => !ok)
    expect(failed.map((each) => [each.row, each.error?.code, each.error?.column])).toEqual([[row, code, column]])
    expect(rows.some(({ stopped }) => stopped)).toBe(false)
  })

  const CSV = ['customer,label\nacme,a\n', '\nacme,"b, ""b"""\n'] as const
  const LINES = ['{"customer":"acme"}\n', '\n{"customer":"acme","label":"b"}\n'] as const
  const BETWEEN: readonly (readonly [string, readonly [string, string], Uint8Array])[] = [
    ['a line in Latin-1', CSV, latin1('acme,ö')],
    ['a quoted cell in Latin-1', CSV, latin1('acme,"two\nlines, ö"')],
    ['a NUL', CSV, utf8('acme,\0')],
    ['text behind a quote', CSV, utf8('acme,"x"y')],
    ['text behind a quote of two lines', CSV, utf8('acme,"x\ny"z')],
    ['a quote in a bare cell', CSV, utf8('5" Pipes,x')],
    ['a formula', CSV, utf8('acme,=HYPERLINK("x")')],
    ['JSON in Latin-1', LINES, latin1('{"customer":"acme","label":"ö"}')],
    ['JSON with a NUL', LINES, utf8('{"customer":"acme","label":"\0"}')],
    ['JSON that ends early', LINES, utf8('{"customer":"acme"')],
  ]
  test.each(BETWEEN)('%s costs its own row alone', async (_, [before, behind], bad) => {
    const { status, rows } = await batch([...ISSUE, '--from', '-'], Buffer.concat([utf8(before), bad, utf8(behind)]))
    expect(status).toBe(10)
    expect(rows.map(({ ok, error }) => (ok ? 'done' : error?.code))).toEqual(['done', 'INVALID_INPUT', 'done'])
    expect(rows.some(({ stopped }) => stopped)).toBe(false)
  })

  test('a quote that is never closed: what stands before it is done, and that nothing behind it was read is said', async () => {
    const file = utf8('customer,label\nacme,a\nacme,"b\nacme,c\nacme,d\n')
    const { status, rows } = await batch([...ISSUE, '--from', '-'], file)
    expect(status).toBe(10)
    expect(rows).toMatchObject([
      { row: 2, ok: true },
      { row: 3, ok: false, stopped: true },
    ])
    const told = await at.run([...ISSUE, '--from', '-'], { stdin: file })
    expect(told.err.match(/nothing after row 3 was read/g)?.length).toBe(2)
  })

  test('the question before a severe batch counts what it will do, and names what it cannot read', async () => {
    const text = 'key\nEDIT-AAAAA\n"x"y\nEDIT-AAAAA\nEDIT-BBBBB\n"EDIT'
    const { message } = await at.refused('CONFIRMATION_REQUIRED', 2, [...['revoke', '--from', '-', '--reason', 'r']], {
      stdin: utf8(text),
    })
    expect(message).toContain('revoke 2 licenses')
    expect(message).toContain('(3, 6)')
    expect(message).toContain('nothing after row 6 was read')
  })

  test('BOM, CRLF, semicolons, blank lines and blanks around cells are no fault', async () => {
    const text = '\ufeffCustomer; Seats ;note\r\n acme ;5;"two\r\nlines"\r\n\r\n;;\r\nacme;6;\r\n'
    const { status, rows } = await batch([...ISSUE, '--from', '-'], utf8(text))
    expect(status).toBe(0)
    expect(rows.map(({ row, ok }) => [row, ok])).toEqual([
      [2, true],
      [5, true],
    ])
  })
})

test('what a killed command has left of a file goes when the file is written again, and nothing else does', async () => {
  const issue = [...ISSUE, '--from', '-', '--out-dir', 'out', '--format', 'csv']
  const rows = utf8('customer,out\nacme,one\n')
  expect((await at.run(issue, { stdin: rows })).status).toBe(0)
  const left = ['.one.lic.0123456789ab', '.one.lic.00ff00ff00ff']
  const others = ['.two.lic.0123456789ab', '.one.lic.mine', 'one.lic.0123456789ab', '.one.lic']
  for (const name of [...left, ...others]) writeFileSync(join(at.dir, 'out', name), '')
  expect((await at.run(issue, { stdin: rows })).status).toBe(0)
  expect(readdirSync(join(at.dir, 'out')).toSorted()).toEqual(['one.lic', ...others].toSorted())
})

describe('reading', () => {
  const columns = columnsOf({ customer: { kind: 'text' }, label: { kind: 'text' } })
  const read = async (bytes: AsyncIterable<Uint8Array>): Promise<Row[]> => {
    const rows: Row[] = []
    for await (const row of rowsOf(bytes, undefined, columns)) rows.push(row)
    return rows
  }

  test.each(['customer\nacme\n', '{"customer":"acme"}\n'])(
    'a line of 100 MB behind %j is refused, and never held',
    async (head) => {
      let sent = 0
      const bytes = async function* () {
        yield utf8(head)
        const piece = new Uint8Array(65_536).fill(0x61)
        for (; sent < 100 * 2 ** 20; sent += piece.length) yield piece
      }
      const rows = await read(bytes())
      expect(rows.length).toBe(2)
      expect(rows[1]).toMatchObject({ error: { code: 'INVALID_INPUT' }, stopped: true })
      // It stopped asking long before the end.
      expect(sent).toBeLessThan(2 ** 20)
    },
  )

  test('a quote that is never closed ends after the longest row', async () => {
    let sent = 0
    const bytes = async function* () {
      yield utf8('customer\nacme\n"')
      for (; sent < 2 ** 24; sent += 1000) yield utf8(`${'a'.repeat(999)}\n`)
    }
    const rows = await read(bytes())
    expect(rows[1]).toMatchObject({ row: 3, error: { code: 'INVALID_INPUT' }, stopped: true })
    expect(sent).toBeLessThan(2 ** 18)
  })

  test('pieces may end anywhere: inside a character, a quote or a line end', async () => {
    const whole = utf8('customer,label\r\n"Mü""ller\r\nß",x\r\n株式会社,"a,b"\r\n')
    const expected = await read(once(whole))
    expect(expected.length).toBe(2)
    for (let cut = 1; cut < whole.length; cut++) {
      const bytes = async function* () {
        yield whole.subarray(0, cut)
        yield whole.subarray(cut)
      }
      expect(await read(bytes())).toEqual(expected)
    }
  })

  test.each(['customer,label\na,"ü\nx"\nb"c,d\ne,f\n', '{"customer":"ü"}\n\n{"customer":\n{"customer":"e"}\n'])(
    'each row of %j says where it ends, so that progress counts what is done',
    async (text) => {
      const rows = await read(once(utf8(text)))
      const ends = rows.map(({ end }) => end)
      expect(ends).toEqual(ends.toSorted((a, b) => a - b))
      expect(new Set(ends).size).toBe(rows.length)
      expect(ends.at(-1)).toBe(utf8(text).length)
    },
  )

  const once = async function* (bytes: Uint8Array) {
    yield bytes
  }

  test('what the disk or Ctrl-C says is no fault of a row', async () => {
    const bytes = async function* () {
      yield utf8('customer\nacme\n')
      throw new LicError('INTERRUPTED', 'interrupted')
    }
    await expect(read(bytes())).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('what was seen is seen again, among many', () => {
  const hashOfRow = (high: number, low: number): Uint8Array => {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setUint32(0, high)
    new DataView(bytes.buffer).setUint32(4, low)
    return bytes
  }
  const hashes: Readonly<Record<string, (i: number) => Uint8Array>> = {
    'evenly distributed': (i) => hashOf('lic-test-1', i),
    'from 977 beginnings': (i) => hashOfRow(i % 977, i),
    'all with one beginning': (i) => hashOfRow(0xffffffff, i),
  }

  test.each(Object.keys(hashes).flatMap((name) => [1000, 1].map((most) => [name, most] as const)))(
    '%s, %i of them in memory',
    (name, most) => {
      const rows = most === 1 ? 60 : 6_000
      const hash = hashes[name] as (i: number) => Uint8Array
      const seen = new Seen(most)
      for (let i = 1; i <= rows; i++) expect(seen.see(hash(i), i)).toEqual({ row: i, times: 1 })
      for (let again = 2; again < 5; again++) {
        for (let i = 1; i <= rows; i += 7) expect(seen.see(hash(i), i + rows)).toEqual({ row: i, times: again })
        for (let i = 1; i <= rows / 4; i++) seen.see(hash(i + again * 2 * rows), i)
      }
    },
  )
})
