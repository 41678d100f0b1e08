/** The book is proved, looked through, mended, copied and restored alike, in a file and on a server. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLedger } from '../../src/ledger/open.ts'
import type { Reader } from '../../src/ledger/schema.ts'
import { freshPlace, onServer } from '../harness/place.ts'
import { type Filled, filledRoom } from '../threats/filled.ts'
import { everything } from './book.ts'

interface Found {
  readonly ok: boolean
  readonly root: string
  readonly events: number
  readonly tables: boolean
  readonly damages: readonly { readonly table: string; readonly row: string }[]
}

const LONG = 240_000

let at: Filled
let place: string
let heads: readonly string[]
beforeAll(async () => {
  const server = onServer() ? await freshPlace() : undefined
  at = await filledRoom(130, server === undefined ? {} : { LIC_LEDGER: server })
  place = server ?? at.ledger
  heads = at.checkpoints.flatMap(({ note }, i) => {
    writeFileSync(join(at.dir, `head-${i}.txt`), note)
    return ['--checkpoint', `head-${i}.txt`]
  })
}, LONG)
afterAll(() => at?.remove())

const looked = async (...more: readonly string[]): Promise<Found> => {
  const { out } = await at.run(['ledger', 'verify', '--all', ...more, '--json'])
  return JSON.parse(out).data
}

test('everything in it is looked through, against heads that were kept elsewhere', { timeout: LONG }, async () => {
  expect(await looked(...heads, '--root', 'root.pub')).toMatchObject({ ok: true, tables: true, damages: [] })
  const ledger = await openLedger({ file: place })
  const nodes = await ledger.db.selectFrom('tree_nodes').select('level').execute()
  await ledger.close()
  expect(nodes.length).toBeGreaterThan(0)
})

test('a license is proven by public files alone, and the log is handed to an auditor', { timeout: LONG }, async () => {
  const { key } = await at.data<{ key: string }>(['verify', 'own.lic', '--root', 'root.pub'])
  await at.data(['ledger', 'prove', key, '--out', 'own.tlog-proof'])
  await at.data(['ledger', 'prove', '--from', 'head-0.txt', '--out', 'growth.txt'])
  const alone = { env: { LIC_HOME: join(at.dir, 'nowhere'), LIC_LEDGER: '' } }
  const words = ['verify', 'own.lic', '--root', 'root.pub', '--proof', 'own.tlog-proof']
  expect(await at.data(words, alone)).toMatchObject({ ok: true, proven: [{ size: expect.any(Number) }] })
  const { events } = await looked()
  await at.data(['ledger', 'export', '--out', 'log.ndjson'])
  const lines = readFileSync(join(at.dir, 'log.ndjson'), 'utf8').trimEnd().split('\n')
  expect(lines.length).toBe(events)
  expect((await at.run(['ledger', 'audit', 'own.lic'])).status).toBe(0)
})

test('it is restored from a backup, in a file of its own', { timeout: LONG }, async () => {
  const words = ['ledger', 'backup', 'all.tar', '--with-keys', '--yes', '--verify']
  const { root } = await at.data<{ root: string }>(words)
  const home = { env: { LIC_HOME: join(at.dir, 'second'), LIC_LEDGER: '' } }
  expect(await at.data(['ledger', 'restore', 'all.tar', ...heads], home)).toMatchObject({ root, missing: [] })
  await at.data(['renew', at.keys[9] ?? '', '--for', '1y'], home)
  expect((await at.run(['ledger', 'verify', ...heads], home)).status).toBe(0)
})

test('it moves to another place and back: the same rows, the same head, and it goes on there', {
  timeout: LONG,
}, async () => {
  const { root, events } = await looked()
  const file = join(at.dir, 'moved.db')
  expect(await at.data(['ledger', 'copy', '--to', file])).toMatchObject({ root, events })
  const other = onServer() ? await freshPlace() : join(at.dir, 'moved-again.db')
  const moved = { env: { LIC_LEDGER: file } }
  expect(await at.data(['ledger', 'copy', '--to', other], moved)).toMatchObject({ root, events })
  await at.refused('CONFLICT', 5, ['ledger', 'copy', '--to', other], moved)
  const there = { env: { LIC_LEDGER: other } }
  const [before, after] = [await openLedger({ file: place }), await openLedger({ file: other })]
  const rows = await everything(after)
  for (const [table, all] of Object.entries(await everything(before))) {
    if (!table.startsWith('kysely')) expect({ table, rows: rows[table] }).toEqual({ table, rows: all })
  }
  await Promise.all([before.close(), after.close()])
  await at.data(['renew', at.keys[8] ?? '', '--for', '1y'], there)
  expect(await at.data(['ledger', 'verify', ...heads], there)).toMatchObject({ ok: true, events: events + 1 })
})

test('what is edited past the program is found and named, and tables are mended from the log', {
  timeout: LONG,
}, async () => {
  const edited = async (change: (db: Reader) => Promise<unknown>): Promise<Found> => {
    const ledger = await openLedger({ file: place })
    await change(ledger.db)
    await ledger.close()
    return looked()
  }
  const tables = await edited(async (db) => {
    await sql`update licenses set state = 'active' where state = 'revoked'`.execute(db)
    await sql`delete from words where word = 'north'`.execute(db)
    await sql`update activations set label = 'elsewhere' where label is not null`.execute(db)
    await sql`update tree_nodes set hash = (select leaf from events where id = 1)`.execute(db)
  })
  // The tree stands before the tables, and hides them: what follows from it is told once it is mended.
  expect(new Set(tables.damages.map(({ table }) => table))).toEqual(new Set(['tree_nodes']))
  const { mended } = await at.data<{ mended: Found['damages'] }>(['ledger', 'rebuild'])
  expect([...new Set(mended.map(({ table }) => table))].sort()).toEqual([
    'activations',
    'licenses',
    'tree_nodes',
    'words',
  ])
  expect(await looked(...heads)).toMatchObject({ ok: true })

  // Rows that others name: what is gone is named, not what names it.
  const emptied = await edited(async (db) => {
    if (!onServer()) await sql`pragma foreign_keys = off`.execute(db)
    await db.transaction().execute(async (tx) => {
      if (onServer()) await sql`set local session_replication_role = replica`.execute(tx)
      await sql`delete from licenses where state = 'revoked'`.execute(tx)
    })
  })
  expect(emptied.damages.length).toBeGreaterThan(0)
  expect(new Set(emptied.damages.map(({ table }) => table))).toEqual(new Set(['licenses']))
  await at.refused('LEDGER_DAMAGED', 8, ['ledger', 'copy', '--to', join(at.dir, 'copied.db')])
  expect(await at.data(['ledger', 'rebuild'])).toMatchObject({ mended: emptied.damages })
  expect(await looked(...heads)).toMatchObject({ ok: true })

  const lost = await edited(async (db) => {
    await sql`alter table words rename to sayings`.execute(db)
  })
  expect(lost.tables).toBe(false)
  expect(lost.damages).toEqual([expect.objectContaining({ table: 'schema', row: 'table words' })])
  await at.refused('LEDGER_DAMAGED', 8, ['find', 'north'])
  await at.refused('LEDGER_DAMAGED', 8, ['ledger', 'rebuild'])
  const found = await edited(async (db) => {
    await sql`alter table sayings rename to words`.execute(db)
  })
  expect(found).toMatchObject({ ok: true })

  const history = await edited(async (db) => {
    const off = onServer() ? sql`alter table events disable trigger user` : sql`drop trigger events_stand`
    await off.execute(db)
    await sql`update events set at = at - 1 where id = 40`.execute(db)
  })
  expect(history.damages[0]).toMatchObject({ table: 'events', row: '40' })
  expect(history.damages).toContainEqual(expect.objectContaining({ row: 'trigger events_stand' }))
  await at.refused('LEDGER_DAMAGED', 8, ['ledger', 'rebuild'])
})
