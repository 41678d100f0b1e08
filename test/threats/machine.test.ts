/**
 * Row 21: a machine that does not do what it should (locks, full and read-only disks, damaged files, closed streams).
 * Each gives its own code, exit status and hint, leaves stdout empty, and leaves ledger and files as they were.
 */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BIN, environment, ISSUE, lic } from './process.ts'
import { type Handed, type Room, room } from './room.ts'

let at: Room
beforeEach(async () => {
  // The clock of the real processes that work in the same home.
  at = await room({ clock: Math.floor(Date.now() / 1000) })
})
afterEach(() => at.remove())

const asRoot = process.getuid?.() === 0
const NOBODY = 65_534

describe('the ledger is locked by another process', () => {
  const holding = async (work: () => Promise<void>): Promise<void> => {
    const driver = createRequire(import.meta.url).resolve('better-sqlite3')
    const script = `const db = new (require(process.argv[1]))(process.argv[2]); db.exec('begin immediate')
      console.log('locked'); process.stdin.resume().on('end', () => db.exec('rollback'))`
    const holder = spawn(process.execPath, ['-e', script, driver, at.ledger], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    try {
      await work()
    } finally {
      holder.stdin.end()
      await once(holder, 'close')
    }
  }

  test('whoever writes gives up with LEDGER_BUSY, whoever reads goes on', async () => {
    const { key } = await at.data<Handed>(ISSUE)
    const before = await at.state()
    await holding(async () => {
      const busyTimeout = 30
      for (const words of [
        [...ISSUE],
        ['renew', key, '--for', '1y'],
        ['suspend', key, '--reason', 'r'],
        ['revoke', key, '--reason', 'r', '--yes'],
        ['customer', 'add', '--name', 'N'],
        ['product', 'add', 'viewer', '--name', 'V'],
        ['revocations', 'publish', '--out', 'list.lrl'],
      ]) {
        await at.refused('LEDGER_BUSY', 9, words, { busyTimeout })
      }
      for (const words of [['list'], ['show', key], ['customer', 'list'], ['key', 'list'], ['trust', 'export']]) {
        await at.data(words, { busyTimeout })
      }
    })
    expect(await at.state()).toEqual(before)
    await at.data(['renew', key, '--for', '1y'])
  })

  test('whoever waits long enough is served', async () => {
    let waiting: Promise<unknown> = Promise.resolve()
    await holding(async () => {
      waiting = at.data(ISSUE, { busyTimeout: 15_000 })
    })
    await waiting
  })
})

describe('the ledger cannot be written', () => {
  /** The same home, given to someone who may read everything and write nothing. */
  const lent = (fileMode: number, directoryMode: number) => {
    const home = join(at.dir, 'lent')
    chmodSync(at.dir, 0o755)
    cpSync(at.home, home, { recursive: true })
    const paths = readdirSync(home, { recursive: true, encoding: 'utf8' }).map((name) => join(home, name))
    for (const path of [...paths, home]) {
      if (asRoot) chownSync(path, NOBODY, NOBODY)
      if (statSync(path).isFile()) chmodSync(path, fileMode)
    }
    chmodSync(home, directoryMode)
    return { env: { LIC_HOME: home }, cwd: at.dir, ...(asRoot && { uid: NOBODY, gid: NOBODY }) }
  }
  const reaches = !asRoot || spawnSync(process.execPath, [BIN, '-V'], { uid: NOBODY, gid: NOBODY }).status === 0
  const why = reaches ? '' : ' (skipped: an unprivileged user does not reach this program)'

  test.runIf(reaches).each([
    ['its file', 0o400, 0o700],
    ['its file and directory', 0o400, 0o500],
    ['its directory', 0o600, 0o500],
  ])(`%s is another's: read, not written${why}`, async (_, fileMode, directoryMode) => {
    const { key, license } = await at.data<Handed>(ISSUE)
    const launch = lent(fileMode, directoryMode)
    for (const words of [[...ISSUE], ['revoke', key, '--reason', 'r', '--yes'], ['customer', 'add', '--name', 'N']]) {
      const { status, stdout, stderr } = await lic([...words, '--json'], launch)
      const { code, hint } = JSON.parse(stderr).error
      expect({ code, status, stdout }).toEqual({ code: 'LEDGER_READ_ONLY', status: 1, stdout: '' })
      expect(hint).toMatch(/\S/)
    }
    for (const words of [['list'], ['show', key], ['verify', '-'], ['customer', 'list'], ['trust', 'export']]) {
      const ended = await lic([...words, '--json'], { ...launch, input: Buffer.from(license, 'base64') })
      expect({ words, status: ended.status, stderr: ended.stderr }).toEqual({ words, status: 0, stderr: '' })
    }
  })

  test('init where nothing may be made', async () => {
    writeFileSync(join(at.dir, 'file'), '')
    for (const home of ['file/home', '/proc/lic', '/dev/null/lic']) {
      await at.refused('UNWRITABLE', 2, ['init', '--name', 'A', '--no-passphrase', '--home', home])
    }
  })
})

/** A file system of its own, in a namespace of its own: whoever may, gets a full disk without harm to anybody. */
const inNamespace = ['unshare', '-rm', 'sh', '-e', '-c']
const mounts =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k none "$1"', 'sh', '/mnt']).status === 0

describe('the disk is full', () => {
  const script = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
  const played = (size: string): readonly { name: string; status: number; out: string; code: string | undefined }[] => {
    const place = join(at.dir, 'small')
    const results = join(at.dir, 'results')
    for (const each of [place, results]) mkdirSync(each)
    const [program = '', ...words] = inNamespace
    const run = spawnSync(
      program,
      [...words, script('full-disk.sh'), 'sh', process.execPath, BIN, place, results, size],
      { env: environment({ LIC_HOME: join(place, 'home') }), encoding: 'utf8' },
    )
    expect(run).toMatchObject({ status: 0 })
    const of = (name: string, what: string): string => readFileSync(join(results, `${name}.${what}`), 'utf8')
    return readdirSync(results)
      .filter((name) => name.endsWith('.status'))
      .map((file) => file.slice(0, -'.status'.length))
      .map((name) => {
        const said = of(name, 'err').split('\n')[0] ?? ''
        const code = said.startsWith('{"error"') ? JSON.parse(said).error.code : undefined
        return { name, status: Number(of(name, 'status')), out: of(name, 'out'), code }
      })
  }
  const skipped = mounts ? '' : ' (skipped: this machine allows no mount in a namespace)'

  test.runIf(mounts)(`issue says DISK_FULL, whenever the room runs out, and works again after${skipped}`, () => {
    const steps = played('1400k')
    const failed = steps.filter(({ name }) => name.startsWith('full-'))
    expect(failed.length).toBeGreaterThan(4)
    for (const { name, code, status, out } of failed) {
      expect({ name, code, status, out }).toEqual({ name, code: 'DISK_FULL', status: 1, out: '' })
    }
    for (const { name, status } of steps.filter(({ name }) => name.startsWith('ok-'))) {
      expect({ name, status }).toEqual({ name, status: 0 })
    }
    const listed = steps.find(({ name }) => name === 'ok-list')
    const issued = steps.filter(({ name }) => name.startsWith('ok-issue'))
    expect(JSON.parse(listed?.out ?? '').data.licenses.length).toBe(issued.length)
  })

  test.runIf(mounts)(`init leaves nothing half-made${skipped}`, () => {
    // The last is room for the ledger or for its write-ahead log, not for both.
    for (const size of ['8k', '60k', '200k', '700k', '900k']) {
      const steps = played(size)
      expect(steps.map(({ name, code, status, out }) => ({ name, code, status, out }))).toEqual([
        { name: 'init', code: 'DISK_FULL', status: 1, out: '' },
      ])
      expect(readFileSync(join(at.dir, 'results', 'left'), 'utf8')).toBe('')
      at.remove()
      mkdirSync(at.dir)
    }
  })

  test.runIf(existsSync('/dev/full'))(
    'under --out and under stdout: the license is kept, the hint shows it again',
    async () => {
      const { hint, code } = await at.refused('DISK_FULL', 1, [...ISSUE, '--out', '/dev/full'])
      const [, key] = /lic show (\S+) --out/.exec(hint) ?? []
      expect((await at.data<{ status: string }>(['show', key ?? ''])).status).toBe('active')
      const words = [...ISSUE, '--json', '--home', at.home]
      const shell = spawnSync('sh', ['-c', '"$@" > /dev/full', 'sh', process.execPath, BIN, ...words], {
        env: environment(),
        encoding: 'utf8',
      })
      expect(shell.status).toBe(1)
      expect(JSON.parse(shell.stderr).error).toMatchObject({ code, hint: expect.stringContaining('lic show EDIT-') })
    },
  )
})

describe('the ledger is damaged, foreign or away', () => {
  const broken: readonly (readonly [string, string, number, (file: string) => void])[] = [
    [
      'text in its place',
      'LEDGER_DAMAGED',
      8,
      (file) => writeFileSync(file, 'no database at all, only words '.repeat(99)),
    ],
    ['zeros in its place', 'LEDGER_DAMAGED', 8, (file) => writeFileSync(file, new Uint8Array(65_536))],
    ['cut in half', 'LEDGER_DAMAGED', 8, (file) => truncateSync(file, statSync(file).size >> 1)],
    ['its pages overwritten', 'LEDGER_DAMAGED', 8, (file) => overwrite(file, 8192)],
    ['its header overwritten', 'LEDGER_DAMAGED', 8, (file) => overwrite(file, 0, 64)],
    ['a database of another program', 'LEDGER_DAMAGED', 8, (file) => foreign(file)],
    ['a newer ledger', 'LEDGER_NEWER', 8, (file) => sql(file, `update meta set value = '99' where name = 'version'`)],
    ['an empty file', 'NO_LEDGER', 3, (file) => truncateSync(file, 0)],
  ]
  const sql = (file: string, text: string): void => {
    const db = new Database(file)
    db.exec(text)
    db.close()
  }
  const overwrite = (file: string, from: number, length = Number.POSITIVE_INFINITY): void => {
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xa5, from, Math.min(bytes.length, from + length)))
  }
  const foreign = (file: string): void => {
    writeFileSync(file, '')
    sql(file, 'create table songs (name text); insert into songs values (1)')
  }

  test.each(broken)('%s: %s', async (_, code, status, harm) => {
    const { key } = await at.data<Handed>(ISSUE)
    harm(at.ledger)
    const before = statSync(at.ledger).isFile() ? readFileSync(at.ledger) : undefined
    const commands = [
      ['list'],
      ['show', key],
      [...ISSUE],
      ['revoke', key, '--reason', 'r', '--yes'],
      ['trust', 'export'],
    ]
    for (const words of commands) await at.refused(code, status, words)
    if (before) expect(readFileSync(at.ledger).equals(before)).toBe(true)
  })

  test('a damaged ledger does not stop who verifies with the root key', async () => {
    const { license } = await at.data<Handed>(ISSUE)
    await at.data(['trust', 'export', '--out', 'root.pub'])
    overwrite(at.ledger, 0)
    await at.data(['verify', '-', '--root', 'root.pub'], { stdin: Buffer.from(license, 'base64') })
  })
})

describe('--out', () => {
  const out = (path: string, ...more: string[]): readonly string[] => [...ISSUE, '--out', path, ...more]

  test.each([
    ['a missing directory', 'UNWRITABLE', 2, 'no/such/a.lic'],
    ['a directory', 'UNWRITABLE', 2, 'folder'],
    ['below a file', 'UNWRITABLE', 2, 'there.lic/a.lic'],
    ['a name that is too long', 'UNWRITABLE', 2, 'x'.repeat(300)],
    ['a circle of links', 'FILE_EXISTS', 5, 'circle'],
    ['a file that exists', 'FILE_EXISTS', 5, 'there.lic'],
    ['a link to a file', 'FILE_EXISTS', 5, 'link.lic'],
    ['a link to nowhere', 'FILE_EXISTS', 5, 'dangling.lic'],
    ['an empty name', 'UNWRITABLE', 2, ''],
  ])('%s is %s before anything is signed', async (_, code, status, path) => {
    mkdirSync(join(at.dir, 'folder'))
    writeFileSync(join(at.dir, 'there.lic'), 'precious')
    symlinkSync('circle', join(at.dir, 'circle'))
    symlinkSync('there.lic', join(at.dir, 'link.lic'))
    symlinkSync('elsewhere.lic', join(at.dir, 'dangling.lic'))
    const { key } = await at.data<Handed>(ISSUE)
    const before = await at.state()
    for (const words of [out(path), ['show', key, '--out', path], ['revocations', 'publish', '--out', path]]) {
      await at.refused(code, status, words)
    }
    expect(await at.state()).toEqual(before)
  })

  test('--force replaces a link, and not what it points to', async () => {
    writeFileSync(join(at.dir, 'there.lic'), 'precious')
    symlinkSync('there.lic', join(at.dir, 'link.lic'))
    await at.data(out('link.lic', '--force'))
    expect(readFileSync(join(at.dir, 'there.lic'), 'utf8')).toBe('precious')
    expect(readdirSync(at.dir).sort()).toEqual(['home', 'link.lic', 'there.lic'])
    await at.data(['verify', 'link.lic'])
  })
})

describe('streams', () => {
  const piped = (script: string, words: readonly string[]) =>
    spawnSync('bash', ['-c', `set -o pipefail; ${script}`, 'sh', process.execPath, BIN, ...words], {
      env: environment({ LIC_HOME: at.home }),
      encoding: 'utf8',
    })

  test('a reader who leaves early: OUTPUT_CLOSED, the row is kept, the hint shows it again', async () => {
    const child = spawn(process.execPath, [BIN, ...ISSUE, '--json'], {
      env: environment({ LIC_HOME: at.home }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    const [[status], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)])
    const { code, hint } = JSON.parse(stderr).error
    expect({ code, status }).toEqual({ code: 'OUTPUT_CLOSED', status: 1 })
    const [, key = ''] = /lic show (\S+) --out/.exec(hint) ?? []
    await at.data(['show', key, '--out', 'again.lic'])
    await at.data(['verify', 'again.lic'])
  })

  test('head takes its byte, and nobody crashes', async () => {
    for (let i = 0; i < 3; i++) await at.data(ISSUE)
    const { status, stdout, stderr } = piped('"$@" | head -c 1', ['list', '--json'])
    expect(stdout).toBe('{')
    if (status !== 0) expect(JSON.parse(stderr).error.code).toBe('OUTPUT_CLOSED')
  })

  test.each([
    ['stdin', '"$@" <&-', ['verify', '-'], 'INVALID_INPUT', 2],
    ['stdin', '"$@" <&-', ['issue', '--customer', 'acme'], 'USAGE', 2],
  ])('closed %s: %s %j ends with its code', async (_, script, words, code, status) => {
    const ended = piped(script, [...words, '--json'])
    expect(ended).toMatchObject({ status, stdout: '' })
    expect(JSON.parse(ended.stderr).error.code).toBe(code)
  })

  test('closed stdout and stderr: it ends, and what it did is whole', async () => {
    expect(piped('"$@" >&- 2>&-', [...ISSUE]).status).not.toBeNull()
    const { licenses } = await at.data<{ licenses: readonly unknown[] }>(['list'])
    expect(licenses.length).toBe(1)
  })

  test('a ledger that grows while it is read stays readable', async () => {
    const { key } = await at.data<Handed>(ISSUE)
    appendFileSync(at.ledger, new Uint8Array(4096))
    await at.data(['show', key])
  })
})
