/**
 * Row 8: whoever can write to the file of the ledger, and does. Every edit, deletion, insertion, truncation and reordering
 * in the raw database is found, and its row named; one that rewrites all that follows from it too, by a checkpoint that
 * was kept elsewhere.
 */

import { randomBytes } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isDefinition } from '../../src/authority/audit/damage.ts'
import { copyLedgerTo } from '../../src/authority/copy-ledger.ts'
import { type Damage, type Verified, type VerifyInput, verifyLedger } from '../../src/authority/verify-ledger.ts'

import { publicKeysFromPem } from '../../src/core/keys.ts'
import { leafHash } from '../../src/core/merkle.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/ledger/envelope.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { FOLDED, rebuild } from '../../src/ledger/rebuild.ts'
import { size } from '../property/size.ts'
import { type Filled, filledRoom } from './filled.ts'
import { SLOW } from './process.ts'

const EDITS = size(300, 10_000)
/** Independent edits that one look through the ledger has to tell apart. */
const TOGETHER = 50
const LONG = SLOW ? 7_200_000 : 240_000
const ALL = { most: 100_000 }

let at: Filled
let copies = 0
beforeAll(async () => {
  at = await filledRoom()
}, LONG)
afterAll(() => at.remove())

type Db = Database.Database

/** A copy of the ledger, changed as its file allows whom it belongs to: no trigger stands in the way. */
const changed = (change: (db: Db) => void): string => {
  const file = join(at.dir, `copy-${copies++}.db`)
  cpSync(at.ledger, file)
  const db = new Database(file)
  db.pragma('foreign_keys = off')
  const triggers = db.prepare("select name, sql from sqlite_schema where type = 'trigger'").all() as Definition[]
  for (const { name } of triggers) db.exec(`drop trigger ${name}`)
  change(db)
  for (const { sql } of triggers) db.exec(sql)
  db.close()
  return file
}
interface Definition {
  readonly name: string
  readonly sql: string
}

const verified = async (file: string, input: VerifyInput = {}): Promise<Verified> => {
  const ledger = await openLedger({ file })
  try {
    return await verifyLedger(ledger, input)
  } finally {
    await ledger.close()
  }
}

/** Small, fast, and the same in every run. */
const dice = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Row = Record<string, unknown>
interface Column {
  readonly name: string
  readonly pk: number
}

const columnsOf = (db: Db, table: string) =>
  db.prepare(`select name, pk from pragma_table_info(?)`).all(table) as Column[]
const rowsOf = (db: Db, table: string): Row[] => db.prepare(`select * from "${table}"`).all() as Row[]
const wordOf = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('hex') : String(value))

/** How a row is named where its table is a fold. */
const nameOf = (db: Db, table: string, row: Row): string => {
  const keys = columnsOf(db, table)
    .filter(({ pk }) => pk > 0)
    .sort((a, b) => a.pk - b.pk)
    .map(({ name }) => name)
  return keys.length === 1 ? wordOf(row[keys[0] ?? '']) : keys.map((name) => `${name} ${wordOf(row[name])}`).join(' ')
}

/** Another value of the same kind, or of none. */
const otherThan = (value: unknown, roll: (below: number) => number): unknown => {
  if (Buffer.isBuffer(value)) {
    const other = Buffer.from(value.length === 0 ? [1] : value)
    if (value.length > 0) other[roll(other.length)] = (other[roll(other.length)] ?? 0) ^ (1 << roll(8)) ^ 0x55
    return other.equals(value) ? Buffer.concat([value, Buffer.from([0])]) : other
  }
  if (typeof value === 'number') return [value + 1, value - 1, value + 1000, -1 - value][roll(4)]
  if (typeof value === 'string')
    return [`${value} `, value.slice(1), value.toUpperCase(), 'x'].find((each) => each !== value)
  return [7, 'text', Buffer.from('bytes')][roll(3)]
}

const where = (db: Db, table: string, row: Row): { readonly sql: string; readonly values: unknown[] } => {
  const keys = columnsOf(db, table).filter(({ pk }) => pk > 0)
  return { sql: keys.map(({ name }) => `"${name}" is ?`).join(' and '), values: keys.map(({ name }) => row[name]) }
}

interface Edit {
  readonly what: string
  /** Any of these names it: a key that was edited has two rows, one too much and one missing. */
  readonly named: readonly string[]
}

const insert = (db: Db, table: string, row: Row): void => {
  const names = Object.keys(row)
  db.prepare(`insert into "${table}" (${names.map((name) => `"${name}"`)}) values (${names.map(() => '?')})`).run(
    Object.values(row),
  )
}

/** One random change of one row; undefined when the database itself refuses it. */
const edit = (db: Db, table: string, touched: Set<string>, roll: (below: number) => number): Edit | undefined => {
  const rows = rowsOf(db, table)
  const row = rows[roll(rows.length)]
  if (row === undefined) return undefined
  const name = named(db, table, row)
  if (touched.has(`${table} ${name}`)) return undefined
  const { sql, values } = where(db, table, row)
  try {
    const kind = roll(6)
    if (kind === 0 && table !== 'events') {
      db.prepare(`delete from "${table}" where ${sql}`).run(values)
      touched.add(`${table} ${name}`)
      return { what: `${table} ${name} deleted`, named: [name] }
    }
    const columns = columnsOf(db, table)
    if (kind === 1 && table !== 'events') {
      const keys = columns.filter(({ pk }) => pk > 0)
      const key = keys[roll(keys.length)]?.name ?? ''
      const extra = { ...row, [key]: otherThan(row[key], roll) }
      const own = named(db, table, extra)
      if (touched.has(`${table} ${own}`)) return undefined
      insert(db, table, extra)
      touched.add(`${table} ${own}`)
      return { what: `${table} ${own} inserted`, named: [own] }
    }
    const column = columns[roll(columns.length)]?.name ?? ''
    if (table === 'events' && ['id', 'place'].includes(column)) return undefined
    const after = { ...row, [column]: otherThan(row[column], roll) }
    const own = named(db, table, after)
    if (touched.has(`${table} ${own}`)) return undefined
    db.prepare(`update "${table}" set "${column}" = ? where ${sql}`).run(after[column], ...values)
    const now = db.prepare(`select "${column}" as value from "${table}" where ${where(db, table, after).sql}`)
    const { value } = now.get(where(db, table, after).values) as { value: unknown }
    // The column's own type may have made of the new value what was there.
    if (wordOf(value) === wordOf(row[column]) && typeof value === typeof row[column]) return undefined
    for (const each of [name, own]) touched.add(`${table} ${each}`)
    return {
      what: `${table} ${name}: ${column} ${wordOf(row[column])} to ${wordOf(after[column])}`,
      named: [name, own],
    }
  } catch (error) {
    if (error instanceof Database.SqliteError) return undefined
    throw error
  }
}

const named = (db: Db, table: string, row: Row): string => {
  if (table === 'private_texts') return `event ${row.event} ${row.name}`
  if (table === 'signed_objects') return `event ${row.event}`
  return nameOf(db, table, row)
}

/** Whether some finding names the row. */
const isNamed = (table: string, { named: names }: Edit, damages: readonly Damage[]): boolean =>
  damages.some(
    (each) => each.table === table && names.some((name) => each.row === name || each.row.startsWith(`${name} `)),
  )

const edited = async (tables: readonly string[], count: number, seed: number): Promise<void> => {
  const roll = dice(seed)
  for (let done = 0; done < count; ) {
    const edits: { readonly table: string; readonly edit: Edit }[] = []
    const file = changed((db) => {
      const touched = new Set<string>()
      for (let tries = 0; edits.length < Math.min(TOGETHER, count - done) && tries < 20 * TOGETHER; tries++) {
        const table = tables[roll(tables.length)] ?? ''
        const made = edit(db, table, touched, roll)
        if (made) edits.push({ table, edit: made })
      }
    })
    const { damages } = await verified(file, ALL)
    const unnoticed = edits
      .filter(({ table, edit: each }) => !isNamed(table, each, damages))
      .map((each) => each.edit.what)
    expect(unnoticed).toEqual([])
    expect(edits.length).toBeGreaterThan(0)
    done += edits.length
  }
}

test('the ledger as it was made is whole, against all that was kept', async () => {
  const checkpoints = at.checkpoints.map(({ note }) => note)
  const { damages, tables, checkpoints: counted, events, objects } = await verified(at.ledger, { checkpoints, ...ALL })
  expect(damages).toEqual([])
  expect(tables).toBe(true)
  expect(counted).toEqual({ stored: checkpoints.length, given: checkpoints.length })
  expect(objects).toBeGreaterThan(at.keys.length)
  expect(events).toBeGreaterThan(at.keys.length * 2)
})

describe(`row 8: ${EDITS} random edits of the raw database`, () => {
  test('of every table that is a fold of the log', { timeout: LONG }, () => edited(FOLDED, EDITS / 2, 1))

  test('of the log and what lies beside it', { timeout: LONG }, () =>
    edited(['events', 'private_texts', 'signed_objects', 'tree_nodes'], EDITS / 2, 2),
  )
})

/** Makes what follows from the events follow from them again, as one would who knows how the ledger is made. */
const consistent = async (file: string): Promise<void> => {
  const ledger = await openLedger({ file })
  await ledger.transaction(rebuild)
  await ledger.close()
}

/** Events from `first` on are taken out, changed and put back, with numbers and places that are whole again. */
const rewrite = (db: Db, change: (events: Row[]) => Row[]): void => {
  const events = change(db.prepare('select * from events order by place').all() as Row[])
  const numbers = new Map(events.map((row, place) => [row.id as number, place + 1]))
  db.exec('delete from events')
  for (const [place, row] of events.entries()) {
    insert(db, 'events', { ...row, id: place + 1, place, leaf: Buffer.from(leafHash(row.bytes as Buffer)) })
  }
  for (const table of ['private_texts', 'signed_objects']) {
    const rows = rowsOf(db, table)
    db.exec(`delete from ${table}`)
    for (const row of rows) {
      const event = numbers.get(row.event as number)
      if (event !== undefined) insert(db, table, { ...row, event })
    }
  }
}

/** The first event of a type, with another envelope. */
const reworded = (events: Row[], type: string, change: (event: ReturnType<typeof decodeEnvelope>) => object): Row[] => {
  const at = events.findIndex(({ bytes }) => decodeEnvelope(new Uint8Array(bytes as Buffer)).type === type)
  const event = decodeEnvelope(new Uint8Array(events[at]?.bytes as Buffer))
  const bytes = Buffer.from(encodeEnvelope({ ...event, ...change(event) } as typeof event))
  return events.map((row, i) => (i === at ? { ...row, bytes } : row))
}
const isCheckpoint = ({ bytes }: Row): boolean =>
  decodeEnvelope(new Uint8Array(bytes as Buffer)).type === 'checkpoint.signed'

describe('row 8: what takes the log apart', () => {
  const first = async (change: (db: Db) => void, input: VerifyInput = { quick: true }): Promise<string> => {
    const [found] = (await verified(changed(change), input)).damages
    return found === undefined ? 'nothing' : `${found.table} ${found.row}: ${found.what}`
  }
  const count = (): number => {
    const db = new Database(at.ledger, { readonly: true })
    const n = db.prepare('select count(*) from events').pluck().get() as number
    db.close()
    return n
  }
  /** The event at a place, and a number for it. */
  const idAt = (db: Db, place: number): number =>
    db.prepare('select id from events where place = ?').pluck().get(place) as number

  test('an event that is gone is named by its place, wherever it was', async () => {
    const roll = dice(3)
    const n = count()
    for (const place of [0, 1, n - 2, ...Array.from({ length: size(3, 100) }, () => roll(n - 1))]) {
      const said = await first((db) => db.prepare('delete from events where place = ?').run(place))
      expect(said).toBe(`events place ${place}: an event is missing`)
    }
  })

  test('two that changed places', async () => {
    const roll = dice(4)
    for (let i = 0; i < size(3, 100); i++) {
      const a = roll(count() - 1)
      let id = 0
      const said = await first((db) => {
        id = idAt(db, a)
        const other = idAt(db, a + 1)
        db.prepare('update events set place = -1 where id = ?').run(id)
        db.prepare('update events set place = ? where id = ?').run(a, other)
        db.prepare('update events set place = ? where id = ?').run(a + 1, id)
      })
      expect(said).toBe(`events ${id}: it stands behind a later one`)
    }
  })

  test('a place that is none, and one that is taken away', async () => {
    for (const [place, what] of [
      ['none', /missing|no number/],
      [-5, /missing/],
      [1e9, /missing/],
      [null, /missing/],
      [3.5, /missing|no number/],
    ] as const) {
      const said = await first((db) => db.prepare('update events set place = ? where place = 7').run(place))
      expect(said).toMatch(what)
    }
  })

  test('the end of the log, cut off with all that hangs on it', { timeout: LONG }, async () => {
    const checkpoints = at.checkpoints.map(({ note }) => note)
    const newest = Math.max(...at.checkpoints.map((each) => each.size))
    for (const kept of [newest, Math.floor(newest / 2), at.checkpoints[0]?.size ?? 0]) {
      const file = changed((db) => rewrite(db, (events) => events.slice(0, kept)))
      await consistent(file)
      // By itself it is whole: it is what the ledger was. A checkpoint knows better.
      expect((await verified(file, { quick: true })).damages).toEqual([])
      const { damages } = await verified(file, { checkpoints, quick: true })
      if (kept === newest) expect(damages).toEqual([])
      else expect(damages[0]?.what).toMatch(/^the log ends here, and a checkpoint is of \d+ events$/)
    }
  })

  test('one event rewritten, and all that follows from it: by any checkpoint after it', { timeout: LONG }, async () => {
    for (const [type, change] of [
      ['product.added', () => ({ data: { name: 'Bargain', prefix: 'EDIT' } })],
      ['license.suspended', () => ({ actor: 'nobody' })],
      ['customer.edited', () => ({ host: 'elsewhere' })],
    ] as const) {
      const file = changed((db) => rewrite(db, (events) => reworded(events, type, change as () => object)))
      await consistent(file)
      const inside = await verified(file, { quick: true })
      expect({ type, what: inside.damages[0]?.what }).toEqual({
        type,
        what: expect.stringMatching(/^the checkpoint of \d+ events signs others than those that are there$/),
      })
      // With the checkpoints that lie in it left out, only those that lie elsewhere are against it.
      const clean = changed((db) =>
        rewrite(db, (events) => reworded(events, type, change as () => object).filter((row) => !isCheckpoint(row))),
      )
      await consistent(clean)
      expect((await verified(clean)).damages).toEqual([])
      for (const { note, size: signed } of at.checkpoints.slice(1, 3)) {
        const { damages } = await verified(clean, { checkpoints: [note], quick: true })
        expect(damages[0]).toMatchObject({
          table: 'events',
          row: `place 0 to ${signed - 1}`,
          what: `they are not those that the checkpoint of ${signed} events signs`,
        })
      }
    }
  })

  test('an event pushed in between', { timeout: LONG }, async () => {
    const file = changed((db) =>
      rewrite(db, (events) => {
        const copy = events.find(
          ({ bytes }) => decodeEnvelope(new Uint8Array(bytes as Buffer)).type === 'product.added',
        )
        const event = decodeEnvelope(new Uint8Array(copy?.bytes as Buffer))
        const bytes = Buffer.from(encodeEnvelope({ ...event, entity: 'extra' }))
        const row = { ...copy, id: 999_999, entity_id: Buffer.from('extra'), bytes }
        return [...events.slice(0, 30), row, ...events.slice(30)].filter((each) => !isCheckpoint(each))
      }),
    )
    await consistent(file)
    expect((await verified(file)).damages).toEqual([])
    const [, kept] = at.checkpoints
    const { damages } = await verified(file, { checkpoints: [kept?.note ?? ''] })
    expect(damages[0]?.what).toMatch(/they are not those/)
  })

  test('another root key, and everything signed anew under it: by the root key that products have', async () => {
    const other = await filledRoom(8)
    try {
      const ledger = await openLedger({ file: other.ledger })
      expect((await verifyLedger(ledger)).damages).toEqual([])
      const own = publicKeysFromPem(readFileSync(join(at.dir, 'root.pub'), 'utf8'))
      const { damages } = await verifyLedger(ledger, { roots: own })
      expect(damages[0]).toMatchObject({
        table: 'events',
        what: 'the root key of this ledger is none of those that were given',
      })
      // And a checkpoint of the one is none of the other.
      await expect(verifyLedger(ledger, { checkpoints: [at.checkpoints[0]?.note ?? ''] })).rejects.toMatchObject({
        code: 'UNKNOWN_KEY',
      })
      await ledger.close()
    } finally {
      other.remove()
    }
  })

  test('a trigger or an index that was taken away: a copy of the ledger has it again', async () => {
    for (const sql of ['drop trigger events_stay', 'drop index events_by_place', 'create table notes (text)']) {
      const file = changed(() => {})
      const db = new Database(file)
      db.exec(sql)
      db.close()
      const { damages } = await verified(file, { quick: true })
      expect(damages[0]).toSatisfy(isDefinition)
      const ledger = await openLedger({ file })
      const to = `${file}.copy`
      await copyLedgerTo(
        { ledger, dryRun: false, random: (length) => randomBytes(length) },
        { to, pid: process.pid, isRunning: () => false, onRows: async () => {} },
      )
      await ledger.close()
      expect((await verified(to, { quick: true })).damages).toEqual([])
    }
  })
  test('a table that was taken away is in no copy', async () => {
    const file = changed(() => {})
    const db = new Database(file)
    db.exec('pragma foreign_keys = off; drop table backups')
    db.close()
    const { damages } = await verified(file, { quick: true })
    expect(damages[0]).toMatchObject({ table: 'schema', row: 'table backups' })
    expect(damages[0]).not.toSatisfy(isDefinition)
  })
})
