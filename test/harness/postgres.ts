/**
 * A PostgreSQL server for tests: of the machine's own binaries, in a directory that goes with it, on a socket there, owned
 * by nobody when root runs the tests (the server refuses root). Durable as in production, so that it can be killed.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NOBODY = 65_534
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
  kill(): void
  /** Resolves when it answers again. */
  start(): void
  remove(): void
}

/** @throws Error when there are no binaries, or the server does not start */
export const startPostgres = (settings: Readonly<Record<string, string>> = {}): Server => {
  const bin = postgresBinaries()
  if (bin === undefined) throw new Error('no PostgreSQL server is installed: apt-get install postgresql')
  const root = process.getuid?.() === 0
  const who = root ? { uid: NOBODY, gid: NOBODY } : {}
  const dir = mkdtempSync(join(tmpdir(), 'lic-pg-'))
  if (root) chownSync(dir, NOBODY, NOBODY)
  const data = join(dir, 'data')
  const run = (program: string, ...args: string[]): void => {
    execFileSync(join(bin, program), args, { ...who, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const all = { unix_socket_directories: dir, listen_addresses: '', max_connections: '100', ...settings }
  const options = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`)
  const start = (): void => run('pg_ctl', '-D', data, '-l', join(dir, 'log'), '-o', options.join(' '), '-w', 'start')
  const stop = (mode: 'immediate' | 'fast'): void => run('pg_ctl', '-D', data, '-m', mode, '-w', 'stop')
  run('initdb', '-D', data, '-U', 'lic', '--auth=trust', '-E', 'UTF8', '--locale=C')
  start()
  return {
    url: `postgres://lic@/postgres?host=${dir}`,
    start,
    kill: () => {
      const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
      process.kill(Number(pid), 'SIGKILL')
      // Its children end when they see that it is gone; a new server waits for that.
      stop('immediate')
    },
    remove: () => {
      stop('immediate')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
