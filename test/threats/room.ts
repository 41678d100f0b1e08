/** A home that main() is run against in this process: fast enough for thousands of hostile words. */

import { createHash } from 'node:crypto'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { seeded, worldIo } from '../harness/world.ts'
import { everything } from '../ledger/book.ts'

export const START = Date.parse('2026-06-01T00:00:00Z') / 1000

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

export interface How {
  readonly stdin?: Uint8Array
  /** Everything is a terminal, and a person answers so. */
  readonly answers?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Unix seconds. */
  readonly now?: number
  readonly busyTimeout?: number
}

export interface Room {
  readonly dir: string
  readonly home: string
  readonly ledger: string
  run(argv: readonly string[], how?: How): Promise<Ran>
  /** Must succeed. @returns `data` of its JSON */
  data<T>(argv: readonly string[], how?: How): Promise<T>
  /** Must fail with this code and status, a hint, and nothing on stdout. @returns the error as JSON */
  refused(code: string, status: number, argv: readonly string[], how?: How): Promise<Refusal>
  /** Every file below the room by its hash, and every row of the ledger. */
  state(): Promise<unknown>
  remove(): void
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly data?: Readonly<Record<string, unknown>>
}

interface Furnished {
  /** What the room's clock says unless told otherwise. */
  readonly clock?: number
  /** False: an empty directory. */
  readonly founded?: boolean
  /** Of every command. */
  readonly env?: Readonly<Record<string, string>>
}

export const room = async ({ clock = START, founded = true, env: all = {} }: Furnished = {}): Promise<Room> => {
  const dir = mkdtempSync(join(tmpdir(), 'lic-room-'))
  const home = join(dir, 'home')
  const random = seeded(dir)
  const run: Room['run'] = async (argv, how = {}) => {
    const { env, answers, stdin, busyTimeout, now = clock } = how
    const played = worldIo({
      cwd: dir,
      env: { LIC_HOME: home, LIC_ACTOR: 'tester', ...all, ...env },
      now,
      random,
      ...(stdin && { stdin }),
      ...(answers && { answers: [...answers] }),
    })
    const io = { ...played.io, ...(busyTimeout !== undefined && { busyTimeout }) }
    const status = await main(argv, io)
    return { status, out: played.stdout.text, err: played.stderr.text }
  }
  const data: Room['data'] = async (argv, how) => {
    const { status, out, err } = await run([...argv, '--json'], how)
    if (status !== 0) throw new Error(`lic ${argv.join(' ').slice(0, 500)}: exit ${status}\n${err.slice(0, 2000)}`)
    return JSON.parse(out).data
  }
  const refused: Room['refused'] = async (code, status, argv, how) => {
    const ran = await run([...argv, '--json'], how)
    const said = ran.err === '' ? undefined : JSON.parse(ran.err.split('\n')[0] ?? '').error
    expect({ code: said?.code, status: ran.status, out: ran.out }).toEqual({ code, status, out: '' })
    expect(said.hint).toMatch(/\S/)
    return said
  }
  const state = async (): Promise<unknown> => {
    const ledger = await openLedger({ file: join(home, 'ledger.db') }).catch(() => undefined)
    const rows = Object.entries(ledger ? await everything(ledger) : {})
    await ledger?.close()
    return { files: filesBelow(dir), rows: Object.fromEntries(rows.map(([name, all]) => [name, digestOf(all)])) }
  }
  if (founded) {
    await data(['init', '--name', 'Acme', '--no-passphrase'])
    await data(['product', 'add', 'editor', '--name', 'Editor', '--prefix', 'EDIT'])
    await data(['customer', 'add', '--id', 'acme', '--name', 'Acme Ltd', '--email', 'it@acme.example'])
  }
  const remove = (): void => rmSync(dir, { recursive: true, force: true })
  return { dir, home, ledger: join(home, 'ledger.db'), run, data, refused, state, remove }
}

/** Short enough to read in a difference. */
const digestOf = (rows: readonly unknown[]): string =>
  `${rows.length} rows ${createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16)}`

/** Content and mode by path; the ledger's own files come and go, its rows are compared instead. */
export const filesBelow = (dir: string): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const path = join(dir, entry)
    const stat = lstatSync(path)
    if (/ledger\.db/.test(path)) continue
    const content = stat.isSymbolicLink() ? readlinkSync(path) : stat.isFile() ? readFileSync(path) : ''
    found[relative(dir, path)] = `${stat.mode.toString(8)} ${createHash('sha256').update(content).digest('hex')}`
  }
  return found
}

/** What `lic issue` answers, as far as these tests ask. */
export interface Handed {
  readonly key: string
  readonly id: string
  readonly license: string
  readonly code: string
}

/** The codes that lic colours with. A payload uses others, so that it cannot pass for one of them. */
const OWN_COLOURS = new RegExp(`${String.fromCharCode(27)}\\[(?:1|2|22|31|32|33|36|39)m`, 'g')

/** What a terminal would obey or not show: controls, direction marks, invisible characters. Null when there is none. */
export const hiddenIn = (output: string): string | null =>
  /[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u{e0000}-\u{e0fff}]/u.exec(output.replace(OWN_COLOURS, ''))?.[0] ?? null
