import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { cellOf, csvText } from '../../src/cli/csv.ts'
import { seeded } from '../harness/world.ts'

/** How a spreadsheet splits a line whose border is this character: quotes count only where a cell begins with one. */
const cellsAt = (border: string, text: string): readonly string[] => {
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (const character of text) {
    if (quoted) quoted = character !== '"'
    else if (character === '"' && cell === '') quoted = true
    if (!quoted && (character === border || character === '\n' || character === '\r')) {
      cells.push(cell)
      cell = ''
    } else if (character !== '"') cell += character
  }
  return [...cells, cell]
}

const FORMULA = /^[\s\p{Z}\p{C}]*[=+\-@\u2212\uff0b\uff0d\uff1d\uff20]/u

describe('a cell', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+49 30 1234', "'+49 30 1234"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', "'  =1"],
    ['\n=1', "'\n'=1"],
    ['\u3000＝1', "'\u3000＝1"],
    ['\u00a0=1', "'\u00a0=1"],
    ['two\n=lines', "two\n'=lines"],
    ['a;=1', "a;'=1"],
    ['a - b', 'a - b'],
    ['it@acme.example', 'it@acme.example'],
    ['1=1', '1=1'],
  ])('%j is written %j', (text, cell) => expect(cellOf(text)).toBe(cell))

  test('shows what would move a cursor or turn a text around, and keeps its lines', () => {
    expect(cellOf('a\u001b[2Jb\u0000\u202ec\td\re\nf')).toBe('a\\u{1b}[2Jb\\u{0}\\u{202e}c\\u{9}d\\u{d}e\nf')
  })
})

describe('a sheet', () => {
  test('is read back as it was', async () => {
    const rows = [
      ['Müller, "Söhne"', 'two\nlines', 3, null],
      ['東京', '', 0, undefined],
    ]
    const text = await csvText({ columns: ['a', 'b', 'c', 'd'], rows })
    expect(text.endsWith('\r\n')).toBe(true)
    expect(parse(text)).toEqual([
      ['a', 'b', 'c', 'd'],
      ['Müller, "Söhne"', 'two\nlines', '3', ''],
      ['東京', '', '0', ''],
    ])
    expect(await csvText({ columns: ['a', 'b'], rows: [] })).toBe('a,b\r\n')
  })

  test('has no formula in 2,000 hostile texts, whatever is taken for a border', async () => {
    const random = seeded('formulas')
    const parts = [
      '=',
      '+',
      '-',
      '@',
      '＝',
      '−',
      ' ',
      '\u00a0',
      '\u3000',
      '\t',
      '\r',
      '\n',
      ';',
      ',',
      '|',
      '"',
      "'",
      'x',
      '1',
    ]
    const hostile = ['\u0000', '\u001b[2J', '\u202e', '\u200b', '\ufeff', '\u2028', 'cmd', 'HYPERLINK("x")']
    const all = [...parts, ...hostile]
    for (let i = 0; i < 2_000; i++) {
      const value = [...random(8)].map((byte) => all[byte % all.length] ?? '').join('')
      const text = await csvText({ columns: ['x', 'value'], rows: [['x', value]] })
      const [, row] = parse(text) as string[][]
      expect(row?.[1], JSON.stringify(value)).not.toMatch(FORMULA)
      for (const border of [';', '|']) {
        for (const cell of cellsAt(border, text)) expect(cell, JSON.stringify(value)).not.toMatch(FORMULA)
      }
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e\u200b\ufeff\u2028]/)
    }
  })
})
