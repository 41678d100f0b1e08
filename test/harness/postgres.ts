/**
 * A PostgreSQL server for tests: of the machine's own binaries, in a directory that goes with it, on a socket there, owned
 * by nobody when root runs the tests (the server refuses root). Durable as in production, so that it can be killed.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Who runs the server when root runs the tests. */
export const NOBODY = 65_534
const HOMES = '/usr/lib/postgresql'

/** The directory of the newest installed binaries, or undefined. */
export const postgresBinaries = (): string | undefined => {
  const versions = existsSync(HOMES) ? readdirSync(HOMES).sort((a, b) => Number(b) - Number(a)) : []
  const here = versions.map((version) => join(HOMES, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')))
  if (here !== undefined) return here
  const { stdout, status } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' })
  const bin = status === 0 ? stdout.trim() : ''
  return existsSync(join(bin, 'initdb')) ? bin : undefined
}

export interface Server {
  /** Of a database; every test takes a schema of its own in it. */
  readonly url: string
  /** As a power cut would. */
  kill(): Promise<void>
  /** Resolves when it answers again. */
  start(): Promise<void>
  remove(): Promise<void>
}

/** Milliseconds between two knocks, and how often: it recovers before it answers. */
const KNOCK = 50
const KNOCKS = 1200

/** @throws Error when there are no binaries, or the server does not start */
export const startPostgres = async (settings: Readonly<Record<string, string>> = {}): Promise<Server> => {
  const bin = postgresBinaries()
  if (bin === undefined) throw new Error('no PostgreSQL server is installed: apt-get install postgresql')
  const root = process.getuid?.() === 0
  const who = root ? { uid: NOBODY, gid: NOBODY } : {}
  const dir = mkdtempSync(join(tmpdir(), 'lic-pg-'))
  if (root) chownSync(dir, NOBODY, NOBODY)
  const data = join(dir, 'data')
  const all = { unix_socket_directories: dir, listen_addresses: '', max_connections: '100', port: '5432', ...settings }
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  let server: ChildProcess | undefined
  // A child of this process, so that it is known when it is really gone.
  const start = async (): Promise<void> => {
    const log = openSync(join(dir, 'log'), 'a')
    server = spawn(join(bin, 'postgres'), ['-D', data, ...options], { ...who, cwd: dir, stdio: ['ignore', log, log] })
    closeSync(log)
    for (let i = 0; i < KNOCKS; i++) {
      if (spawnSync(join(bin, 'pg_isready'), ['-q', '-h', dir, '-p', all.port]).status === 0) return
      if (server.exitCode !== null) break
      await new Promise((wake) => setTimeout(wake, KNOCK))
    }
    throw new Error(`the PostgreSQL server in ${dir} does not start`)
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null) return
    const children = childrenOf(child.pid ?? 0)
    const gone = once(child, 'exit')
    child.kill(signal)
    // Its children first would let it begin to recover; a new server waits until none of them is left.
    if (signal === 'SIGKILL') for (const each of children) killed(each)
    await gone
  }
  const initdb = ['-D', data, '-U', 'lic', '--auth=trust', '-E', 'UTF8', '--locale=C']
  execFileSync(join(bin, 'initdb'), initdb, { ...who, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
  await start()
  return {
    url: `postgres://lic@/postgres?host=${dir}${settings.port === undefined ? '' : `&port=${settings.port}`}`,
    start,
    kill: () => end('SIGKILL'),
    remove: async () => {
      // Quits at once, which is all that what is removed needs.
      await end('SIGQUIT')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const childrenOf = (pid: number): readonly number[] => {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .map(Number)
    .filter((each) => each > 0)
}

const killed = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone by itself.
  }
}
