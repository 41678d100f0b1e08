/** Who may touch the files of the home, how old the newest copy of the ledger is, and whether one was ever restored. */

import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BackupTimes } from '../../ledger/backups.ts'
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
/** A copy that was restored longer ago than this says little of those that are made now. */
const UNTRIED = 90 * 86_400

/**
 * @param newest time of the newest event; null when it is not known
 * @param recorded what the ledger knows of its copies; null when it cannot be asked
 */
export const backups = (
  { home, now }: Machine,
  newest: number | null,
  recorded: BackupTimes | null,
): readonly Check[] => {
  const directory = join(home, 'backups')
  const copies = existsSync(directory)
    ? readdirSync(directory).map((name) => ({ name, at: Math.floor(statSync(join(directory, name)).mtimeMs / 1000) }))
    : []
  const last = copies.sort((a, b) => b.at - a.at)[0]
  const fix = `lic ledger backup ${shellWord(join(directory, `ledger-${formatTime(now).slice(0, 10)}.tar`))} --with-keys --verify`
  const made = recorded?.made ?? null
  if (last === undefined && made === null) {
    return [warn('backup', `no copy was made of the ledger, and none lies in ${directory}`, fix)]
  }
  const at = Math.max(last?.at ?? 0, made ?? 0)
  const age = at > now ? 'just made' : `${spanText(at, now)} old`
  const found =
    made !== null && made >= (last?.at ?? 0)
      ? `the newest that lic ledger backup made is ${age}`
      : `the newest of ${counted(copies.length, 'copy').replace(/ys$/, 'ies')} is ${last?.name}, ${age}`
  const since = newest === null ? '' : `; the ledger has an entry of ${formatTime(newest)}`
  const isFresh = now - at <= STALE || (newest !== null && newest <= at)
  return [isFresh ? ok('backup', found) : warn('backup', `${found}${since}`, fix), ...tried(now, recorded, fix)]
}

const tried = (now: number, recorded: BackupTimes | null, fix: string): readonly Check[] => {
  const name = 'restored backup'
  if (recorded === null) return []
  const { verified } = recorded
  if (verified === null) return [warn(name, 'no copy was ever restored, so nobody knows whether one can be', fix)]
  const found = `a copy was restored and looked through ${verified >= now ? 'just now' : `${spanText(verified, now)} ago`}`
  return [now - verified <= UNTRIED ? ok(name, found) : warn(name, found, fix)]
}
