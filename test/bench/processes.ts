/**
 * Issuing one by one from several processes at once, on both engines, against a client that does the least a ledger can: one
 * row in a transaction of its own, on the same disk or server, from as many processes. Each run is measured right after
 * its limit.
 */

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import pg from 'pg'
import { postgresBinaries, startPostgres } from '../harness/postgres.ts'
import { atLeast, type Row } from './row.ts'

const PROCESSES = [1, 4, 16]
const EACH = 400
const RAW_EACH = 1200
const RAW_TABLE = 'create table raw (at bigint, what text)'

/** Says `ready`, waits for a line, works, says how many it has done. */
const worker = (setUp: string, once: string): string => `
  const [place, count, dist] = process.argv.slice(2)
  ${setUp}
  console.log('ready')
  process.stdin.once('data', async () => {
    for (let i = 0; i < Number(count); i++) { ${once} }
    console.log('done')
    process.exit(0)
  })`

const ISSUER = worker(
  `
  const { openAuthority } = await import(dist + '/authority/open.js')
  const { issue } = await import(dist + '/authority/issue.js')
  const { randomBytes } = await import('node:crypto')
  const authority = await openAuthority(place, {
    now: () => Math.floor(Date.now() / 1000), random: (n) => new Uint8Array(randomBytes(n)),
    actor: 'bench', brand: null, passphrase: async () => undefined, ledgerOptions: { busyTimeout: 120000 },
  })`,
  `await issue(authority, { customer: 'acme', lines: [{ product: 'editor', tier: 'basic' }], expires: '1y', emergency: false })`,
)

const RAW_SQLITE = worker(
  `
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(place, { timeout: 120000 })
  db.pragma('synchronous = FULL')
  const insert = db.prepare('insert into raw (at, what) values (?, ?)')
  const one = db.transaction((i) => insert.run(i, 'a row')).immediate`,
  'one(i)',
)

const RAW_POSTGRES = worker(
  `
  const { default: pg } = await import('pg')
  const client = new pg.Client(place)
  await client.connect()`,
  `await client.query({ name: 'one', text: 'insert into raw (at, what) values ($1, $2)', values: [i, 'a row'] })`,
)

/** Rows a second of so many processes, from the word to begin until the last is done. */
const throughput = async (
  script: string,
  processes: number,
  args: readonly string[],
  each: number,
): Promise<number> => {
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  const told = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]())
  const all = async (): Promise<void> => {
    for (const { done } of await Promise.all(told.map((lines) => lines.next()))) {
      if (done) throw new Error('a process of the benchmark ended early')
    }
  }
  await all()
  const began = performance.now()
  for (const child of children) child.stdin.write('go\n')
  await all()
  return (processes * each) / ((performance.now() - began) / 1000)
}

/** An authority at `home`, in a file there or on a server. */
const founded = (root: string, home: string, ledger?: string): void => {
  for (const words of [
    ['init', '--name', 'Bench', '--no-passphrase', ...(ledger === undefined ? [] : ['--ledger', ledger])],
    ['product', 'add', 'editor', '--name', 'Editor'],
    ['customer', 'add', '--id', 'acme', '--name', 'Acme Ltd'],
  ]) {
    execFileSync(process.execPath, [join(root, 'bin/lic.js'), ...words, '--home', home], { stdio: 'pipe' })
  }
}

interface Engine {
  readonly name: string
  /** Where the raw client writes. */
  readonly raw: string
  readonly client: string
  readonly home: string
}

const rowsOf = async ({ name, raw, client, home }: Engine, issuer: string, dist: string): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (const processes of PROCESSES) {
    const limit = await throughput(client, processes, [raw, String(RAW_EACH), dist], RAW_EACH)
    const measured = await throughput(issuer, processes, [home, String(EACH), dist], EACH)
    rows.push(
      atLeast(
        {
          what: `issue one by one, ${name}, ${processes} ${processes === 1 ? 'process' : 'processes'}`,
          measured: `${measured.toFixed(0)}/s`,
          limit: `${limit.toFixed(0)}/s, a row each`,
          ratio: measured / limit,
        },
        // Shown, and not held against anything: a signature and a dozen rows stand beside one row.
        0,
      ),
    )
  }
  return rows
}

/** PostgreSQL is left out where it is not installed. */
export const processRows = async (root: string): Promise<readonly Row[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-bench-'))
  const dist = join(root, 'dist')
  const script = (name: string, text: string): string => {
    // Beside the packages that it imports.
    const path = join(dist, 'bench', `${process.pid}-${name}.mjs`)
    writeFileSync(path, text)
    return path
  }
  const scripts = [script('issuer', ISSUER), script('sqlite', RAW_SQLITE), script('postgres', RAW_POSTGRES)] as const
  const [issuer, sqlite, postgres] = scripts
  const server = postgresBinaries() === undefined ? undefined : await startPostgres()
  try {
    const file = join(dir, 'raw.db')
    const db = new Database(file)
    db.pragma('journal_mode = WAL')
    db.exec(RAW_TABLE)
    db.close()
    founded(root, join(dir, 'file'))
    const rows = [
      ...(await rowsOf({ name: 'SQLite', raw: file, client: sqlite, home: join(dir, 'file') }, issuer, dist)),
    ]
    if (server !== undefined) {
      const admin = new pg.Client(server.url)
      await admin.connect()
      await admin.query('create database raw')
      await admin.query('create database ledger')
      await admin.end()
      const [raw, ledger] = ['raw', 'ledger'].map((name) => server.url.replace('/postgres?', `/${name}?`)) as [
        string,
        string,
      ]
      const client = new pg.Client(raw)
      await client.connect()
      await client.query(RAW_TABLE)
      await client.end()
      founded(root, join(dir, 'server'), ledger)
      rows.push(
        ...(await rowsOf({ name: 'PostgreSQL', raw, client: postgres, home: join(dir, 'server') }, issuer, dist)),
      )
    }
    return rows
  } finally {
    await server?.remove()
    for (const path of scripts) rmSync(path, { force: true })
    rmSync(dir, { recursive: true, force: true })
  }
}
