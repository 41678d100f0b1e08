/** The printable page: strict templates, twins that agree, and text of others that stays text. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { KINDS, type License, type Line, METRICS, PERIODS, VALUE_TYPES } from '../../src/core/license.ts'
import { type SheetFacts, sheet } from '../../src/render/sheet.ts'
import { Drawn, fill, readTemplate, type Values } from '../../src/render/template.ts'
import { codeOf } from '../ledger/book.ts'

const templateOf = (name: string): string =>
  readFileSync(new URL(`../../templates/${name}.html`, import.meta.url), 'utf8')
const TEMPLATES = { en: templateOf('sheet'), de: templateOf('sheet.de') }

const filled = (template: string, values: Values): string => fill(readTemplate(template), values)

describe('a template', () => {
  test('escapes what it is given, and takes only drawings as they are', () => {
    expect(filled('<b title="{{a}}">{{a}}</b>{{b}}', { a: `<i>"&'`, b: new Drawn('<svg/>') })).toBe(
      '<b title="&lt;i&gt;&quot;&amp;&#39;">&lt;i&gt;&quot;&amp;&#39;</b><svg/>',
    )
  })

  test('never reads a value as a template', () => {
    expect(filled('{{a}}{{b}}', { a: '{{b}}', b: '{{a}}' })).toBe('{{b}}{{a}}')
  })

  test('shows controls and direction marks, and leaves joiners', () => {
    expect(filled('{{a}}', { a: 'a\u202eb\u0000\u200cc' })).toBe('a\\u{202e}b\\u{0}\u200cc')
  })

  test('knows lists, conditions, words and titles', () => {
    const template =
      '<!--words\nkind.a = An A\nempty.a =\n-->\n{{#each list}}[{{#if on}}{{word kind}}{{else}}{{title name}}{{/if}}{{outer}}]{{/each}}{{word empty}}'
    const values = {
      list: [
        { on: true, kind: 'a' },
        { on: '', name: 'some_name' },
      ],
      outer: '.',
      empty: 'a',
    }
    expect(filled(template, values)).toBe('[An A.][some name.]')
  })

  test.each([
    ['{{missing}}', 'nothing is called missing'],
    ['{{constructor}}', 'nothing is called constructor'],
    ['{{#if a}}', 'not closed'],
    ['{{#each a}}{{/if}}', 'not understood'],
    ['{{/each}}', 'not understood'],
    ['{{else}}', 'not understood'],
    ['{{#each a}}{{/each}}', 'a is no list'],
    ['{{list}}', 'list is no text'],
    ['{{a b c}}', 'not understood'],
    ['{{word a}}', 'no word a.x'],
    ['<!--words\nno sign\n-->\n', 'no word: no sign'],
  ])('%s: %s', (template, message) => {
    expect(() => filled(template, { a: 'x', list: [] })).toThrow(message)
  })
})

const LINE: Line = {
  product: 'editor',
  tier: 'pro',
  ladder: undefined,
  title: undefined,
  kind: 'subscription',
  metric: 'seat',
  seats: 5,
  devices: undefined,
  activation: 'none',
  deviceRule: 15,
  maintenanceUntil: undefined,
  versions: undefined,
  on: ['api_access'],
  limits: new Map([['max_users', { value: 1500, period: 'none' as const, type: 'count' as const }]]),
  restrictions: undefined,
  expires: undefined,
  statusIndex: undefined,
  grant: undefined,
  valued: undefined,
} as unknown as Line

const factsOf = (license: Partial<License> = {}, facts: Partial<SheetFacts> = {}): SheetFacts => ({
  key: 'EDIT-AAAAA-BBBBB-CCCCC-DDDDD',
  license: {
    customer: 'globex',
    licensee: { name: 'Globex GmbH' },
    lines: new Map([[0, LINE]]),
    issuedAt: Date.UTC(2026, 5, 1) / 1000,
    expires: Date.UTC(2027, 0, 31, 23, 59, 59) / 1000,
    grace: 48,
    revision: 1,
    ...license,
  } as License,
  bytes: new Uint8Array(500),
  brand: 'Acme Editor',
  authority: 'Acme Ltd',
  products: new Map([['editor', 'The Editor']]),
  now: Date.UTC(2026, 5, 2) / 1000,
  ...facts,
})

/** What a reader sees. */
const textOf = (html: string): string =>
  html
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

describe('the sheet', () => {
  test('says who, what and until when, in the form of its language', async () => {
    const english = textOf(await sheet(TEMPLATES.en, factsOf()))
    for (const part of ['Globex GmbH', 'EDIT-AAAAA-BBBBB-CCCCC-DDDDD', '31 January 2027 at 23:59 UTC', 'The Editor'])
      expect(english).toContain(part)
    expect(english).toContain('users : 1,500')
    expect(english).toContain('Signed by Acme Ltd')
    const german = textOf(await sheet(TEMPLATES.de, factsOf()))
    expect(german).toContain('31. Januar 2027 um 23:59 UTC')
    expect(german).toContain('Nutzer : 1.500')
  })

  test('the German twin takes every value that the first one takes, and says none of its words', async () => {
    const placeholders = (text: string) => [...text.matchAll(/\{\{.*?\}\}/g)].map(([tag]) => tag)
    expect(placeholders(TEMPLATES.de)).toEqual(placeholders(TEMPLATES.en))
    const german = textOf(await sheet(TEMPLATES.de, factsOf({ test: true, expires: undefined, fresh: 3 })))
    expect(german).not.toMatch(/\b(license|until|seats|unlimited|tier|issued|install)\b(?!\.txt)/i)
  })

  test.each(Object.entries(TEMPLATES))('%s has a word for each of every closed set', (_, template) => {
    const { words } = readTemplate(template)
    const missing = [
      ...KINDS.map((kind) => `kind.${kind}`),
      ...METRICS.map((metric) => `metric.${metric}`),
      ...PERIODS.map((period) => `period.${period}`),
      ...VALUE_TYPES.map((type) => `type.${type}`),
    ].filter((name) => !words.has(name))
    expect(missing).toEqual([])
  })

  test.each(Object.entries(TEMPLATES))('%s loads nothing from elsewhere, and runs nothing', async (_, template) => {
    const page = await sheet(template, factsOf())
    const outside = page.replace(/xmlns="http:\/\/www\.w3\.org\/2000\/svg"/g, '')
    expect(outside).not.toMatch(/https?:|<script|<link|<img|@import|url\(|\son\w+=/i)
    expect(page).toContain("default-src 'none'")
  })

  test('names of others stay names', async () => {
    const name = `</title><script>alert(1)</script><img src=x onerror="1">\u202e${'x'.repeat(10_000)}`
    const page = await sheet(
      TEMPLATES.en,
      factsOf({ licensee: { name } as License['licensee'] }, { brand: name, authority: name }),
    )
    expect(page).not.toMatch(/<script|<img|\u202e/)
    expect(page.match(/<\/html>/g)).toHaveLength(1)
    expect(page.match(/<title>/g)).toHaveLength(1)
  })

  test('lines that grant the same stand together; others by themselves', async () => {
    const other = { ...LINE, product: 'viewer', on: ['webhook_support'] } as Line
    const lines = new Map([
      [0, LINE],
      [1, { ...LINE, product: 'server' } as Line],
      [2, other],
    ])
    const page = await sheet(TEMPLATES.en, factsOf({ lines }))
    expect(page.match(/<tbody>/g)).toHaveLength(2)
    expect(page.match(/API access/g)).toHaveLength(1)
    expect(textOf(page)).toMatch(/The Editor .* server .*API access.* viewer .*webhooks/)
  })

  test('what does not fit into one code is there in all its parts', async () => {
    expect((await sheet(TEMPLATES.en, factsOf())).match(/<svg/g)).toHaveLength(1)
    const page = await sheet(TEMPLATES.en, factsOf({}, { bytes: new Uint8Array(2000) }))
    expect(page.match(/<svg/g)).toHaveLength(3)
    expect(textOf(page)).toContain('Part 3 of 3')
  })

  test('a template of a vendor with a slip in it makes no page', async () => {
    expect(await codeOf(sheet(TEMPLATES.en.replace('{{licensee}}', '{{licencee}}'), factsOf()))).toBe('INVALID_INPUT')
  })
})
