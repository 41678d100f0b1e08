/**
 * Row 20, for batches: `kill -9` and Ctrl-C at random points of `lic issue --from`, on the real program and a real file.
 * What was printed is in the ledger, the same command goes on, and in the end every row is one license.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Home, lic, makeHome, SLOW, start } from './process.ts'

const ROWS = SLOW ? 3_000 : 400
const KILLS = SLOW ? 200 : 6
const LONG = SLOW ? 3_600_000 : 240_000

let at: Home
let words: readonly string[]
beforeEach(async () => {
  at = await makeHome()
  const file = join(at.dir, 'rows.csv')
  const rows = Array.from({ length: ROWS }, (_, i) => `it${i}@c${i}.example,Company ${i},${(i % 5) + 2}`)
  writeFileSync(file, `email,customer_name,seats\n${rows.join('\n')}\n`)
  words = ['issue', '--from', file, '--product', 'editor', '--tier', 'free', '--expires', '1y', '--json']
})
afterEach(() => at.remove())

interface Printed {
  readonly row: number
  readonly ok: boolean
  readonly id: string
  readonly repeated?: true
}

/** Whole lines only: the last may have been cut. */
const printed = (stdout: string): readonly Printed[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { data: Printed }).data)

const inLedger = (): { readonly ids: ReadonlySet<string>; readonly customers: number } => {
  const db = new Database(join(at.home, 'ledger.db'), { timeout: 15_000 })
  try {
    expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(db.pragma('foreign_key_check')).toEqual([])
    expect(db.prepare('select count(*) from events where place is null').pluck().get()).toBe(0)
    const ids = db.prepare('select lower(hex(cti)) from licenses').pluck().all() as string[]
    const customers = db.prepare("select count(*) from customers where id <> 'acme'").pluck().get() as number
    return { ids: new Set(ids), customers }
  } finally {
    db.close()
  }
}

test(`${KILLS} kills: nothing printed is lost, and the same command ends with one license a row`, {
  timeout: LONG,
}, async () => {
  const told = new Map<number, string>()
  const keep = (rows: readonly Printed[]): void => {
    for (const { row, id } of rows) {
      expect(told.get(row) ?? id).toBe(id)
      told.set(row, id)
    }
  }
  let interrupted = 0
  for (let i = 0; i < KILLS; i++) {
    const { child, ended } = start(words, at)
    // After so many bytes of results: where in the batch that is, the transactions decide.
    let left = Math.floor(Math.random() * 150_000) + 1
    child.stdout.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left <= 0) child.kill('SIGKILL')
    })
    const { signal, stdout } = await ended
    if (signal === 'SIGKILL') interrupted += 1
    const rows = printed(stdout)
    keep(rows)
    const { ids } = inLedger()
    for (const { id } of rows) expect(ids).toContain(id)
  }
  expect(interrupted).toBeGreaterThan(0)
  const { status, stdout } = await lic(words, at)
  expect(status).toBe(0)
  keep(printed(stdout))
  const { ids, customers } = inLedger()
  expect(told.size).toBe(ROWS)
  expect(ids).toEqual(new Set(told.values()))
  expect(customers).toBe(ROWS)
})

test('Ctrl-C half-way: exit 130, what was committed was told, and the same command goes on', {
  timeout: LONG,
}, async () => {
  const { child, ended } = start(words, at)
  child.stdout.once('data', () => child.kill('SIGINT'))
  const { status, stdout, stderr } = await ended
  expect(status).toBe(130)
  const rows = printed(stdout)
  expect(stdout.endsWith('\n')).toBe(true)
  expect(rows.length).toBeLessThan(ROWS)
  const error = JSON.parse(stderr) as { error: { code: string; message: string; hint: string } }
  expect(error.error.code).toBe('INTERRUPTED')
  expect(error.error.message).toContain(`${rows.length} rows are done`)
  // Nothing that is in the ledger was left untold.
  expect(inLedger().ids).toEqual(new Set(rows.map(({ id }) => id)))
  const again = await lic(words, at)
  expect(again.status).toBe(0)
  expect(printed(again.stdout).filter(({ repeated }) => repeated).length).toBe(rows.length)
  expect(inLedger().ids.size).toBe(ROWS)
})

test('a reader that goes away ends it, and the ledger is whole', { timeout: LONG }, async () => {
  const { child, ended } = start(words, at)
  child.stdout.once('data', () => child.stdout.destroy())
  const { status } = await ended
  expect(status).toBe(1)
  const before = inLedger().ids
  const again = await lic(words, at)
  expect(again.status).toBe(0)
  for (const id of before) expect(inLedger().ids).toContain(id)
  expect(inLedger().ids.size).toBe(ROWS)
})
