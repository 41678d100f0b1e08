import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { safe, safeJson, safeLines } from '../../src/render/safe.ts'
import { aligned, blocks, fits, tsv } from '../../src/render/table.ts'
import { clip, width, wrap } from '../../src/render/width.ts'

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

describe('safe', () => {
  test.each([
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['a\tb\nc', 'a\\u{9}b\\u{a}c'],
    ['\u009b31m', '\\u{9b}31m'],
    ['\u{e0041}', '\\u{e0041}'],
    ['Zoë 日本 😀', 'Zoë 日本 😀'],
  ])('%j', (text, shown) => expect(safe(text)).toBe(shown))

  test('leaves nothing hidden in any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !HIDDEN.test(safe(text))))
  })

  test('keeps the line feeds of composed text', () => expect(safeLines('a\nb\r')).toBe('a\nb\\u{d}'))

  test('leaves the value of JSON as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = safeJson(JSON.stringify({ text }))
        return JSON.parse(json).text === text && !HIDDEN.test(json)
      }),
    )
  })
})

describe('width', () => {
  test.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['😀', 2],
    ['', 0],
  ])('%j is %i', (text, columns) => expect(width(text)).toBe(columns))
  test('clip keeps within the columns', () => {
    expect(clip('日本語テキスト', 6)).toBe('日本…')
    expect(clip('abc', 3)).toBe('abc')
  })
})

describe('a table', () => {
  const table = {
    columns: [{ title: 'KEY' }, { title: 'NAME', flexible: true }, { title: 'SEATS', align: 'right' as const }],
    rows: [
      ['A-1', '日本', '5'],
      ['A-22', 'evil\tname\nrow', '10'],
    ],
  }
  test('in a pipe is TSV: as many lines as rows, as many cells as columns, nothing cut', () => {
    const lines = tsv(table).split('\n')
    expect(lines).toHaveLength(3)
    expect(lines.slice(0, 2).map((line) => line.split('\t').length)).toEqual([3, 3])
  })
  test('on a terminal is aligned by width', () => {
    const lines = aligned(table, 80).trimEnd().split('\n')
    expect(new Set(lines.map(width)).size).toBe(1)
  })
  test('gives way where it may', () => {
    const long = { ...table, rows: [['A-1', 'x'.repeat(200), '5']] }
    expect(
      aligned(long, 40)
        .split('\n')
        .every((line) => width(line) <= 40),
    ).toBe(true)
  })
})

describe('wrap', () => {
  test('goes on below the last column, or below the line where that leaves no room', () => {
    expect(wrap('  --out <file>  write the license here', 32)).toBe(
      ['  --out <file>  write the', '                license here'].join('\n'),
    )
    expect(wrap('  --passphrase-file <file>  read it', 30)).toBe(
      ['  --passphrase-file <file>', '      read it'].join('\n'),
    )
  })

  test('keeps every word, and the room where each word fits', () => {
    const words = fc.array(fc.stringMatching(/^[a-z\u65e5]{1,5}$/), { minLength: 1 })
    fc.assert(
      fc.property(words, fc.integer({ min: 14, max: 60 }), (given, columns) => {
        const text = wrap(given.join(' '), columns)
        expect(text.split(/\s+/).join(' ')).toBe(given.join(' '))
        for (const line of text.split('\n')) expect(width(line)).toBeLessThanOrEqual(columns)
      }),
    )
  })

  test('ends at any width', () => {
    for (const columns of [0, 1, 2, 5]) expect(wrap('  a label  with some text', columns)).toContain('text')
  })
})

describe('blocks', () => {
  const table = {
    columns: [{ title: 'name', flexible: true }, { title: 'seats' }],
    rows: [
      ['日本', '5'],
      ['b\u202e', ''],
    ],
  }

  test('name each value, leave empty ones out, and hide nothing', () => {
    expect(blocks(table)).toBe('name   日本\nseats  5\n\nname   b\\u{202e}\n')
  })

  test('stand where columns cannot shrink enough', () => {
    const wide = { ...table, rows: [['x'.repeat(50), '5']] }
    expect(fits(wide, 20)).toBe(true)
    expect(fits({ ...wide, columns: [{ title: 'name' }, { title: 'seats' }] }, 20)).toBe(false)
  })
})
