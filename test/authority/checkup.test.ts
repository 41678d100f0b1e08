/** Each finding of the checkup that no command line can provoke: other machines, other versions, damaged pages. */

import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Check, checkup, type Machine } from '../../src/authority/checkup.ts'
import { init } from '../../src/authority/init.ts'
import { counted } from '../ledger/book.ts'

const NOW = Math.floor(Date.UTC(2026, 5, 1) / 1000)
const LOCAL = 0xef53

let home: string
const ledger = (): string => join(home, 'ledger.db')

beforeEach(async () => {
  home = join(mkdtempSync(join(tmpdir(), 'lic-checkup-')), 'home')
  await init(
    home,
    { now: () => NOW, random: counted('checkup'), actor: 'tester', source: 'cli', dryRun: false },
    { name: 'Acme', passphrase: async () => undefined },
  )
})
afterEach(() => rmSync(join(home, '..'), { recursive: true, force: true }))

const findings = async (machine: Partial<Machine> = {}): Promise<Map<string, Check>> => {
  const checks = await checkup({
    home,
    ledger: ledger(),
    now: NOW,
    node: '20.19.0',
    program: '1.0.0',
    env: {},
    platform: 'linux',
    fileSystem: () => ({ type: LOCAL, bsize: 4096, bavail: 2 ** 24 }),
    quick: false,
    ...machine,
  })
  // What is well has nothing to mend, and what is not says how.
  for (const { status, fix } of checks) expect(fix === null).toBe(status === 'ok')
  return new Map(checks.map((check) => [check.name, check]))
}

const statusOf = async (name: string, machine: Partial<Machine> = {}): Promise<string | undefined> =>
  (await findings(machine)).get(name)?.status

const withSql = (work: (db: Database.Database) => void): void => {
  const db = new Database(ledger())
  work(db)
  db.close()
}

describe('the machine', () => {
  test.each([
    ['20.18.9', 'fail'],
    ['20.19.0', 'ok'],
    ['18.20.0', 'fail'],
    ['22.0.0', 'ok'],
  ])('Node %s: %s', async (node, status) => {
    expect(await statusOf('node', { node })).toBe(status)
  })

  test.each([
    [LOCAL, 'ok'],
    [0x6969, 'fail'],
    // As Node gives it where the number is taken for a signed one.
    [0xff534d42 | 0, 'fail'],
    [0xfe534d42, 'fail'],
    [0x65735546, 'warn'],
    [0x01021997, 'warn'],
    [0x01021994, 'warn'],
  ])('a file system of the type %i: %s', async (type, status) => {
    const fileSystem = () => ({ type, bsize: 4096, bavail: 2 ** 24 })
    expect(await statusOf('file system', { fileSystem })).toBe(status)
    // The numbers mean something else there.
    expect(await statusOf('file system', { fileSystem, platform: 'darwin' })).toBe('ok')
  })

  test.each([
    [2 ** 40, 'ok'],
    [2 ** 29, 'warn'],
    [2 ** 20, 'fail'],
  ])('%i bytes free: %s', async (free, status) => {
    expect(await statusOf('disk space', { fileSystem: () => ({ type: LOCAL, bsize: 1, bavail: free }) })).toBe(status)
  })

  test('a file that was written after what the clock says', async () => {
    for (const name of [
      'ledger.db',
      'keys/root.key',
      'keys/issuing.key',
      'keys/list.key',
      'keys/audit.key',
      'keys/emergency.key',
    ])
      utimesSync(join(home, name), NOW, NOW)
    expect(await statusOf('clock')).toBe('ok')
    utimesSync(join(home, 'keys/list.key'), NOW + 3600, NOW + 3600)
    const found = (await findings()).get('clock')
    expect(found?.status).toBe('warn')
    expect(found?.found).toContain('list.key')
  })

  test.each([
    [{ LIC_PASSPHRASE: 'x' }, 'warn'],
    [{ LIC_ROOT_PASSWORD: 'x' }, 'warn'],
    [{ LIC_PASSPHRASE_FILE: 'x', LIC_PASSPHRASE_FD: '3', LIC_HOME: 'x' }, 'ok'],
    [{ LIC_PASSPHRASE: '' }, 'ok'],
  ])('the variables %o: %s', async (env, status) => {
    expect(await statusOf('environment', { env })).toBe(status)
  })
})

describe('the ledger', () => {
  /** Overwrites the start of pages, whose size is 8 KiB. */
  const damage = (pages: readonly number[]): void => {
    const file = openSync(ledger(), 'r+')
    for (const page of pages) writeSync(file, Buffer.alloc(512, 0xa5), 0, 512, (page - 1) * 8192)
    closeSync(file)
  }

  test('a damaged page is found, and the rest is looked at all the same', async () => {
    let page = 0
    withSql((db) => {
      page = db.prepare("select rootpage from sqlite_schema where name = 'tiers'").pluck().get() as number
    })
    damage([page])
    const found = await findings()
    expect(found.get('integrity')?.status).toBe('fail')
    expect(found.get('integrity')?.damaged).toBe(true)
    expect(found.get('ledger')?.status).toBe('ok')
    expect(found.get('log')?.status).toBe('ok')
    expect(found.get('issuing certificate')?.status).toBe('ok')
  })

  test('a ledger without one good page behind the first is told as damaged', async () => {
    const pages = statSync(ledger()).size / 8192
    damage(Array.from({ length: pages - 1 }, (_, i) => i + 2))
    const found = await findings()
    expect(found.get('ledger')?.damaged).toBe(true)
    expect(found.get('disk space')?.status).toBe('ok')
    expect(found.get('issuing key')?.status).toBe('ok')
  })

  test('an index that does not agree with its table is found, and not when quick', async () => {
    withSql((db) => {
      // As if a row had been taken out behind the back of its index.
      db.unsafeMode()
      db.pragma('writable_schema = on')
      const { sql } = db.prepare("select sql from sqlite_schema where name = 'tiers'").get() as { sql: string }
      const index = db
        .prepare("select name, sql from sqlite_schema where type = 'index' and tbl_name = 'events' and sql is not null")
        .get() as { name: string; sql: string }
      expect(sql).toContain('tiers')
      db.prepare('update sqlite_schema set sql = ? where name = ?').run(
        index.sql.replace(/\(.*\)/s, '("at")'),
        index.name,
      )
    })
    expect(await statusOf('integrity')).toBe('fail')
    expect(await statusOf('integrity', { quick: true })).toBe('ok')
  })

  test('a row that names a row which is not there', async () => {
    const before = await statusOf('references')
    withSql((db) => {
      db.pragma('foreign_keys = off')
      db.exec(
        'create table a (id integer primary key); create table b (a integer references a(id)); insert into b values (7)',
      )
    })
    expect(before).toBe('ok')
    const found = (await findings()).get('references')
    expect(found?.status).toBe('fail')
    expect(found?.found).toBe('b row 1 names no row of a')
  })

  test('a journal of another kind', async () => {
    withSql((db) => db.pragma('journal_mode = delete'))
    expect(await statusOf('journal')).toBe('warn')
  })

  test('an event without a place', async () => {
    withSql((db) => {
      const { sql } = db
        .prepare("select group_concat(name) as sql from sqlite_schema where type = 'trigger'")
        .get() as {
        sql: string
      }
      for (const name of sql.split(',')) db.exec(`drop trigger "${name}"`)
      db.exec('update events set place = null where id = (select max(id) from events)')
    })
    expect(await statusOf('log')).toBe('warn')
  })

  test('an older version waits for its migration, a newer one for a newer program', async () => {
    withSql((db) => db.exec("update meta set value = '1' where name = 'version'"))
    expect((await findings()).get('ledger')?.status).toBe('warn')
    withSql((db) => db.exec("update meta set value = '99' where name = 'version'"))
    const found = await findings()
    expect(found.get('ledger')?.status).toBe('fail')
    expect(found.get('ledger')?.damaged).toBeUndefined()
    expect(found.get('integrity')?.status).toBe('ok')
  })

  test('a database of another program', async () => {
    rmSync(ledger())
    withSql((db) => db.exec('create table notes (text)'))
    const found = await findings()
    expect(found.get('ledger')?.status).toBe('fail')
    expect(found.get('ledger')?.damaged).toBe(true)
    expect(found.get('issuing key')?.status).toBe('ok')
  })

  test('nothing is changed by looking', async () => {
    withSql((db) => db.pragma('journal_mode = delete'))
    const before = readFileSync(ledger())
    await findings()
    expect(readFileSync(ledger()).equals(before)).toBe(true)
  })
})

describe('copies', () => {
  const copy = (name: string, age: number): void => {
    mkdirSync(join(home, 'backups'), { recursive: true, mode: 0o700 })
    const path = join(home, 'backups', name)
    writeFileSync(path, '', { mode: 0o600 })
    utimesSync(path, NOW - age, NOW - age)
  }
  const DAY = 86_400

  test('none, an old one, and a new one', async () => {
    expect(await statusOf('backup')).toBe('warn')
    copy('old', 30 * DAY)
    expect(await statusOf('backup')).toBe('warn')
    copy('new', DAY)
    expect(await statusOf('backup')).toBe('ok')
  })

  test('an old one holds everything when nothing was recorded since', async () => {
    copy('old', 0)
    expect(await statusOf('backup', { now: NOW + 60 * DAY })).toBe('ok')
  })

  test('the fix is one command, which tries it out', async () => {
    expect((await findings()).get('backup')?.fix).toMatch(/^lic ledger backup \S+ --with-keys --verify$/)
  })
})

test('an init that ended between its two moves names the last one', async () => {
  mkdirSync(join(home, '.init-01'))
  writeFileSync(join(home, '.init-01/ledger.db'), readFileSync(ledger()))
  expect(await statusOf('leftovers')).toBe('warn')
  rmSync(ledger())
  const found = (await findings()).get('leftovers')
  expect(found?.status).toBe('fail')
  expect(found?.fix).toMatch(/^mv .*\.init-01\/ledger\.db .*home\/ledger\.db$/)
})
