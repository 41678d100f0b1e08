/** The machine: versions, clock, file system, room, and secrets where other programs can read them. */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteVersion } from '../../ledger/health.ts'
import { BEHIND } from '../authority.ts'
import { existing, FILE_SYSTEMS } from '../file-systems.ts'
import { ledgerFile } from '../ledger-place.ts'
import { formatTime } from '../term.ts'
import { shellWord } from '../vault.ts'
import { type Check, counted, fail, type Machine, ok, warn } from './check.ts'

/** Set together with `engines` of package.json. */
const OLDEST_NODE = [20, 19] as const
/** What the statements of the ledger need: `returning`, and `update ... from`. */
const OLDEST_SQLITE = [3, 35] as const

const atLeast = (version: string, [major, minor]: readonly [number, number]): boolean => {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a > major || (a === major && b >= minor)
}

export const programVersion = ({ program }: Machine): Check => ok('lic', `lic ${program}`)

export const nodeVersion = ({ node }: Machine): Check =>
  atLeast(node, OLDEST_NODE)
    ? ok('node', `Node ${node}`)
    : fail('node', `Node ${node} is too old`, `install Node ${OLDEST_NODE.join('.')} or later`)

export const sqlite = async (): Promise<Check> => {
  try {
    const version = await sqliteVersion()
    return atLeast(version, OLDEST_SQLITE)
      ? ok('sqlite', `SQLite ${version}`)
      : fail('sqlite', `SQLite ${version} is too old`, 'npm install better-sqlite3@latest')
  } catch {
    return fail('sqlite', 'the SQLite driver does not load', 'npm rebuild better-sqlite3')
  }
}

/** Before this program was written, and so late that no term could be added to it any more. */
const FIRST_YEAR = Date.UTC(2025, 0, 1) / 1000
const LAST_YEAR = Date.UTC(2100, 0, 1) / 1000
const SET_CLOCK = 'sudo date -u -s "YYYY-MM-DD hh:mm"'

/** The clock against what has been written before: the files of the home, and common sense. */
export const clock = ({ now, home }: Machine): Check => {
  const says = `the clock says ${formatTime(now)}`
  if (now < FIRST_YEAR || now > LAST_YEAR) return fail('clock', `${says}, which cannot be`, SET_CLOCK)
  const newest = newestFile(home)
  if (newest !== undefined && newest.at > now + BEHIND) {
    return warn('clock', `${says}, but ${newest.path} was written at ${formatTime(newest.at)}`, SET_CLOCK)
  }
  return ok('clock', says)
}

const newestFile = (home: string): { readonly path: string; readonly at: number } | undefined => {
  const keys = join(home, 'keys')
  const paths = [ledgerFile(home), ...(existsSync(keys) ? namesIn(keys).map((name) => join(keys, name)) : [])]
  return paths
    .filter((path) => existsSync(path))
    .map((path) => ({ path, at: Math.floor(statSync(path).mtimeMs / 1000) }))
    .sort((a, b) => b.at - a.at)[0]
}

const namesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

export const fileSystem = ({ home, platform, fileSystem: look }: Machine): Check => {
  if (platform !== 'linux') return ok('file system', 'kinds are told apart on Linux only')
  const { type } = look(existing(home))
  const known = FILE_SYSTEMS[type >>> 0]
  if (known === undefined) return ok('file system', `a local one (type 0x${(type >>> 0).toString(16)})`)
  const { name, status, why } = known
  const make = status === 'fail' ? fail : warn
  return make('file system', `${home} lies on ${name}: ${why}`, `mv ${shellWord(home)} /path/on/a/local/disk`)
}

const MIB = 2 ** 20
/** Below this a migration, which copies the ledger first, or a long batch may not end. */
const ROOM = 1024 * MIB
const LEAST_ROOM = 50 * MIB

export const diskSpace = ({ home, fileSystem: look }: Machine): Check => {
  const { bsize, bavail } = look(existing(home))
  const free = bsize * bavail
  const file = ledgerFile(home)
  const size = existsSync(file) ? statSync(file).size : 0
  const found = `${Math.floor(free / MIB)} MiB free, the ledger has ${Math.ceil(size / MIB)} MiB`
  const fix = `free some room; see what takes it: du -xh ${shellWord(home)} | sort -h | tail`
  if (free < LEAST_ROOM) return fail('disk space', found, fix)
  return free < Math.max(ROOM, 2 * size) ? warn('disk space', found, fix) : ok('disk space', found)
}

/** A passphrase in a variable is inherited by every program that this shell starts; the name of a file is not one. */
const SECRET = /^LIC_.*(PASSPHRASE|PASSWORD|SECRET|PRIVATE_?KEY|SEED)(?!.*_(FILE|FD)$)/

export const environment = ({ env }: Machine): Check => {
  const leaked = Object.keys(env).filter((name) => SECRET.test(name) && env[name])
  if (leaked.length === 0) return ok('environment', 'no secret in a variable')
  return warn(
    'environment',
    `${leaked.join(', ')}: every program started from here can read it, and lic does not`,
    `unset ${leaked.join(' ')}`,
  )
}

export const leftovers = ({ home }: Machine): Check => {
  const left = namesIn(home).filter((name) => /^\.(init|restore|backup)-/.test(name))
  if (left.length === 0) return ok('leftovers', 'nothing is left of an init, backup or restore that was interrupted')
  const found = `${counted(left.length, 'folder')} of an init, backup or restore that was interrupted, with private keys or a ledger`
  const orphan = left.map((name) => join(home, name, 'ledger.db')).find((file) => existsSync(file))
  // Both moves of init but the last were made: what lies here is the ledger of the keys in the home.
  if (orphan !== undefined && existsSync(join(home, 'keys')) && !existsSync(ledgerFile(home))) {
    return fail('leftovers', found, `mv ${shellWord(orphan)} ${shellWord(ledgerFile(home))}`)
  }
  return warn('leftovers', found, `rm -r ${left.map((name) => shellWord(join(home, name))).join(' ')}`)
}
