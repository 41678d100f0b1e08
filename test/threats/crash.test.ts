/**
 * Rows 20 and 22: `kill -9` at random points, and many processes at once, on the real program and a real file.
 * Nothing acknowledged is lost, nothing is there twice, the log has no gap, and the same request gives the same bytes.
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { publicKeysFromPem } from '../../src/core/keys.ts'
import { verify } from '../../src/core/verify.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { logSize } from '../../src/ledger/sequence.ts'
import { type Home, ISSUE, lic, licData, makeHome, SLOW, start } from './process.ts'

const KILLS = SLOW ? 500 : 12
const [PROCESSES, ISSUES] = SLOW ? [32, 25] : [8, 5]
const LONG = SLOW ? 3_600_000 : 120_000
const CUSTOMERS = new URL('../fixtures/customers.csv', import.meta.url).pathname
const IMPORT = [
  'customer',
  'import',
  CUSTOMERS,
  ...['tier', 'seats', 'tag', 'order'].flatMap((name) => ['--ignore-column', name]),
]

let at: Home
beforeEach(async () => {
  at = await makeHome()
  // A vendor of a thousand customers, some of whom a person would have to look at.
  if (SLOW) expect(await lic(IMPORT, { env: at.env })).toMatchObject({ status: 0 })
})
afterEach(() => at.remove())

interface Handed {
  readonly key: string
  readonly id: string
  readonly license: string
}

const file = (): string => join(at.home, 'ledger.db')

/** What must hold of the file whatever was interrupted. */
const sound = async (): Promise<{ readonly events: number; readonly licenses: number }> => {
  const db = new Database(file(), { timeout: 15_000 })
  try {
    expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    expect(db.pragma('foreign_key_check')).toEqual([])
    const one = (sql: string): number => db.prepare(sql).pluck().get() as number
    const events = one('select count(*) from events')
    // Places 0, 1, 2 ... and nobody without one.
    expect(one('select count(*) from events where place is null')).toBe(0)
    expect(one('select count(distinct place) from events')).toBe(events)
    expect(one('select max(place) + 1 from events')).toBe(events)
    const licenses = one('select count(*) from licenses')
    expect(one('select count(distinct cti_prefix) from licenses')).toBe(licenses)
    expect(one('select count(*) from revisions')).toBe(licenses)
    expect(one('select count(*) from signed_objects where type = 1')).toBe(licenses)
    const ledger = await openLedger({ file: file() })
    expect(await logSize(ledger.db)).toBe(events)
    await ledger.close()
    return { events, licenses }
  } finally {
    db.close()
  }
}

const bytesInLedger = (): Set<string> => {
  const db = new Database(file(), { readonly: true })
  const rows = db.prepare('select bytes from signed_objects where type = 1').pluck().all() as Buffer[]
  db.close()
  return new Set(rows.map((bytes) => bytes.toString('base64')))
}

const handed = (stdout: string): Handed | undefined => {
  if (!stdout.endsWith('\n')) return undefined
  return (JSON.parse(stdout) as { data: Handed }).data
}

describe('row 20: kill -9 while issuing', () => {
  test(`${KILLS} kills: nothing acknowledged is lost, a repetition gives one license and the same bytes`, {
    timeout: LONG,
  }, async () => {
    // How long an undisturbed issue takes here: the kills are spread over it, and a little beyond.
    const began = performance.now()
    await licData(ISSUE, at)
    const whole = performance.now() - began
    const printed = new Map<string, Handed>()
    let interrupted = 0
    for (let i = 0; i < KILLS; i++) {
      const key = `kill ${i}`
      const words = [...ISSUE, '--json', '--idempotency-key', key]
      const { child, ended } = start(words, at)
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * whole * 1.2)
      const { signal, stdout } = await ended
      clearTimeout(timer)
      if (signal === 'SIGKILL') interrupted++
      const acknowledged = handed(stdout)
      if (acknowledged !== undefined) expect(bytesInLedger()).toContain(acknowledged.license)
      const { licenses } = await sound()
      const again = await licData<Handed>(words.slice(0, -3).concat('--idempotency-key', key), at)
      if (acknowledged !== undefined) expect(again).toEqual(acknowledged)
      printed.set(key, again)
      const after = await sound()
      // The first run of this key left one license or none; with the repetition there is exactly one.
      expect(after.licenses).toBe(i + 2)
      expect(licenses === i + 1 || licenses === i + 2).toBe(true)
    }
    expect(interrupted).toBeGreaterThan(0)
    expect(new Set([...printed.values()].map(({ key }) => key)).size).toBe(KILLS)
    const kept = bytesInLedger()
    for (const { license } of printed.values()) expect(kept).toContain(license)
    const last = await licData<Handed>([...ISSUE, '--idempotency-key', 'kill 0'], at)
    expect(last).toEqual(printed.get('kill 0'))
    await licData(['ledger', 'verify'], at)
  })

  test('row 20: kill -9 while renewing: one renewal a key, and the old revision stays', { timeout: LONG }, async () => {
    const { key } = await licData<Handed>(ISSUE, at)
    const began = performance.now()
    await licData(['renew', key, '--for', '1y', '--dry-run'], at)
    const whole = performance.now() - began
    const kills = SLOW ? 100 : 5
    for (let i = 0; i < kills; i++) {
      const words = ['renew', key, '--for', '1d', '--idempotency-key', `renew ${i}`]
      const { child, ended } = start([...words, '--json'], at)
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * whole * 1.2)
      await ended
      clearTimeout(timer)
      const { revision } = await licData<{ revision: number }>(words, at)
      expect(revision).toBe(i + 2)
    }
    const { revisions } = await licData<{ revisions: readonly unknown[] }>(['show', key], at)
    expect(revisions.length).toBe(kills + 1)
  })
})

describe('row 20: kill -9 while founding', () => {
  const roles = ['root', 'issuing', 'list', 'audit', 'emergency']

  test('what is left is an authority, or nothing that stands in the way of one', { timeout: LONG }, async () => {
    const kills = SLOW ? 100 : 6
    for (let i = 0; i < kills; i++) {
      const dir = mkdtempSync(join(tmpdir(), 'lic-init-'))
      const home = join(dir, 'home')
      const { child, ended } = start(['init', '--name', 'Acme', '--no-passphrase'], { env: { LIC_HOME: home } })
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * 250)
      await ended
      clearTimeout(timer)
      if (!existsSync(join(home, 'ledger.db'))) {
        await licData(['init', '--name', 'Acme', '--no-passphrase'], { env: { LIC_HOME: home } })
      }
      const { keys } = await licData<{ keys: readonly { role: string }[] }>(['key', 'list'], {
        env: { LIC_HOME: home },
      })
      expect(keys.map(({ role }) => role).sort()).toEqual([...roles].sort())
      rmSync(dir, { recursive: true })
    }
  })

  test('ended between the two moves of its last step: the hint is the command that finishes it', async () => {
    const left = join(at.home, '.init-0123456789ab')
    mkdirSync(left, { mode: 0o700 })
    renameSync(file(), join(left, 'ledger.db'))
    const again = await lic(['init', '--name', 'Acme', '--no-passphrase', '--json'], at)
    expect(again).toMatchObject({ status: 5, stdout: '' })
    const { code, hint } = JSON.parse(again.stderr).error
    expect(code).toBe('FILE_EXISTS')
    const [, from = '', to = ''] = /: mv (\S+) (\S+)$/.exec(hint) ?? []
    renameSync(from, to)
    await licData(ISSUE, at)
  })
})

describe('row 22: many at once', () => {
  test(`${PROCESSES} processes, ${ISSUES} issues each, one home: no error, no duplicate, all verify`, {
    timeout: LONG,
  }, async () => {
    const home = at
    const worker = async (n: number): Promise<readonly Handed[]> => {
      const got: Handed[] = []
      for (let i = 0; i < ISSUES; i++) {
        got.push(await licData<Handed>([...ISSUE, '--idempotency-key', `${n}/${i}`], home))
      }
      return got
    }
    const all = (await Promise.all(Array.from({ length: PROCESSES }, (_, n) => worker(n)))).flat()
    const count = PROCESSES * ISSUES
    expect(all.length).toBe(count)
    expect(new Set(all.map(({ key }) => key)).size).toBe(count)
    expect(new Set(all.map(({ id }) => id.slice(0, 10))).size).toBe(count)
    expect((await sound()).licenses).toBe(count)
    const { pem } = await licData<{ pem: string }>(['trust', 'export'], at)
    const roots = publicKeysFromPem(pem)
    const now = Math.floor(Date.now() / 1000)
    const indexes = new Set<number | undefined>()
    for (const { license } of all) {
      const verdict = verify(Buffer.from(license, 'base64'), { roots, product: 'editor', now })
      expect(verdict.ok).toBe(true)
      indexes.add(verdict.license.lines.get(0)?.statusIndex)
    }
    expect(indexes.size).toBe(count)
    await licData(['ledger', 'verify'], at)
  })

  test('the same key from all of them at once is one license', { timeout: LONG }, async () => {
    const words = [...ISSUE, '--idempotency-key', 'all together']
    const all = await Promise.all(Array.from({ length: PROCESSES }, () => licData<Handed>(words, at)))
    const digest = ({ license }: Handed): string => createHash('sha256').update(license).digest('hex')
    expect(new Set(all.map(digest)).size).toBe(1)
    expect((await sound()).licenses).toBe(1)
  })

  test('founding from all of them at once is one authority', { timeout: LONG }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lic-init-'))
    const env = { LIC_HOME: join(dir, 'home') }
    const words = ['init', '--name', 'Acme', '--no-passphrase', '--json']
    const all = await Promise.all(Array.from({ length: 4 }, () => lic(words, { env })))
    expect(all.filter(({ status }) => status === 0).length).toBe(1)
    for (const { status, stderr } of all) {
      if (status !== 0) expect(['CONFLICT', 'FILE_EXISTS']).toContain(JSON.parse(stderr).error.code)
    }
    await licData(['product', 'add', 'editor', '--name', 'Editor'], { env })
    await licData(['customer', 'add', '--id', 'acme', '--name', 'Acme Ltd'], { env })
    await licData(ISSUE, { env })
    rmSync(dir, { recursive: true })
  })
})
