/**
 * Copies of the ledger while others may be writing to it (SQLite's online backup). Invariant: a copy is readable by its
 * owner alone from its first byte, and never written over another copy.
 */

import { chmodSync, closeSync, mkdirSync, openSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ledgerFault } from './faults.ts'
import { isUrl } from './place.ts'

export interface Copyable {
  backup(file: string): Promise<unknown>
}

/**
 * Copies the ledger at `file` into `backups/` beside it before it leaves `version`.
 * @returns the copy's path.
 */
export const backUpBefore = async (sqlite: Copyable, file: string, version: number): Promise<string> => {
  try {
    const directory = join(dirname(file), 'backups')
    if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(directory, 0o700)
    const copy = reserveName(join(directory, `${basename(file)}.v${version}`))
    await sqlite.backup(copy)
    return copy
  } catch (error) {
    throw ledgerFault(error)
  }
}

/** Takes the first free name: two processes that migrate at once make two copies. */
const reserveName = (stem: string): string => {
  for (let n = 1; ; n++) {
    const name = n === 1 ? stem : `${stem}.${n}`
    try {
      closeSync(openSync(name, 'wx', 0o600))
      return name
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

/** Paths of the copies in `backups/` beside the ledger, by name; none of one on a server, whose copies are its own. */
export const copiesOf = (file: string): readonly string[] => {
  if (isUrl(file)) return []
  const directory = join(dirname(file), 'backups')
  try {
    const names = readdirSync(directory).filter((name) => name.startsWith(basename(file)))
    return names.sort().map((name) => join(directory, name))
  } catch {
    // No such directory: no copies.
    return []
  }
}
