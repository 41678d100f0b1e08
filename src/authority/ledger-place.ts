/** Where the ledger of a home lies: in its one file, or on the server that a small file beside the keys names. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LicError } from '../core/errors.ts'

/** The ledger of a home that has it in a file. */
export const ledgerFile = (home: string): string => join(home, 'ledger.db')

/** Holds the URL of a ledger on a server. It may hold a password, so it is its owner's alone. */
export const urlFile = (home: string): string => join(home, 'ledger.url')

/** @param named what LIC_LEDGER says: a URL or a path, before all else. @throws LicError UNREADABLE */
export const ledgerPlace = (home: string, named?: string | undefined): string => {
  if (named) return named
  try {
    return readFileSync(urlFile(home), 'utf8').trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ENOTDIR') {
      return ledgerFile(home)
    }
    throw new LicError('UNREADABLE', `${urlFile(home)}: it cannot be read`, { cause })
  }
}
