/**
 * Copies of the ledger while others may be writing to it (SQLite's online backup). Invariant: a copy is readable by its
 * owner alone from its first byte, and never written over another copy.
 */

import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ledgerFault } from './faults.ts'
import { isUrl } from './place.ts'
import type { Reader } from './schema.ts'

export interface Copyable {
  backup(
    file: string,
    options?: { progress: (left: { totalPages: number; remainingPages: number }) => number },
  ): Promise<unknown>
}

/** Pages between two looks at whoever waits: 8 MiB. */
const PAGES = 1024

/** Copies the state of this moment into a new file. @throws LicError DISK_FULL, UNWRITABLE, FILE_EXISTS */
export const copyWhole = async (
  db: Reader,
  sqlite: Copyable,
  file: string,
  onPages: (count: number) => Promise<void> = async () => {},
): Promise<void> => {
  try {
    closeSync(openSync(file, 'wx', 0o600))
    await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (tx) => {
        // A read begins the transaction; while it is open what others commit does not restart the copying.
        await tx.selectFrom('meta').select('name').limit(1).execute()
        let copied = 0
        let failed: unknown
        await sqlite.backup(file, {
          progress: ({ totalPages, remainingPages }) => {
            const now = totalPages - remainingPages
            onPages(now - copied).catch((error: unknown) => {
              failed = error
            })
            copied = now
            if (failed !== undefined) throw failed
            return PAGES
          },
        })
        if (failed !== undefined) throw failed
      })
  } catch (error) {
    throw ledgerFault(error)
  }
}

/**
 * Copies the ledger at `file` into `backups/` beside it before it leaves `version`.
 * @returns the copy's path.
 */
export const backUpBefore = async (sqlite: Copyable, file: string, version: number): Promise<string> => {
  try {
    const copy = reserveName(join(backupsBeside(file), `${basename(file)}.v${version}`))
    await sqlite.backup(copy)
    return copy
  } catch (error) {
    throw ledgerFault(error)
  }
}

/** Copies an open ledger into `backups/` before something is done to it. @returns the copy's path */
export const copyBefore = async (
  ledger: { copyTo(file: string): Promise<void> },
  file: string,
  what: string,
): Promise<string> => {
  try {
    const copy = reserveName(join(backupsBeside(file), `${basename(file)}.${what}`))
    // The name is held until the copy takes it.
    unlinkSync(copy)
    await ledger.copyTo(copy)
    return copy
  } catch (error) {
    throw ledgerFault(error)
  }
}

/** The directory of copies beside a ledger, made where it is not there. */
export const backupsBeside = (file: string): string => {
  const directory = join(dirname(file), 'backups')
  if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(directory, 0o700)
  return directory
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
