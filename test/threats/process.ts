/** The real program as a child process, without a shell: what only the process shows (kills, locks, limits, streams). */

import { type SpawnOptions, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = new URL('../../', import.meta.url).pathname
/** Needs the bundle: `npm run build`, which `npm test` runs first. */
export const BIN = `${ROOT}bin/lic.js`

/** The full numbers of the design, or those that fit into every run. */
export const SLOW = process.env.SLOW === '1'

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Launch extends Pick<SpawnOptions, 'uid' | 'gid'> {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
  /** A program and its words in front of node: `faketime`, `unshare`, `script`. */
  readonly under?: readonly string[]
}

/** Nothing of this machine's own configuration reaches the child. */
export const environment = (env: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  LIC_ACTOR: 'tester',
  ...env,
})

/** Starts `lic` with these words; `kill` it, or wait for `ended`. */
export const start = (argv: readonly string[], launch: Launch = {}) => {
  const { cwd, env, input, under = [], ...more } = launch
  const [program = '', ...words] = [...under, process.execPath, BIN, ...argv]
  const child = spawn(program, words, { ...more, cwd, env: environment(env), stdio: 'pipe' })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  // A child that has been killed, or never reads, leaves the pipe broken: that is no failure of the test.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) =>
      resolve({ status, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    )
  })
  return { child, ended }
}

export const lic = (argv: readonly string[], launch: Launch = {}): Promise<Ended> => start(argv, launch).ended

/** The same, which must end well. @returns `data` of its JSON */
export const licData = async <T>(argv: readonly string[], launch: Launch = {}): Promise<T> => {
  const ended = await lic([...argv, '--json'], launch)
  if (ended.status !== 0) throw new Error(`lic ${argv.join(' ')}: exit ${ended.status}\n${ended.stderr}`)
  return (JSON.parse(ended.stdout) as { data: T }).data
}

export interface Home {
  readonly dir: string
  readonly home: string
  readonly env: { readonly LIC_HOME: string }
  remove(): void
}

/** A directory with an authority in it: one product `editor`, one customer `acme`, keys without passphrase. */
export const makeHome = async (launch: Launch = {}): Promise<Home> => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-threat-'))
  const home = join(dir, 'home')
  const env = { LIC_HOME: home }
  const there = { ...launch, env: { ...launch.env, ...env } }
  await licData(['init', '--name', 'Acme', '--no-passphrase'], there)
  await licData(['product', 'add', 'editor', '--name', 'Editor', '--prefix', 'EDIT'], there)
  await licData(['customer', 'add', '--id', 'acme', '--name', 'Acme Ltd', '--email', 'it@acme.example'], there)
  return { dir, home, env, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** The words of an ordinary issue. */
export const ISSUE = [
  'issue',
  '--customer',
  'acme',
  '--product',
  'editor',
  '--tier',
  'basic',
  '--expires',
  '1y',
] as const
