/**
 * Rows 14, 15 and 16: text that wants to be more than text. In every field that takes words it is refused by a code, or
 * kept as it is and shown escaped; it never reaches a terminal raw, never becomes a path, never becomes SQL.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLedger } from '../../src/ledger/open.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { everything } from '../ledger/book.ts'
import { BIN, environment, ISSUE, SLOW } from './process.ts'
import { type Handed, hiddenIn, type Room, room } from './room.ts'

let at: Room
let key = ''
beforeEach(async () => {
  at = await room()
  key = (await at.data<Handed>(ISSUE)).key
})
afterEach(() => at.remove())

const chr = String.fromCodePoint
const [ESC, BEL, CSI, ST] = [chr(27), chr(7), chr(0x9b), chr(0x9c)]

/** Pieces that terminals, people or programs obey. */
const PIECES: readonly string[] = [
  `${ESC}[2J${ESC}[H`,
  `${ESC}[5;41mVALID${ESC}[0m`,
  `${ESC}]0;title${BEL}`,
  `${ESC}]8;;http://evil.example${ESC}\\here${ESC}]8;;${ESC}\\`,
  `${ESC}]52;c;ZXZpbA==${BEL}`,
  `${ESC}P1$r${ESC}\\`,
  `${ESC}c`,
  `${CSI}2J`,
  `${chr(0x9d)}0;x${ST}`,
  chr(0),
  '\b\b\b\b',
  '\r\nlic: valid',
  '\n\n\tlic: error NONE: all is well',
  '\v\f',
  chr(0x7f),
  chr(0x85),
  ...[0x202a, 0x202b, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c].map(
    (mark) => `exe${chr(mark)}fdp.cil`,
  ),
  ...[0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad, 0x3164, 0x115f, 0xffa0, 0x180e].map((mark) => `ad${chr(mark)}min`),
  `flag${chr(0xe0067)}${chr(0xe007f)}`,
  `${chr(0x2028)}${chr(0x2029)}`,
  '\ud800',
  'a\udc00b',
  'Z̸̛̖a̷͎l̶͝g̵̽o̴͠'.repeat(8),
  '👩‍👩‍👧‍👦',
  '__proto__',
  'constructor',
  'toString',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the payload
  '${process.exit(1)}',
  '%s%n%x',
  '$(touch /tmp/x)',
  '=cmd|calc!A0',
  '{"data":{"ok":true}}',
  '</script><script>',
  '-----BEGIN PRIVATE KEY-----',
  '--yes',
  '-',
  '',
  ' ',
  'x'.repeat(129),
  'é'.repeat(100),
  'x'.repeat(300_000),
]

/** Payloads as texts: pieces alone, then in company, in an order that repeats. */
const payloads = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => {
    const piece = PIECES[i % PIECES.length] ?? ''
    const other = PIECES[(i * 7 + 3) % PIECES.length] ?? ''
    const round = Math.floor(i / PIECES.length) % 4
    return round === 0 ? piece : round === 1 ? `Acme ${piece} Ltd` : round === 2 ? `${piece}${other}` : `a${piece}`
  })

type Field = (text: string, n: number) => readonly string[]

/** Every place where somebody's words enter. */
const FIELDS: Readonly<Record<string, Field>> = {
  'customer name': (text) => ['customer', 'add', `--name=${text}`],
  'customer e-mail': (text) => ['customer', 'add', '--name', 'N', `--email=${text}@example.com`],
  'customer notes': (text) => ['customer', 'add', '--name', 'N', `--notes=${text}`],
  'customer id': (text) => ['customer', 'add', '--name', 'N', `--id=${text}`],
  'product name': (text, n) => ['product', 'add', `p${n}`, `--name=${text}`],
  'product slug': (text) => ['product', 'add', '--name', 'N', '--', text],
  'product prefix': (text, n) => ['product', 'add', `p${n}`, '--name', 'N', `--prefix=${text}`],
  'brand name': (text, n) => ['brand', 'add', `b${n}`, '--prefix', 'ABC', `--name=${text}`, '--dry-run'],
  'brand slug': (text) => ['brand', 'add', '--prefix', 'ABC', '--name', 'N', '--dry-run', '--', text],
  'customer at issue': (text) => [...ISSUE, '--create-customer', `--customer=${text}`, `--customer-name=${text}`],
  'reason of an issue': (text) => [...ISSUE, `--reason=${text}`],
  actor: (text) => [...ISSUE, `--actor=${text}`],
  'idempotency key': (text) => [...ISSUE, `--idempotency-key=${text}`],
  feature: (text) => [...ISSUE, `--feature=${text}`],
  limit: (text) => [...ISSUE, `--limit=${text}=5`],
  term: (text) => [...ISSUE, `--starts=${text}`],
  'reason of a suspension': (text) => ['suspend', key, `--reason=${text}`],
  'reason of a reinstatement': (text) => ['reinstate', key, `--reason=${text}`],
  'key that is shown': (text) => ['show', '--', text],
  'customer that is shown': (text) => ['customer', 'show', '--', text],
  'filter of a list': (text) => ['list', `--email=${text}`, `--cursor=${text}`],
  'status of a list': (text) => ['list', `--status=${text}`],
  'tier file': (text) => ['tier', 'add', '--', text],
  'license that is verified': (text) => ['verify', '--', text],
  command: (text) => [text, 'add'],
  'topic of help': (text) => ['help', '--', text],
  label: (text) => [...ISSUE, `--label=${text}`],
  'note of an issue': (text) => [...ISSUE, `--note=${text}`],
  'tag of an issue': (text) => [...ISSUE, `--tag=${text}`],
  'order, invoice, subscription': (text) => [
    ...ISSUE,
    `--order=${text}`,
    `--invoice=${text}`,
    `--subscription=${text}`,
  ],
  licensee: (text) => [...ISSUE, `--licensee=${text}`],
  'maintenance of an issue': (text) => [...ISSUE, `--maintenance=${text}`],
  bundle: (text) => [...ISSUE, `--bundle=${text}`],
  'note that is added': (text) => ['note', key, `--note=${text}`, `--label=${text}`],
  'tag that is added': (text) => ['note', key, `--tag=${text}`, `--untag=${text}`],
  'licensee that changes': (text) => ['change', key, `--licensee=${text}`],
  'feature that changes': (text) => ['change', key, `--feature=${text}`, '--yes'],
  'feature that goes': (text) => ['change', key, `--without=${text}`, '--yes'],
  'line that is meant': (text) => ['change', key, `--product=${text}`, '--seats', '3'],
  'product that is added': (text) => ['change', key, `--add=${text}`],
  'customer of a transfer': (text) => [
    ...['transfer', key, '--yes', '--dry-run', `--to=${text}`],
    ...['--create-customer', `--customer-name=${text}`],
  ],
  'name that is edited': (text) => ['customer', 'edit', 'acme', `--name=${text}`],
  'company that is edited': (text) => ['customer', 'edit', 'acme', `--company=${text}`, `--notes=${text}`],
  'address that is edited': (text) => ['customer', 'edit', 'acme', `--email=it+${text}@acme.example`],
  'country of a customer': (text) => ['customer', 'add', '--name', 'N', `--country=${text}`],
  'customer that is forgotten': (text) => ['customer', 'forget', '--reason=r', `--confirm=${text}`, '--', text],
  'product that is edited': (text) => ['product', 'edit', 'editor', `--name=${text}`],
  'brand that is edited': (text) => ['brand', 'edit', 'acme', `--name=${text}`],
  'bundle that is added': (text, n) => ['bundle', 'add', `u${n}`, `--name=${text}`, '--product', 'editor'],
  'product of a bundle': (text, n) => ['bundle', 'add', `v${n}`, '--name', 'N', `--product=${text}`],
  'words that are sought': (text) => ['find', '--', text],
  'actor that is sought': (text) => ['log', `--actor=${text}`],
  'type that is sought': (text) => ['log', `--type=${text}`],
  'time that is sought': (text) => ['log', `--since=${text}`],
  'tag that is sought': (text) => ['list', `--tag=${text}`],
  'name of a schema': (text) => ['schema', '--', text],
  'name of a shell': (text) => ['completion', '--', text],
  'rows that are read': (text) => ['issue', '--from', `${text}.csv`],
}

interface Customers {
  readonly customers: readonly { readonly id: string; readonly notes: string | null }[]
}

/** What may be said: everything but "something unexpected happened". */
const CODED = [0, 2, 3, 5, 6, 7]

const schemaOf = (): string => {
  const db = new Database(at.ledger, { readonly: true })
  const rows = db.prepare('select type, name, tbl_name, sql from sqlite_master order by name').all()
  db.close()
  return JSON.stringify(rows)
}

/** The book is whole, reads back, and follows from its events. */
const sound = async (): Promise<void> => {
  const ledger = await openLedger({ file: at.ledger })
  const before = await everything(ledger)
  await ledger.transaction(rebuild)
  expect(await everything(ledger)).toEqual(before)
  await ledger.close()
}

const LISTS = [
  ['list'],
  ['find', 'acme'],
  ['log', '--limit', '1000'],
  ['bundle', 'list'],
  ['customer', 'list'],
  ['product', 'list'],
  ['brand', 'list'],
  ['tier', 'list'],
  ['key', 'list'],
]

describe('row 14: nothing but our own colours reaches a terminal', () => {
  const count = SLOW ? 2000 : 200
  const each = SLOW ? Object.keys(FIELDS).length : 3

  test(`${count} payloads, ${each} fields each`, { timeout: SLOW ? 3_600_000 : 60_000 }, async () => {
    const fields = Object.entries(FIELDS)
    for (const [i, text] of payloads(count).entries()) {
      for (let j = 0; j < each; j++) {
        const [name, words] = fields[(i * each + j) % fields.length] ?? ['', () => []]
        const argv = words(text, i * each + j)
        // A terminal, where colour is on; nobody is there to answer.
        const ran = await at.run([...argv, '--no-input'], { answers: [], env: { FORCE_COLOR: '1' } })
        const shown = text.slice(0, 60)
        expect({ name, shown, hidden: hiddenIn(ran.out) ?? hiddenIn(ran.err) }).toEqual({ name, shown, hidden: null })
        expect({ name, shown, coded: CODED.includes(ran.status) || ran.err.slice(0, 300) }).toEqual({
          name,
          shown,
          coded: true,
        })
        if (ran.status !== 0 && ran.status !== 7) expect(ran.out).toBe('')
      }
    }
    for (const words of [...LISTS, ['show', key], ['customer', 'show', 'acme']]) {
      const terminal = await at.run(words, { answers: [], env: { FORCE_COLOR: '1' } })
      expect({ words, hidden: hiddenIn(terminal.out), status: terminal.status }).toEqual({
        words,
        hidden: null,
        status: 0,
      })
      const pipe = await at.run(words)
      expect({ words, hidden: hiddenIn(pipe.out) }).toEqual({ words, hidden: null })
      const json = await at.run([...words, '--json'])
      expect({ words, hidden: hiddenIn(json.out) }).toEqual({ words, hidden: null })
      JSON.parse(json.out)
    }
    await sound()
  })

  test('rows of a spreadsheet: what a cell holds is refused by row and column, or kept and shown escaped', async () => {
    const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const texts = PIECES.filter((piece) => piece.length < 1000 && !/\p{Cs}|\0/u.test(piece))
    const rows = texts.map((text, i) => [`r${i}`, cell(text), cell(`it+${text}@example.com`), cell(text)].join(','))
    const csv = new TextEncoder().encode(`id,name,email,company\r\n${rows.join('\r\n')}\r\n`)
    const ran = await at.run(['customer', 'import', '-', '--no-input'], { stdin: csv, env: { FORCE_COLOR: '1' } })
    expect([0, 10]).toContain(ran.status)
    expect(hiddenIn(ran.out) ?? hiddenIn(ran.err)).toBeNull()
    const orders = texts.map((text, i) =>
      [`o${i}@example.com`, cell(text), cell(text), 'editor', 'basic', '1y'].join(','),
    )
    const sheet = new TextEncoder().encode(`customer,customer_name,note,product,tier,expires\n${orders.join('\n')}\n`)
    const issued = await at.run(['issue', '--from', '-', '--create-customer', '--no-input'], { stdin: sheet })
    expect([0, 10]).toContain(issued.status)
    expect(hiddenIn(issued.out) ?? hiddenIn(issued.err)).toBeNull()
    for (const words of [
      ['customer', 'list', '--csv', '--limit', '1000'],
      ['list', '--csv', '--limit', '1000'],
    ]) {
      const { out, status } = await at.run(words)
      expect({ words, status, hidden: hiddenIn(out.replaceAll('\r\n', '\n')) }).toEqual({
        words,
        status: 0,
        hidden: null,
      })
      const cells = (parse(out, { relax_column_count: false }) as string[][]).flat()
      expect(cells.length).toBeGreaterThan(40)
      // Whatever a spreadsheet skips or splits at before it looks for a formula.
      const formulas = cells
        .flatMap((each) => each.split(/[;|\n]/))
        .filter((each) => /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(each))
      expect(formulas).toEqual([])
    }
    await sound()
  })

  test('JSON keeps the value but for white space around it: escaped on its way, the same when read', async () => {
    for (const text of PIECES.filter((piece) => piece.length < 1000 && !/\p{Cs}/u.test(piece))) {
      const { id } = await at.data<{ id: string }>(['customer', 'add', '--name', 'N', `--notes=${text}`])
      const { customers } = await at.data<Customers>(['customer', 'list', '--limit', '1000'])
      expect(customers.find((each) => each.id === id)?.notes).toBe(text.trim())
    }
  })

  test('more than an entry of the log can hold is refused: nothing is written that cannot be read again', async () => {
    const long = 'x'.repeat(140_000)
    for (const words of [
      [...ISSUE, `--actor=${long}${long}`],
      [...ISSUE, `--idempotency-key=${long}${long}`],
      [...ISSUE, `--actor=${long}`, `--idempotency-key=${long}`],
      ['suspend', key, '--reason', 'r', `--actor=${long}${long}`],
    ]) {
      const before = await at.state()
      await at.refused('INVALID_INPUT', 2, words)
      expect(await at.state()).toEqual(before)
    }
    await at.data(['show', key])
  })

  const pty = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0
  test.runIf(pty)(`on a real terminal${pty ? '' : ' (skipped: there is no script(1) here)'}`, async () => {
    const name = `${chr(0x202e)}Acme${chr(0x200b)}`
    const notes = PIECES.slice(0, 30)
      .filter((piece) => !piece.includes(chr(0)))
      .join(' ')
    const { id } = await at.data<{ id: string }>(['customer', 'add', `--name=${name}`, `--notes=${notes}`])
    for (const words of [`customer show ${id}`, 'customer list', 'list', `customer show ${id} --json`]) {
      const { stdout } = spawnSync('script', ['-qec', `"${process.execPath}" "${BIN}" ${words}`, '/dev/null'], {
        env: { ...environment({ LIC_HOME: at.home }), TERM: 'xterm-256color' },
        encoding: 'utf8',
      })
      expect(stdout).toContain(words === 'list' ? 'EDIT-' : id.slice(0, 4))
      // The terminal itself makes CR LF of a line feed.
      expect({ words, hidden: hiddenIn(stdout.replaceAll('\r\n', '\n')) }).toEqual({ words, hidden: null })
    }
  })

  test('a file name that wants to be more is shown escaped, and written under its own name', async () => {
    const name = `a${ESC}[5;41m${chr(0x202e)}.lic`
    const ran = await at.run([...ISSUE, '--out', name], { answers: [], env: { FORCE_COLOR: '1' } })
    expect({ status: ran.status, hidden: hiddenIn(ran.out) ?? hiddenIn(ran.err) }).toEqual({ status: 0, hidden: null })
    expect(readdirSync(at.dir)).toContain(name)
  })
})

describe('row 15: an id is never a path', () => {
  const PATHS = [
    '../../etc/passwd',
    '..',
    '.',
    '/etc/passwd',
    '//host/share',
    '\\\\host\\share',
    'C:\\x',
    '..\\..\\x',
    'a/../../b',
    '%2e%2e%2f',
    '....//....//x',
    'keys/root.key',
    '.init-1',
    '~root',
    'a\0.lic',
    'file:///etc/passwd',
  ]

  test.each(PATHS)('%j as id, slug, code, prefix', async (path) => {
    const outside = mkdtempSync(join(tmpdir(), 'lic-outside-'))
    const before = await at.state()
    const tier = `code = ${JSON.stringify(path)}\nkind = "subscription"\n`
    writeFileSync(join(outside, 'tier.toml'), tier)
    for (const words of [
      ['customer', 'add', '--name', 'N', `--id=${path}`],
      ['product', 'add', '--name', 'N', '--', path],
      ['product', 'add', 'p', '--name', 'N', `--prefix=${path}`],
      ['brand', 'add', '--name', 'N', '--prefix', 'AB', '--', path],
      ['tier', 'add', join(outside, 'tier.toml')],
      [...ISSUE, `--feature=${path}`],
    ]) {
      const { status, out } = await at.run([...words, '--json'])
      expect({ words, status, out }).toEqual({ words, status: 2, out: '' })
    }
    expect(await at.state()).toEqual(before)
    expect(readdirSync(outside)).toEqual(['tier.toml'])
    rmSync(outside, { recursive: true })
  })

  test('a home of a hostile name is only a name', async () => {
    const home = join(at.dir, `h${ESC}[5m;x 'y"`)
    await at.data(['init', '--name', 'B', '--no-passphrase', '--home', home])
    expect(existsSync(join(home, 'ledger.db'))).toBe(true)
  })
})

describe('row 16: words are never SQL', () => {
  const BASES = [
    `'; drop table licenses; --`,
    `' or '1'='1`,
    `" or ""="`,
    `1; attach database '/tmp/x' as y; --`,
    `') union select sql from sqlite_master --`,
    `x' || (select hex(bytes) from signed_objects) || '`,
    `%' --`,
    '_%_%',
    `'; update licenses set state = 'active'; --`,
    `\\'; delete from events; --`,
    `0x27 or 1=1`,
    `' and randomblob(1000000000) --`,
    `'/**/or/**/1=1`,
    `; pragma writable_schema = on; --`,
    `' order by 99 --`,
    `? ?1 :a @a $a`,
    `"; drop trigger events_append_only; --`,
  ]
  const count = SLOW ? 1000 : 100

  test(`${count} payloads in every field: the schema stays, no error of the database shows`, {
    timeout: SLOW ? 3_600_000 : 60_000,
  }, async () => {
    const schema = schemaOf()
    const fields = Object.entries(FIELDS)
    const each = SLOW ? fields.length : 4
    for (let i = 0; i < count; i++) {
      const base = BASES[i % BASES.length] ?? ''
      const text =
        [base, `acme${base}`, `${base}${base}`, base.toUpperCase(), encodeURIComponent(base)][
          Math.floor(i / BASES.length) % 5
        ] ?? ''
      for (let j = 0; j < each; j++) {
        const [name, words] = fields[(i * each + j) % fields.length] ?? ['', () => []]
        const ran = await at.run([...words(text, i * each + j), '--no-input', '--json'])
        expect({ name, text, coded: CODED.includes(ran.status) || ran.err }).toEqual({ name, text, coded: true })
        expect(ran.err).not.toMatch(/"database":|near \\"|no such (table|column)/)
      }
    }
    expect(schemaOf()).toBe(schema)
    await sound()
  })

  test('a filter of wildcards finds nothing that it does not name', async () => {
    for (const email of ['%', '_', '%@%', `' or '1'='1`, 'it@acme.exampl_']) {
      expect((await at.data<{ licenses: readonly unknown[] }>(['list', '--email', email])).licenses).toEqual([])
    }
    expect(
      (await at.data<{ licenses: readonly unknown[] }>(['list', '--email', 'IT@acme.example'])).licenses.length,
    ).toBe(1)
  })
})
