/**
 * Rows 9, 21 and 25: what is left after a power cut, a killed migration, a full disk, a stolen backup. Real write-ahead
 * logs are cut and flipped, real processes killed; whatever is left opens at a state that was committed, and is whole.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { refuseNetwork } from '../../src/authority/file-systems.ts'
import { addCustomer, ephemeralAuthority, issue, write } from '../../src/authority/index.ts'
import { verifyLedger } from '../../src/authority/verify-ledger.ts'
import { toHex } from '../../src/core/bytes.ts'
import { LicError } from '../../src/core/errors.ts'
import { logHead } from '../../src/ledger/checkpoints.ts'
import { MIGRATIONS } from '../../src/ledger/migrations/index.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { customers } from '../fixtures/make-customers.ts'
import { size } from '../property/size.ts'
import { BIN, environment, type Home, ISSUE, lic, licData, makeHome, SLOW, start } from './process.ts'

const LONG = SLOW ? 3_600_000 : 180_000

describe('row 21: the write-ahead log, cut or flipped anywhere', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-wal-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** A ledger whose last commits stand in its write-ahead log alone, and the head after each of them. */
  const cutOff = async () => {
    const file = join(dir, 'living.db')
    const authority = await ephemeralAuthority({ file, products: ['editor'] })
    // Among the thousand of the fixture, by their names.
    await write(authority, async (tx) => {
      for (const [i, [name = '']] of customers().entries()) {
        await addCustomer(tx, authority, { name, id: `imported-${i}`, brand: 'ephemeral' })
      }
    })
    await authority.ledger.fold()
    const heads = new Map<number, string>()
    const note = async (): Promise<void> => {
      const { size: events, root } = await logHead(authority.ledger.db)
      heads.set(events, toHex(root))
    }
    await note()
    for (let i = 0; i < 30; i++) {
      const customer = `c${i}`
      const lines = [{ product: 'editor', tier: 'basic' }]
      await issue(authority, { customer, newCustomer: { id: customer, name: customer }, expires: '1y', lines })
      await note()
    }
    const [book, wal] = [readFileSync(file), readFileSync(`${file}-wal`)]
    await authority.close()
    return { heads, book, wal }
  }

  test(`${size(50, 5000)} times: an exact prefix of what was committed, and whole`, { timeout: LONG }, async () => {
    const { heads, book, wal } = await cutOff()
    expect(wal.length).toBeGreaterThan(300_000)
    const reached = new Set<number>()
    for (let i = 0; i < size(50, 5000); i++) {
      const file = join(dir, 'after.db')
      const at = Math.floor(Math.random() * wal.length)
      const left = i % 2 === 0 ? wal.subarray(0, at) : Buffer.from(wal)
      if (i % 2 === 1) left[at] = (left[at] ?? 0) ^ (1 << (i % 8))
      writeFileSync(file, book)
      writeFileSync(`${file}-wal`, left)
      const ledger = await openLedger({ file })
      const head = await logHead(ledger.db)
      expect(heads.get(head.size)).toBe(toHex(head.root))
      reached.add(head.size)
      const { damages } = await verifyLedger(ledger, { quick: i % 8 !== 0 })
      expect(damages).toEqual([])
      // And it goes on from there.
      await ledger.transaction((tx) => tx.selectFrom('meta').select('name').execute())
      await ledger.close()
      for (const ending of ['', '-wal', '-shm']) rmSync(`${file}${ending}`, { force: true })
    }
    expect(reached.size).toBeGreaterThan(10)
  })
})

let at: Home
beforeEach(async () => {
  at = await makeHome()
})
afterEach(() => at.remove())

/** Runs until it is killed, at some moment of the time that it takes; @returns whether it was */
const killed = async (words: readonly string[], whole: number): Promise<boolean> => {
  const { child, ended } = start(words, at)
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * whole * 1.1)
  const { signal } = await ended
  clearTimeout(timer)
  return signal === 'SIGKILL'
}

const taking = async (words: readonly string[]): Promise<number> => {
  const began = performance.now()
  await licData(words, at)
  return performance.now() - began
}

describe('row 25: a migration that is killed', () => {
  /** The ledger as the version before the tree had it. */
  const older = async (): Promise<Buffer> => {
    const file = join(at.home, 'ledger.db')
    for (const ending of ['', '-wal', '-shm']) rmSync(`${file}${ending}`, { force: true })
    const before = Object.entries(MIGRATIONS).filter(([name]) => name < '0006')
    await (await openLedger({ file, create: true, migrations: Object.fromEntries(before) })).close()
    const db = new Database(file)
    const insert = db.prepare(
      `insert into events (place, at, entity_kind, entity_id, entity_version, leaf, bytes) values (?, 0, 99, ?, 1, ?, x'00')`,
    )
    // Enough of them that building the tree takes a while.
    db.transaction(() => {
      for (let i = 0; i < size(10_000, 100_000); i++) insert.run(i, Buffer.from(`e${i}`), Buffer.alloc(32, i))
    })()
    db.pragma('journal_mode = delete')
    db.close()
    return readFileSync(file)
  }

  test('leaves the old version or the new one', { timeout: LONG }, async () => {
    const file = join(at.home, 'ledger.db')
    const old = await older()
    const put = (): void => {
      for (const ending of ['-wal', '-shm']) rmSync(`${file}${ending}`, { force: true })
      writeFileSync(file, old)
    }
    const whole = await taking(['list'])
    let interrupted = 0
    for (let i = 0; i < size(4, 60); i++) {
      put()
      if (await killed(['list'], whole)) interrupted++
      const db = new Database(file)
      const tables = db.prepare("select count(*) from sqlite_schema where name = 'tree_nodes'").pluck().get() as number
      const version = Number(db.prepare("select value from meta where name = 'version'").pluck().get())
      const nodes = tables === 1 ? (db.prepare('select count(*) from tree_nodes').pluck().get() as number) : 0
      const events = db.prepare('select count(*) from events').pluck().get() as number
      db.close()
      const known = version === Object.keys(MIGRATIONS).length
      expect({ tables, full: nodes >= Math.floor(events / 256) }).toEqual({ tables: known ? 1 : 0, full: known })
      await licData(['list'], at)
    }
    expect(interrupted).toBeGreaterThan(0)
    rmSync(join(at.home, 'backups'), { recursive: true, force: true })
  })
})

describe('a backup or a restore that is killed', () => {
  test('leaves a whole file or none, and the ledger as it was', { timeout: LONG }, async () => {
    await licData(ISSUE, at)
    const target = join(at.dir, 'copy.tar')
    const words = ['ledger', 'backup', target, '--with-keys', '--yes', '--verify']
    const whole = await taking(words)
    rmSync(target)
    for (let i = 0; i < size(4, 100); i++) {
      await killed(words, whole)
      if (!existsSync(target)) continue
      const home = join(at.dir, `restored-${i}`)
      await licData(['ledger', 'restore', target], { env: { LIC_HOME: home } })
      await licData(['list'], { env: { LIC_HOME: home } })
      rmSync(home, { recursive: true })
      rmSync(target)
    }
    await licData(words, at)
    await licData(['ledger', 'verify'], at)
    const restore = ['ledger', 'restore', target, '--replace', '--yes']
    const restoring = await taking(restore)
    for (let i = 0; i < size(3, 100); i++) {
      await killed(restore, restoring)
      // Between its two last steps there is none: then the same command finishes it, and nothing is lost.
      if (!existsSync(join(at.home, 'ledger.db'))) await licData(restore, at)
      await licData(['ledger', 'verify'], at)
    }
  })
})

describe('row 21: places that are none', () => {
  test('a network file system is refused before anything is written', () => {
    for (const [type, name] of [
      [26985, 'NFS'],
      [-11317950, 'CIFS'],
      [12805120, 'Ceph'],
    ] as const) {
      const refused = () => refuseNetwork('/srv/lic', () => type)
      expect(refused).toThrow(LicError)
      expect(refused).toThrow(name)
    }
    // ext4, btrfs, xfs; and what may be shared or is memory is doctor's to warn of.
    for (const type of [0xef53, 0x9123683e, 0x58465342, 1702057286, 16914836]) refuseNetwork('/srv/lic', () => type)
  })

  const mounts =
    spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k none "$1"', 'sh', '/mnt']).status === 0
  const skipped = mounts ? '' : ' (skipped: this machine allows no mount in a namespace)'

  test.runIf(mounts)(`a full disk takes no half of a backup, and loses nothing of the ledger${skipped}`, async () => {
    const small = join(at.dir, 'small')
    mkdirSync(small)
    const script = `mount -t tmpfs -o size=200k none "$1"; shift; "$@" 2>"$0" && exit 99; ls -A ${small} | wc -l`
    const words = [process.execPath, BIN, 'ledger', 'backup', join(small, 'x.tar'), '--json']
    const errors = join(at.dir, 'errors')
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', script, errors, small, ...words], {
      env: environment(at.env),
      encoding: 'utf8',
    })
    expect(run.stdout.trim()).toBe('0')
    expect(JSON.parse(readFileSync(errors, 'utf8')).error.code).toBe('DISK_FULL')
    expect(readdirSync(at.home).filter((name) => name.startsWith('.backup'))).toEqual([])
    await licData(['ledger', 'verify'], at)
  })
})

describe('row 9: a backup that was stolen', () => {
  const SECRETS = ['it@acme.example', 'Acme Ltd', 'PRIVATE KEY', 'EMERGENCY SECRET', 'SQLite format 3', 'manifest.json']

  test('says nothing without what opens it, and costs as much a guess as a key file', { timeout: LONG }, async () => {
    await licData(ISSUE, at)
    writeFileSync(join(at.dir, 'pass'), 'correct horse battery staple\n')
    const sealed = join(at.dir, 'sealed.age')
    await licData(['ledger', 'backup', sealed, '--with-keys', '--passphrase-file', join(at.dir, 'pass')], at)
    const bytes = readFileSync(sealed).toString('latin1')
    expect(SECRETS.filter((secret) => bytes.includes(secret))).toEqual([])
    const seeds = readdirSync(join(at.home, 'keys')).map((name) => readFileSync(join(at.home, 'keys', name), 'utf8'))
    for (const body of seeds.flatMap((pem) => pem.split('\n').filter((line) => line.length > 40))) {
      expect(bytes.includes(body)).toBe(false)
    }
    // age's own default: about a second and 256 MiB for each guess.
    expect(bytes).toMatch(/^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/)
    expect(statSync(sealed).mode & 0o777).toBe(0o600)
    writeFileSync(join(at.dir, 'wrong'), 'another\n')
    const home = join(at.dir, 'thief')
    const tried = await lic(['ledger', 'restore', sealed, '--passphrase-file', join(at.dir, 'wrong')], {
      env: { LIC_HOME: home },
    })
    expect(tried).toMatchObject({ status: 4, stdout: '' })
    expect(existsSync(home)).toBe(false)
  })

  test('holds no key unless that was asked for; open keys in the open are asked about', async () => {
    const plain = join(at.dir, 'plain.tar')
    await licData(['ledger', 'backup', plain], at)
    const bytes = readFileSync(plain).toString('latin1')
    expect(bytes).toContain('it@acme.example')
    for (const secret of ['PRIVATE KEY', 'EMERGENCY SECRET']) expect(bytes.includes(secret)).toBe(false)
    const open = await lic(['ledger', 'backup', join(at.dir, 'open.tar'), '--with-keys', '--json'], at)
    expect(JSON.parse(open.stderr).error.code).toBe('CONFIRMATION_REQUIRED')
    expect(existsSync(join(at.dir, 'open.tar'))).toBe(false)
  })

  test('opens with other programs, and a damaged one is not put in place', { timeout: LONG }, async () => {
    const file = join(at.dir, 'all.tar')
    await licData(['ledger', 'backup', file, '--with-keys', '--yes'], at)
    const listed = spawnSync('tar', ['tvf', file], { encoding: 'utf8' })
    expect(listed).toMatchObject({ status: 0, stderr: '' })
    expect(listed.stdout.match(/manifest\.json|ledger\.db|keys\/\w+\.key/g)).toHaveLength(7)
    const good = readFileSync(file)
    const env = { LIC_HOME: join(at.dir, 'second') }
    const refused = async (bytes: Buffer): Promise<string> => {
      writeFileSync(join(at.dir, 'bad.tar'), bytes)
      const { status, stdout, stderr } = await lic(['ledger', 'restore', join(at.dir, 'bad.tar'), '--json'], { env })
      expect({ stdout, home: existsSync(env.LIC_HOME) }).toEqual({ stdout: '', home: false })
      return `${status} ${JSON.parse(stderr).error.code}`
    }
    for (let i = 0; i < size(4, 200); i++) {
      const cut = Math.floor(Math.random() * (good.length - 1024))
      expect(await refused(good.subarray(0, cut))).toMatch(cut < 512 ? /^[28] / : /^8 LEDGER_DAMAGED$/)
      const flipped = Buffer.from(good)
      const where = Math.floor(Math.random() * (good.length - 10_240)) + 512
      flipped[where] = (flipped[where] ?? 0) ^ 0x10
      // A bit of the padding between two files says nothing; all others are noticed.
      if (good[where] === 0 && (await harmless(flipped))) continue
      expect(await refused(flipped)).toBe('8 LEDGER_DAMAGED')
    }
  })

  /** Whether tar itself takes out of it what it takes out of the good one. */
  const harmless = async (bytes: Buffer): Promise<boolean> => {
    const [a, b] = [join(at.dir, 'a'), join(at.dir, 'b')]
    for (const [folder, content] of [
      [a, readFileSync(join(at.dir, 'all.tar'))],
      [b, bytes],
    ] as const) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
      writeFileSync(join(folder, 'x.tar'), content)
      spawnSync('tar', ['xf', 'x.tar'], { cwd: folder })
      rmSync(join(folder, 'x.tar'))
    }
    return spawnSync('diff', ['-r', a, b]).status === 0
  }

  test('writes nothing beside the home, whatever its manifest says', async () => {
    const file = join(at.dir, 'all.tar')
    await licData(['ledger', 'backup', file, '--with-keys', '--yes'], at)
    const folder = join(at.dir, 'evil')
    const names = ['../../outside', '/tmp/lic-outside', 'keys/../../outside', 'keys/.hidden', 'ledger.db/x', 'keys/']
    for (const name of names) {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
      spawnSync('tar', ['xf', file], { cwd: folder })
      const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
      manifest.files[1] = { ...manifest.files[1], name }
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
      spawnSync(
        'tar',
        [
          'cf',
          'evil.tar',
          '-P',
          '--transform',
          `s,^keys/audit.key$,${name},`,
          'manifest.json',
          'ledger.db',
          'keys/audit.key',
        ],
        { cwd: folder },
      )
      const env = { LIC_HOME: join(at.dir, 'victim') }
      const { status, stdout } = await lic(['ledger', 'restore', join(folder, 'evil.tar'), '--json'], { env })
      expect({ name, status, stdout, home: existsSync(env.LIC_HOME) }).toEqual({
        name,
        status: 8,
        stdout: '',
        home: false,
      })
      expect(existsSync(join(at.dir, 'outside'))).toBe(false)
      expect(existsSync('/tmp/lic-outside')).toBe(false)
    }
  })
})
