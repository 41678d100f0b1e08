/**
 * Rows 20 and 22 on a PostgreSQL server: many processes issue while the server is killed and started again. Nothing
 * acknowledged is lost, nothing is there twice, the log has no gap. And what a person reads when the server is not as it
 * should be: down, slow, full of connections, read only, without the database.
 */

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LicError } from '../../src/core/errors.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { NOBODY, postgresBinaries, type Server, startPostgres } from '../harness/postgres.ts'
import { environment, ISSUE, lic, licData, SLOW } from './process.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const [PROCESSES, ISSUES, KILLS] = SLOW ? [16, 250, 20] : [4, 15, 3]
const LONG = SLOW ? 3_600_000 : 180_000

/** Issues by the library until all are acknowledged, each asked again under its own key as long as the server is away. */
const ISSUER = `
  import { appendFileSync } from 'node:fs'
  const [home, name, count] = process.argv.slice(2)
  const { openAuthority } = await import('${ROOT}dist/authority/open.js')
  const { issue } = await import('${ROOT}dist/authority/issue.js')
  const { randomBytes } = await import('node:crypto')
  const opened = () => openAuthority(home, {
    now: () => Math.floor(Date.now() / 1000), random: (n) => new Uint8Array(randomBytes(n)),
    actor: name, brand: null, passphrase: async () => undefined,
  })
  const away = (error) => ['LEDGER_UNREACHABLE', 'LEDGER_BUSY'].includes(error.code)
  const patiently = async (work) => {
    for (;;) {
      try { return await work() } catch (error) {
        if (!away(error)) throw error
        await new Promise((wake) => setTimeout(wake, 20))
      }
    }
  }
  const authority = await patiently(opened)
  for (let i = 0; i < Number(count); i++) {
    const { id } = await patiently(() => issue(authority, {
      customer: 'acme', lines: [{ product: 'editor', tier: 'basic' }], expires: '1y', idempotencyKey: name + ':' + i,
    }))
    appendFileSync(home + '/' + name + '.ids', id + '\\n')
  }
  await authority.ledger.close()`

describe.runIf(postgresBinaries() !== undefined)('a ledger on a server', () => {
  let server: Server
  let dir = ''
  let url = ''
  let number = 0
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.remove())
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lic-server-'))
    const name = `ledger${number++}`
    await asked(`create database ${name}`)
    url = server.url.replace('/postgres?', `/${name}?`)
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const asked = async (statement: string, at = server.url): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client(at)
    await client.connect()
    try {
      return (await client.query(statement)).rows as Record<string, unknown>[]
    } finally {
      await client.end()
    }
  }
  const there = () => ({ env: { LIC_HOME: join(dir, 'home') } })
  const founded = async (): Promise<void> => {
    await licData(['init', '--name', 'Acme', '--no-passphrase', '--ledger', url], there())
    await licData(['product', 'add', 'editor', '--name', 'Editor'], there())
    await licData(['customer', 'add', '--id', 'acme', '--name', 'Acme Ltd'], there())
  }

  test(`${PROCESSES} processes issue ${ISSUES} each while the server is killed ${KILLS} times`, {
    timeout: LONG,
  }, async () => {
    await founded()
    const home = join(dir, 'home')
    const script = join(dir, 'issuer.mjs')
    writeFileSync(script, ISSUER)
    const names = Array.from({ length: PROCESSES }, (_, i) => `desk${i}`)
    let running = PROCESSES
    const ended = names.map(
      (name) =>
        new Promise<string>((resolve) => {
          const child = spawn(process.execPath, [script, home, name, String(ISSUES)], { env: environment() })
          let said = ''
          child.stderr.on('data', (chunk: Buffer) => {
            said += chunk
          })
          child.on('close', (status) => {
            running -= 1
            resolve(status === 0 ? '' : `${name}: ${said}`)
          })
        }),
    )
    // Each kill waits for work that is under way: acknowledged licenses since the last one.
    const acknowledged = (): readonly string[] => names.flatMap((name) => linesOf(join(home, `${name}.ids`)))
    for (let kill = 0, seen = 0; kill < KILLS && running > 0; kill++) {
      while (running > 0 && acknowledged().length < seen + 2) await new Promise((wake) => setTimeout(wake, 5))
      seen = acknowledged().length
      await server.kill()
      await server.start()
    }
    expect(await Promise.all(ended)).toEqual(names.map(() => ''))
    const ids = acknowledged()
    expect(new Set(ids).size).toBe(PROCESSES * ISSUES)
    const rows = await asked("select encode(cti, 'hex') as id from licenses", url)
    expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort())
    const [log] = await asked(
      'select count(*)::int as events, count(distinct place)::int as places, max(place)::int as last from events',
      url,
    )
    expect(log).toEqual({ events: log?.events, places: log?.events, last: Number(log?.events) - 1 })
  })

  test('one process for long: nothing that grows is read whole for a license', { timeout: LONG }, async () => {
    await founded()
    const script = join(dir, 'issuer.mjs')
    writeFileSync(script, ISSUER)
    execFileSync(process.execPath, [script, join(dir, 'home'), 'desk', '60'], { env: environment() })
    const read = await asked(
      `select relname as name, seq_tup_read::int as rows from pg_stat_user_tables where n_live_tup >= 60 and seq_tup_read > 60`,
      url,
    )
    expect(read).toEqual([])
    expect(await asked('select count(*)::int as n from licenses', url)).toEqual([{ n: 60 }])
  })

  const refused = async (env: Readonly<Record<string, string>>, words: readonly string[] = ISSUE) => {
    const { status, stdout, stderr } = await lic([...words, '--json'], { env: { ...there().env, ...env } })
    expect(stdout).toBe('')
    const { error } = JSON.parse(stderr.slice(stderr.indexOf('{'))) as { error: { code: string; hint: string } }
    expect(error.hint).toMatch(/\S/)
    expect(stderr).not.toContain('s3cret')
    return [error.code, status]
  }

  test('a server that is not as it should be is named, and nothing changes', { timeout: LONG }, async () => {
    await founded()
    const before = await asked('select count(*)::int as n from events', url)
    const gone = url.replace(/host=[^&]*/, 'host=/nonexistent')
    expect(await refused({ LIC_LEDGER: gone })).toEqual(['LEDGER_UNREACHABLE', 9])
    expect(await refused({ LIC_LEDGER: url.replace(/\/ledger\d+/, '/nothing') })).toEqual(['NO_LEDGER', 3])
    expect(await refused({ LIC_LEDGER: server.url })).toEqual(['NO_LEDGER', 3])
    expect(await refused({ LIC_LEDGER: 'postgres://lic:s3cret@127.0.0.1:1/x' })).toEqual(['LEDGER_UNREACHABLE', 9])
    expect(await refused({ LIC_LEDGER: `${url}&sslmode=verify-full` })).toEqual(['LEDGER_UNREACHABLE', 9])
    expect(await refused({ LIC_LEDGER: `${url}&sslmode=maybe` })).toEqual(['INVALID_INPUT', 2])
    expect(await refused({ LIC_LEDGER: `${url}&pool=0` })).toEqual(['INVALID_INPUT', 2])
    expect(await refused({ LIC_LEDGER: 'postgres://[' })).toEqual(['INVALID_INPUT', 2])
    await asked("create database bytes encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0")
    const bytes = server.url.replace('/postgres?', '/bytes?')
    expect(await refused({ LIC_LEDGER: bytes })).toEqual(['LEDGER_UNSUITABLE', 1])
    // What a server before 14 says of itself.
    await asked('create database old')
    const old = server.url.replace('/postgres?', '/old?')
    await asked(
      `create schema old; create function old.current_setting(what text) returns text language sql as
        $$ select case what when 'server_version_num' then '130018' else pg_catalog.current_setting(what) end $$;
      alter database old set search_path = old, pg_catalog`,
      old,
    )
    expect(await refused({ LIC_LEDGER: old })).toEqual(['LEDGER_UNSUITABLE', 1])
    // What a server says whose disk is full, where it first writes and where it goes on.
    for (const table of ['events', 'licenses']) {
      await asked(
        `create or replace function full_disk() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
        create trigger full_disk before insert on ${table} execute function full_disk()`,
        url,
      )
      expect(await refused({})).toEqual(['DISK_FULL', 1])
      await asked(`drop trigger full_disk on ${table}`, url)
    }
    const only = encodeURIComponent('-c default_transaction_read_only=on')
    expect(await refused({ LIC_LEDGER: `${url}&options=${only}` })).toEqual(['LEDGER_READ_ONLY', 1])
    expect(await asked('select count(*)::int as n from events', url)).toEqual(before)
    // Founded once: not over it, nor beside tables of another program.
    const init = ['init', '--name', 'B', '--no-passphrase', '--ledger', url]
    expect(await refused({ LIC_HOME: join(dir, 'other') }, init)).toEqual(['CONFLICT', 5])
    await asked('create database others')
    const others = server.url.replace('/postgres?', '/others?')
    await asked('create table theirs (x int)', others)
    expect(await refused({ LIC_HOME: join(dir, 'other') }, [...init.slice(0, -1), others])).toEqual([
      'LEDGER_DAMAGED',
      8,
    ])
  })

  test('a user without rights reads and does not write; a server that is full of connections is busy', {
    timeout: LONG,
  }, async () => {
    await founded()
    await asked(
      'create role reader login; grant usage on schema public to reader; grant select on all tables in schema public to reader',
      url,
    )
    const reader = url.replace('postgres://lic@', 'postgres://reader@')
    expect((await lic(['list'], { env: { ...there().env, LIC_LEDGER: reader } })).status).toBe(0)
    expect(await refused({ LIC_LEDGER: reader })).toEqual(['LEDGER_READ_ONLY', 1])
    await asked('alter role reader connection limit 0')
    // As the commands do, that wait longer.
    const full = await openLedger({ file: reader, busyTimeout: 300 }).catch((error: unknown) => error)
    expect((full as LicError).code).toBe('LEDGER_BUSY')
  })

  test('over a network the certificate of the server is checked', { timeout: LONG }, async () => {
    const [own, others] = [certificate(dir, 'own'), certificate(dir, 'others')]
    const port = String(await freePort())
    const files = { ssl: 'on', ssl_cert_file: own.cert, ssl_key_file: own.key }
    const tls = await startPostgres({ listen_addresses: '127.0.0.1', port, ...files })
    try {
      const at = `postgres://lic@127.0.0.1:${port}/postgres`
      await asked('create database licenses', at)
      const ledger = `postgres://lic@127.0.0.1:${port}/licenses`
      const checked = `${ledger}?sslmode=verify-full&sslrootcert=${own.cert}`
      await licData(['init', '--name', 'Acme', '--no-passphrase', '--ledger', checked], there())
      expect((await lic(['product', 'list', '--json'], there())).status).toBe(0)
      for (const wrong of [`${ledger}?sslmode=verify-full`, `${ledger}?sslmode=require&sslrootcert=${others.cert}`]) {
        expect(await refused({ LIC_LEDGER: wrong }, ['list'])).toEqual(['LEDGER_UNREACHABLE', 9])
      }
      expect((await lic(['list'], { env: { ...there().env, LIC_LEDGER: `${ledger}?sslmode=no-verify` } })).status).toBe(
        0,
      )
      const missing = `${ledger}?sslmode=verify-full&sslrootcert=${join(dir, 'nothing.pem')}`
      expect(await refused({ LIC_LEDGER: missing }, ['list'])).toEqual(['UNREADABLE', 2])
    } finally {
      await tls.remove()
    }
  })

  test('a server that takes connections and says nothing is not waited for forever', { timeout: LONG }, async () => {
    const silent = createServer(() => undefined)
    const port = await new Promise<number>((resolve) => {
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port))
    })
    try {
      const at = `postgres://lic@127.0.0.1:${port}/x?connect_timeout=1`
      expect(await refused({ LIC_LEDGER: at }, ['list'])).toEqual(['LEDGER_UNREACHABLE', 9])
    } finally {
      silent.close()
    }
  })
})

/** One that vouches for itself, for 127.0.0.1, as the server wants it: its key is the server's user's alone. */
const certificate = (dir: string, name: string): { readonly cert: string; readonly key: string } => {
  // The server's user reads it, and is nobody.
  chmodSync(dir, 0o755)
  const [cert, key] = [join(dir, `${name}.pem`), join(dir, `${name}.key`)]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  execFileSync(
    'openssl',
    ['req', '-x509', '-nodes', '-days', '2', ...curve, ...subject, '-keyout', key, '-out', cert],
    {
      stdio: 'pipe',
    },
  )
  chmodSync(key, 0o600)
  if (process.getuid?.() === 0) chownSync(key, NOBODY, NOBODY)
  return { cert, key }
}

const freePort = async (): Promise<number> => {
  const taken = createServer()
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
  })
  await new Promise((closed) => taken.close(closed))
  return port
}

const linesOf = (file: string): readonly string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1)
  } catch {
    return []
  }
}
