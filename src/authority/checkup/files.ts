/** Who may touch the files of the home, and how old the newest copy of the ledger is. */

import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ledgerFile } from '../ledger-place.ts'
import { formatTime, spanText } from '../term.ts'
import { shellWord } from '../vault.ts'
import { type Check, counted, fail, type Machine, ok, warn } from './check.ts'

/** Everything that is private: the home, and what lies in it and in its two folders. */
const privateFiles = (home: string): readonly string[] =>
  [home, join(home, 'keys'), join(home, 'backups')].filter(existsSync).flatMap((directory) => [
    directory,
    ...readdirSync(directory)
      .filter((name) => directory !== home || name.startsWith('ledger.db'))
      .map((name) => join(directory, name)),
  ])

export const modes = ({ home, platform }: Machine): Check => {
  if (platform === 'win32') return ok('modes', 'Windows keeps rights in another way; they are not looked at')
  if (!existsSync(home)) return ok('modes', 'there is no home yet')
  let open: readonly { readonly path: string; readonly mode: number }[]
  try {
    open = [...new Set(privateFiles(home))]
      .map((path) => ({ path, mode: lstatSync(path).isSymbolicLink() ? 0 : statSync(path).mode & 0o777 }))
      .filter(({ mode }) => (mode & 0o077) !== 0)
  } catch {
    return fail('modes', `${home} cannot be looked into`, `sudo chown -R "$(id -u)" ${shellWord(home)}`)
  }
  const [first] = open
  if (first === undefined) return ok('modes', 'home, keys and ledger are open to their owner alone')
  const found = `others have rights to ${counted(open.length, 'file or folder').replace(/folders$/, 'folders')}: ${open
    .map(({ path, mode }) => `${path} (0${mode.toString(8)})`)
    .slice(0, 5)
    .join(', ')}`
  const exposed = open.some(({ path, mode }) => path.endsWith('.key') || (mode & 0o022) !== 0)
  return (exposed ? fail : warn)('modes', found, `chmod -R go= ${shellWord(home)}`)
}

/** A copy older than this is worth a word once something was recorded after it. */
const STALE = 7 * 86_400

/** @param newest time of the newest event; null when it is not known */
export const backups = ({ home, now, env }: Machine, newest: number | null): Check => {
  const directory = join(home, 'backups')
  const copies = existsSync(directory)
    ? readdirSync(directory).map((name) => ({ name, at: Math.floor(statSync(join(directory, name)).mtimeMs / 1000) }))
    : []
  const last = copies.sort((a, b) => b.at - a.at)[0]
  const fix = copyCommand(home, now, env)
  if (last === undefined) return warn('backup', `no copy of the ledger lies in ${directory}`, fix)
  const age = last.at > now ? 'just made' : `${spanText(last.at, now)} old`
  const found = `the newest of ${counted(copies.length, 'copy').replace(/ys$/, 'ies')} is ${last.name}, ${age}`
  if (now - last.at <= STALE || (newest !== null && newest <= last.at)) return ok('backup', found)
  const since = newest === null ? '' : `; the ledger has an entry of ${formatTime(newest)}`
  return warn('backup', `${found}${since}`, fix)
}

/** SQLite's own online backup where its shell is installed; else all files of the ledger together, while nobody writes. */
const copyCommand = (home: string, now: number, env: Machine['env']): string => {
  const [ledger, directory] = [ledgerFile(home), join(home, 'backups')]
  const target = join(directory, `ledger-${formatTime(now).slice(0, 10)}.db`)
  const prepare = `umask 077; mkdir -p ${shellWord(directory)}`
  const shell = (env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, 'sqlite3')))
  return shell
    ? `${prepare}; sqlite3 ${shellWord(ledger)} ".backup ${target}"`
    : `${prepare}; cp -p ${shellWord(ledger)}* ${shellWord(directory)}/ (while no lic command runs)`
}
