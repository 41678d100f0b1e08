/**
 * Row 20 for `lic ledger copy`: the real process is killed half-way, from a file to a server and back. The ledger that is copied is as
 * it was; at the other place is nothing that anybody works with by mistake, or the whole ledger; and the same command again goes
 * through, or says that it is done.
 */

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLedger } from '../../src/ledger/open.ts'
import { postgresBinaries, type Server, startPostgres } from '../harness/postgres.ts'
import { everything } from '../ledger/book.ts'
import { type Ended, type Home, lic, licData, makeHome, SLOW, start } from './process.ts'

const ROWS = SLOW ? 2_000 : 250
/** Kills at times of their own, beside those at what the other place shows. */
const RANDOM = SLOW ? 20 : 1
const LONG = SLOW ? 3_600_000 : 240_000

interface Head {
  readonly root: string
  readonly events: number
}
/** Whether it is time; asked again and again. */
type Moment = (to: string) => boolean | Promise<boolean>

describe.runIf(postgresBinaries() !== undefined)('row 20: kill -9 while a ledger is copied', () => {
  let server: Server
  let asking: pg.Client
  let at: Home
  /** Of the ledger, and of the copy of it on the server that is copied back. */
  let head: Head
  let onServer = ''
  let number = 0
  beforeAll(async () => {
    // Who is killed here is the client: disks are what other tests are about.
    server = await startPostgres({ fsync: 'off' })
    asking = new pg.Client(server.url)
    await asking.connect()
    at = await makeHome()
    const rows = Array.from({ length: ROWS }, (_, i) => `c${i},Customer ${i}`)
    writeFileSync(join(at.dir, 'rows.csv'), ['customer,customer_name', ...rows, ''].join('\n'))
    const terms = ['--product', 'editor', '--tier', 'basic', '--expires', '1y', '--json']
    expect((await lic(['issue', '--from', join(at.dir, 'rows.csv'), ...terms], at)).status).toBe(0)
    head = await headAt()
    onServer = await freshDatabase()
  }, LONG)
  afterAll(async () => {
    await asking?.end()
    await server?.remove()
    at?.remove()
  })

  const freshDatabase = async (): Promise<string> => {
    const name = `copy${number++}`
    await asking.query(`create database ${name}`)
    return server.url.replace('/postgres?', `/${name}?`)
  }
  const freshFile = async (): Promise<string> => {
    const dir = join(at.dir, `copy${number++}`)
    mkdirSync(dir)
    return join(dir, 'copy.db')
  }
  const from = (ledger?: string) => ({ env: { ...at.env, ...(ledger !== undefined && { LIC_LEDGER: ledger }) } })
  const headAt = async (ledger?: string): Promise<Head> => {
    const { root, events } = await licData<Head>(['ledger', 'verify', '--quick'], from(ledger))
    return { root, events }
  }
  const rowsAt = async (file: string): Promise<Record<string, unknown[]>> => {
    const ledger = await openLedger({ file, readOnly: true })
    try {
      return await everything(ledger)
    } finally {
      await ledger.close()
    }
  }
  const codeOf = ({ stderr }: Ended): string => JSON.parse(stderr.slice(stderr.indexOf('{'))).error.code

  /** Starts a copy and kills it when the moment has come, or lets it end. */
  const killed = async (source: string | undefined, to: string, isTime: Moment): Promise<boolean> => {
    const { child, ended } = start(['ledger', 'copy', '--to', to, '--json'], from(source))
    let over = false
    void ended.then(() => {
      over = true
    })
    while (!over && !(await isTime(to))) await turn()
    child.kill('SIGKILL')
    return (await ended).signal === 'SIGKILL'
  }

  /** What must hold of the place, and then once more the same command. */
  const isEmptyOrWhole = async (source: string | undefined, to: string): Promise<void> => {
    const used = await lic(['list', '--limit', '1', '--json'], from(to))
    if (used.status !== 0) expect([used.status, codeOf(used), used.stdout]).toEqual([3, 'NO_LEDGER', ''])
    const again = await lic(['ledger', 'copy', '--to', to, '--json'], from(source))
    // What can be worked with is whole, and then it is said that it is there.
    if (used.status === 0) expect([again.status, codeOf(again)]).toEqual([5, 'CONFLICT'])
    else expect([again.status, JSON.parse(again.stdout).data]).toEqual([0, expect.objectContaining(head)])
    expect(await headAt(to)).toEqual(head)
  }

  const afterwards = (milliseconds: number): Moment => {
    const began = performance.now()
    return () => performance.now() - began > milliseconds
  }
  /** Kills at every moment, each at a fresh place. @returns how many were killed before they ended */
  const killings = async (
    source: string | undefined,
    fresh: () => Promise<string>,
    moments: readonly Moment[],
  ): Promise<number> => {
    let count = 0
    for (const moment of moments) {
      const to = await fresh()
      if (await killed(source, to, moment)) count++
      await isEmptyOrWhole(source, to)
      // Nothing of who was killed is left beside it.
      if (existsSync(to)) expect(readdirSync(join(to, '..')).filter((name) => name.endsWith('.part'))).toEqual([])
    }
    return count
  }
  const randomly = (whole: number): readonly Moment[] =>
    Array.from({ length: RANDOM }, () => {
      let moment: Moment | undefined
      const delay = Math.random() * whole * 1.1
      return (to: string) => {
        moment ??= afterwards(delay)
        return moment(to)
      }
    })
  const timed = async (source: string | undefined, to: string): Promise<number> => {
    const began = performance.now()
    expect(await licData(['ledger', 'copy', '--to', to], from(source))).toMatchObject(head)
    return performance.now() - began
  }

  test('from a file to a server', { timeout: LONG }, async () => {
    const before = await rowsAt(join(at.home, 'ledger.db'))
    const whole = await timed(undefined, onServer)
    const one = async (to: string, statement: string): Promise<number> => {
      const client = new pg.Client(to)
      await client.connect()
      try {
        return Number(Object.values((await client.query(statement)).rows[0])[0])
      } finally {
        await client.end()
      }
    }
    // The size of a table counts what was not committed too.
    const sizeOf = (to: string): Promise<number> =>
      one(to, "select coalesce(pg_total_relation_size(to_regclass('public.licenses')), 0)")
    const empty = await one(onServer, "select pg_total_relation_size('checkpoints')")
    const tables: Moment = async (to) =>
      (await one(to, "select count(*) from pg_tables where tablename = 'backups'")) > 0
    const rows: Moment = async (to) => (await sizeOf(to)) > empty + 8192
    const committed: Moment = async (to) => (await tables(to)) && (await one(to, 'select count(*) from events')) > 0
    expect(
      await killings(undefined, freshDatabase, [tables, rows, committed, ...randomly(whole)]),
    ).toBeGreaterThanOrEqual(2)
    expect(await rowsAt(join(at.home, 'ledger.db'))).toEqual(before)
  })

  test('to a server, before the first table of the ledger is made', { timeout: LONG }, async () => {
    const to = await freshDatabase()
    const client = new pg.Client(to)
    await client.connect()
    // All that the migrator makes outside of its transaction.
    await client.query(`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null);
      create table kysely_migration_lock (id varchar(255) primary key, is_locked integer default 0 not null);
      insert into kysely_migration_lock (id) values ('migration_lock')`)
    await client.end()
    await isEmptyOrWhole(undefined, to)
  })

  test('two at once to one file: one of them makes it, and takes nothing from the other', {
    timeout: LONG,
  }, async () => {
    const to = await freshFile()
    const both = ['ledger', 'copy', '--to', to, '--json']
    const ended = await Promise.all([lic(both, at), lic(both, at)])
    expect(ended.map(({ status }) => status).sort()).toEqual([0, 5])
    expect(await headAt(to)).toEqual(head)
    expect(readdirSync(join(to, '..'))).toEqual(['copy.db'])
  })

  test('what another one has only just begun is left to it, what a dead one left is taken away', {
    timeout: LONG,
  }, async () => {
    const to = await freshFile()
    const dead = start(['--version'], at)
    await dead.ended
    const [running, left] = [process.pid, dead.child.pid].map((pid) => `.copy.db.${pid}-0123456789ab.part`)
    for (const name of [running, left]) writeFileSync(join(to, '..', name ?? ''), '')
    expect(await lic(['ledger', 'copy', '--to', to, '--json'], at)).toMatchObject({ status: 0 })
    expect(readdirSync(join(to, '..')).sort()).toEqual([running, 'copy.db'])
  })

  test('from a server to a file', { timeout: LONG }, async () => {
    const before = await rowsAt(onServer)
    const whole = await timed(onServer, await freshFile())
    const partOf = (to: string): string | undefined => {
      const name = readdirSync(join(to, '..')).find((each) => each.endsWith('.part'))
      return name && join(to, '..', name)
    }
    const isThere: Moment = (to) => partOf(to) !== undefined
    const rows: Moment = (to) => {
      const part = partOf(to)
      // The tables alone are a few pages; what is behind them is rows.
      return part !== undefined && existsSync(`${part}-wal`) && statSync(`${part}-wal`).size > 600_000
    }
    const placed: Moment = (to) => existsSync(to)
    expect(await killings(onServer, freshFile, [isThere, rows, placed, ...randomly(whole)])).toBeGreaterThanOrEqual(2)
    const after = await rowsAt(onServer)
    for (const [table, all] of Object.entries(before)) expect(inOrder(after[table]), table).toEqual(inOrder(all))
  })
})

/** A server gives rows in any order. */
const inOrder = (rows: readonly unknown[] | undefined): readonly string[] =>
  (rows ?? []).map((row) => JSON.stringify(row)).sort()
