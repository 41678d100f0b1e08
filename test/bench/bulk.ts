/**
 * Issuing in bulk, on a real file, against what cannot be saved: a signature each, and the very rows that it wrote, put
 * into the same tables and indexes by prepared statements, one a row, in transactions of the same size. A run and its limit are
 * measured one right after the other, so that what else the machine does is in both; the ratio is the median of theirs.
 */

import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { addCustomer, ephemeralAuthority, write } from '../../src/authority/index.ts'
import { issueMany } from '../../src/authority/issue-many.ts'
import { openSigningKey } from '../../src/authority/sealing.ts'
import { atLeast, median, type Row } from './row.ts'

const TRANSACTION = 256
const CUSTOMERS = 500

interface Load {
  readonly what: string
  readonly licenses: number
  readonly rounds: number
  readonly emergency: boolean
  readonly goal: number
}

const LOADS: readonly Load[] = [
  // With the start of the thread that signs, which takes a tenth of a second.
  { what: 'issue 10,000 in bulk', licenses: 10000, rounds: 5, emergency: false, goal: 0.5 },
  { what: 'issue 100,000 in bulk', licenses: 100_000, rounds: 3, emergency: false, goal: 0.6 },
  // One hash an hour covered is the vendor's price for codes by phone: shown, and not held against anything.
  { what: 'with emergency anchors', licenses: 100, rounds: 5, emergency: true, goal: 0 },
]

type Values = Readonly<Record<string, unknown>>

/** What a run wrote: table by table, in the order in which they can be written. */
interface Written {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly Values[]
}

/** Tables that issuing writes rows into, parents first, each with the column that says for which license. */
const NUMBERED: Readonly<Record<string, string>> = {
  events: 'id',
  signed_objects: 'event',
  private_texts: 'event',
  licenses: 'id',
  lines: 'license',
  revisions: 'license',
  status_indexes: 'license',
  words: 'license',
  idempotency_keys: 'event',
}
const TABLES = Object.keys(NUMBERED)
/** Counts what is dealt: changed once a transaction, and written again the same way. */
const COUNTED = 'status_lists'
/** A row for 256 events, which no license is named by: what it costs is ours alone, and not the limit's. */
const TREE = 'tree_nodes'

/** @throws Error when a run wrote into a table that the limit does not write: it would be held against too little */
const checkTables = (db: Database.Database, before: ReadonlyMap<string, number>): void => {
  for (const [table, count] of countsOf(db)) {
    if (count === before.get(table) || TABLES.includes(table) || [COUNTED, TREE].includes(table)) continue
    throw new Error(`issuing writes into ${table}, which the limit leaves out`)
  }
}

const countsOf = (db: Database.Database): ReadonlyMap<string, number> => {
  const names = db.prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").pluck()
  return new Map(
    (names.all() as string[]).map((name) => [
      name,
      db.prepare(`select count(*) from "${name}"`).pluck().get() as number,
    ]),
  )
}

/** Seconds that the load takes, and the rows that it wrote behind those of `before`. */
const issued = async (dir: string, round: number, { licenses, emergency }: Load) => {
  const file = join(dir, `issue-${round}-${emergency}.db`)
  const authority = await ephemeralAuthority({ file, products: ['editor'] })
  const customers = await write(authority, async (tx) => {
    const ids: string[] = []
    for (let i = 0; i < CUSTOMERS; i++) {
      const { id } = await addCustomer(tx, authority, {
        name: `Customer ${i} Ltd`,
        email: `it@c${i}.example`,
        brand: 'ephemeral',
      })
      ids.push(id)
    }
    return ids
  })
  const key = await openSigningKey(authority, 'issuing')
  const before = new Database(file, { readonly: true })
  const last = before.prepare('select max(id) from events').pluck().get() as number
  const counts = countsOf(before)
  before.close()
  const inputs = Array.from({ length: licenses }, (_, i) => ({
    customer: customers[i % CUSTOMERS] as string,
    lines: [{ product: 'editor', tier: 'basic' }],
    expires: '1y',
    emergency,
    idempotencyKey: `row:${String(i).padStart(26, '0')}`,
  }))
  const began = performance.now()
  for (let at = 0; at < licenses; at += TRANSACTION) {
    for (const each of await issueMany(authority, key, inputs.slice(at, at + TRANSACTION))) {
      if (!each.ok) throw each.error
    }
  }
  const seconds = (performance.now() - began) / 1000
  await authority.close()
  return { file, last, counts, seconds }
}

/** The same rows once more, into a copy of the ledger as it was before. */
const rewritten = (dir: string, { file, last, counts }: Awaited<ReturnType<typeof issued>>): number => {
  const full = new Database(file)
  checkTables(full, counts)
  const batches: Written[][] = []
  for (let from = last + 1; ; from += TRANSACTION) {
    const batch: Written[] = []
    for (const table of TABLES) {
      const column = NUMBERED[table]
      const rows = full
        .prepare(`select * from ${table} where ${column} between ? and ?`)
        .all(from, from + TRANSACTION - 1) as Values[]
      const [first] = rows
      if (first !== undefined) batch.push({ table, columns: Object.keys(first), rows })
    }
    if (batch.length === 0) break
    batches.push(batch)
  }
  const copy = join(dir, 'copy.db')
  rmSync(copy, { force: true })
  full.exec(`vacuum into '${copy}'`)
  full.close()
  const db = new Database(copy)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  db.exec('drop trigger events_stay')
  for (const table of TABLES.toReversed()) {
    db.prepare(`delete from ${table} where ${NUMBERED[table]} > ?`).run(last)
  }
  db.exec('vacuum')
  const began = performance.now()
  for (const batch of batches) {
    db.exec('begin immediate')
    for (const { table, columns, rows } of batch) {
      const names = columns.map((name) => `"${name}"`).join()
      const insert = prepared(db, `insert into ${table} (${names}) values (${columns.map(() => '?').join()})`)
      for (const row of rows) insert.run(columns.map((name) => row[name]))
    }
    prepared(db, `update ${COUNTED} set dealt = dealt + ? where number = 0`).run(TRANSACTION)
    db.exec('commit')
  }
  const seconds = (performance.now() - began) / 1000
  db.close()
  return seconds
}

const statements = new WeakMap<Database.Database, Map<string, Database.Statement>>()
const prepared = (db: Database.Database, sql: string): Database.Statement => {
  const known = statements.get(db) ?? new Map<string, Database.Statement>()
  statements.set(db, known)
  const statement = known.get(sql) ?? db.prepare(sql)
  known.set(sql, statement)
  return statement
}

/** Seconds of one raw signature over as many bytes as a license has. */
const signature = (): number => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const message = new Uint8Array(300)
  const began = performance.now()
  for (let i = 0; i < 2000; i++) sign(null, message, privateKey)
  return (performance.now() - began) / 1000 / 2000
}

export const bulkRows = async (): Promise<Row[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-bulk-'))
  try {
    const rows: Row[] = []
    for (const load of LOADS) {
      const ours: number[] = []
      const least: number[] = []
      const ratios: number[] = []
      for (let round = 0; round < load.rounds; round++) {
        const run = await issued(dir, round, load)
        const each = run.seconds / load.licenses
        const spared = signature() + rewritten(dir, run) / load.licenses
        ours.push(1 / each)
        least.push(1 / spared)
        ratios.push(spared / each)
        for (const end of ['', '-wal', '-shm']) rmSync(`${run.file}${end}`, { force: true })
      }
      rows.push(
        atLeast(
          {
            what: load.what,
            measured: `${Math.round(median(ours))}/s`,
            limit: `signature and rows ${Math.round(median(least))}/s`,
            ratio: median(ratios),
          },
          load.goal,
        ),
      )
    }
    return rows
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
