import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { type Kysely, sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { LicError } from '../../src/core/errors.ts'
import { backUpBefore } from '../../src/ledger/backup.ts'
import { ledgerFault } from '../../src/ledger/faults.ts'
import { authorityName } from '../../src/ledger/meta.ts'
import { ledgerVersion, migrate, refuseNewer } from '../../src/ledger/migrate.ts'
import { MIGRATIONS } from '../../src/ledger/migrations/index.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { addCustomer, codeOf, everything, stocked } from './book.ts'

const home = mkdtempSync(join(tmpdir(), 'lic-ledger-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
let books = 0
const newFile = () => join(home, `book-${books++}`, 'ledger.db')
const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

const stockedFile = async () => {
  const file = newFile()
  await (await stocked({ file })).close()
  return file
}

describe('opening', () => {
  test('makes a ledger that only its owner can read, and finds it again', async () => {
    const file = newFile()
    const ledger = await stocked({ file })
    expect(modeOf(file)).toBe('600')
    expect(modeOf(`${file}-wal`)).toBe('600')
    expect(modeOf(join(file, '..'))).toBe('700')
    await ledger.close()
    const again = await openLedger({ file })
    expect(await authorityName(again.db)).toBe('Acme')
    expect(await ledgerVersion(again.db)).toBe(Object.keys(MIGRATIONS).length)
    const pragma = async (name: string) =>
      Object.values((await sql.raw(`pragma ${name}`).execute(again.db)).rows[0] ?? {})
    expect(await pragma('journal_mode')).toEqual(['wal'])
    expect(await pragma('synchronous')).toEqual([2])
    expect(await pragma('foreign_keys')).toEqual([1])
    expect(await pragma('busy_timeout')).toEqual([15_000])
    await again.close()
  })

  test('does not make one by accident', async () => {
    const file = newFile()
    expect(await codeOf(openLedger({ file }))).toBe('NO_LEDGER')
    expect(await codeOf(openLedger({ file, create: true, readOnly: true }))).toBe('NO_LEDGER')
    expect(existsSync(file)).toBe(false)
    mkdirSync(join(file, '..'))
    writeFileSync(file, '')
    expect(await codeOf(openLedger({ file }))).toBe('NO_LEDGER')
  })

  test('what is no ledger is named so', async () => {
    const file = newFile()
    mkdirSync(join(file, '..'))
    writeFileSync(file, 'this is a letter to my aunt, and it goes on for a while. '.repeat(20))
    expect(await codeOf(openLedger({ file }))).toBe('LEDGER_DAMAGED')
  })

  test('another program keeps its database', async () => {
    const file = newFile()
    mkdirSync(join(file, '..'))
    const other = new Database(file)
    other.exec('create table letters (text)')
    other.close()
    expect(await codeOf(openLedger({ file }))).toBe('LEDGER_DAMAGED')
    expect(await codeOf(openLedger({ file, create: true }))).toBe('LEDGER_DAMAGED')
  })

  test('a directory in the place of the ledger cannot be opened', async () => {
    const file = newFile()
    mkdirSync(file, { recursive: true })
    expect(await codeOf(openLedger({ file }))).toBe('UNEXPECTED')
  })

  test('reading needs no right to write', async () => {
    const file = await stockedFile()
    const ledger = await openLedger({ file, readOnly: true })
    expect(await authorityName(ledger.db)).toBe('Acme')
    expect(await ledger.snapshot(authorityName)).toBe('Acme')
    expect(await codeOf(ledger.transaction((tx) => addCustomer(tx, 'x')))).toBe('LEDGER_READ_ONLY')
    await ledger.close()
  })

  // The superuser may write everywhere, so there is nothing to see.
  test.skipIf(process.getuid?.() === 0)('a file that may not be written is read, and refuses writing', async () => {
    const file = await stockedFile()
    chmodSync(file, 0o400)
    const ledger = await openLedger({ file })
    expect(await authorityName(ledger.db)).toBe('Acme')
    expect(await codeOf(ledger.transaction((tx) => addCustomer(tx, 'x')))).toBe('LEDGER_READ_ONLY')
    await ledger.close()
  })
})

describe('writing together', () => {
  test('a writer that waits too long says busy; readers do not wait', async () => {
    const file = await stockedFile()
    const holder = new Database(file)
    holder.exec('begin immediate')
    const ledger = await openLedger({ file, busyTimeout: 1 })
    expect(await authorityName(ledger.db)).toBe('Acme')
    expect(await codeOf(ledger.transaction((tx) => addCustomer(tx, 'x')))).toBe('LEDGER_BUSY')
    holder.exec('rollback')
    await ledger.transaction((tx) => addCustomer(tx, 'x'))
    holder.close()
    await ledger.close()
  })

  test('transactions of one program wait for each other', async () => {
    const ledger = await stocked()
    await Promise.all(['a', 'b', 'c'].map((id) => ledger.transaction((tx) => addCustomer(tx, id))))
    const places = await ledger.db.selectFrom('events').select('place').orderBy('place').execute()
    expect(places.map((row) => row.place)).toEqual(places.map((_, i) => i))
  })

  test('streams rows of a long answer', async () => {
    const ledger = await stocked()
    const slugs: string[] = []
    for await (const row of ledger.db.selectFrom('products').select('slug').orderBy('slug').stream())
      slugs.push(row.slug)
    expect(slugs).toEqual(['editor', 'viewer'])
  })
})

describe('migrating', () => {
  const second = {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('products').addColumn('color', 'text').execute()
    },
  }
  const version = Object.keys(MIGRATIONS).length
  const newer = { ...MIGRATIONS, '9999-color': second }

  test('copies what is there, then brings it to the newest version', async () => {
    const file = await stockedFile()
    const ledger = await openLedger({ file, migrations: newer })
    expect(await ledgerVersion(ledger.db)).toBe(version + 1)
    await ledger.close()
    const copies = join(file, '..', 'backups')
    expect(readdirSync(copies)).toEqual([`ledger.db.v${version}`])
    const copy = join(copies, `ledger.db.v${version}`)
    expect(modeOf(copy)).toBe('600')
    expect(modeOf(copies)).toBe('700')
    const old = await openLedger({ file: copy })
    expect(await authorityName(old.db)).toBe('Acme')
    expect(await ledgerVersion(old.db)).toBe(version)
    await old.close()
  })

  test('who may only read an old ledger is told that it is old', async () => {
    const file = await stockedFile()
    expect(await codeOf(openLedger({ file, readOnly: true, migrations: newer }))).toBe('LEDGER_READ_ONLY')
    expect(existsSync(join(file, '..', 'backups'))).toBe(false)
  })

  test('a ledger from a newer program is refused, and left alone', async () => {
    const file = await stockedFile()
    await (await openLedger({ file, migrations: newer })).close()
    expect(await codeOf(openLedger({ file }))).toBe('LEDGER_NEWER')
    expect(await codeOf(() => refuseNewer(3, 2))).toBe('LEDGER_NEWER')
    expect(await codeOf(() => refuseNewer(2, 2))).toBe('no error')
  })

  test('refuses a version that is none', async () => {
    const file = await stockedFile()
    const ledger = await openLedger({ file })
    await ledger.transaction((tx) => tx.updateTable('meta').set({ value: 'x' }).where('name', '=', 'version').execute())
    await ledger.close()
    expect(await codeOf(openLedger({ file }))).toBe('LEDGER_DAMAGED')
  })

  test('a migration that fails changes nothing', async () => {
    const file = await stockedFile()
    const failing = {
      up: async (db: Kysely<unknown>) => {
        await second.up(db)
        throw new LicError('UNEXPECTED', 'half way')
      },
    }
    expect(await codeOf(openLedger({ file, migrations: { ...MIGRATIONS, '9999-color': failing } }))).toBe('UNEXPECTED')
    const ledger = await openLedger({ file })
    expect(await ledgerVersion(ledger.db)).toBe(version)
    expect(Object.keys((await ledger.db.selectFrom('products').selectAll().execute())[0] ?? {})).not.toContain('color')
    await ledger.close()
  })

  test('migrating what is current does nothing', async () => {
    const file = await stockedFile()
    const ledger = await openLedger({ file })
    const before = await everything(ledger)
    await migrate(ledger.db as Parameters<typeof migrate>[0], MIGRATIONS)
    expect(await everything(ledger)).toEqual(before)
    await ledger.close()
  })

  test('copies never overwrite each other', async () => {
    const file = await stockedFile()
    const sqlite = new Database(file)
    expect(await backUpBefore(sqlite, file, 1)).toMatch(/\.v1$/)
    expect(await backUpBefore(sqlite, file, 1)).toMatch(/\.v1\.2$/)
    sqlite.close()
  })
})

test('driver errors have one meaning each', () => {
  const meaning = (code: string) => {
    const fault = ledgerFault(Object.assign(new Error('the driver speaking'), { code }))
    return fault instanceof LicError ? fault.code : 'itself'
  }
  expect(meaning('SQLITE_BUSY')).toBe('LEDGER_BUSY')
  expect(meaning('SQLITE_BUSY_SNAPSHOT')).toBe('LEDGER_BUSY')
  expect(meaning('SQLITE_LOCKED')).toBe('LEDGER_BUSY')
  expect(meaning('SQLITE_READONLY_DBMOVED')).toBe('LEDGER_READ_ONLY')
  expect(meaning('SQLITE_CANTOPEN')).toBe('LEDGER_READ_ONLY')
  expect(meaning('EACCES')).toBe('LEDGER_READ_ONLY')
  expect(meaning('SQLITE_FULL')).toBe('DISK_FULL')
  expect(meaning('ENOSPC')).toBe('DISK_FULL')
  expect(meaning('SQLITE_CORRUPT_INDEX')).toBe('LEDGER_DAMAGED')
  expect(meaning('SQLITE_NOTADB')).toBe('LEDGER_DAMAGED')
  expect(meaning('SQLITE_CONSTRAINT_UNIQUE')).toBe('CONFLICT')
  expect(meaning('SQLITE_IOERR_SHMMAP')).toBe('UNEXPECTED')
  expect(meaning('SQLITE_MISUSE')).toBe('itself')
  const own = new LicError('NOT_FOUND', 'kept')
  expect(ledgerFault(own)).toBe(own)
  expect(ledgerFault('thrown text')).toBe('thrown text')
})
