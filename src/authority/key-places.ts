/** Where the private half of a key is, for a list: looked at from outside, never opened. */

import { isAbsolute, join } from 'node:path'
import { LicError } from '../core/errors.ts'
import { isEncrypted } from './vault.ts'

/**
 * `locked` needs a passphrase, `unlocked` does not; `exposed` others can read, so it is never used; `absent` is moved
 * away or lost; `unreadable` is there and cannot be looked into.
 */
export type KeyPlace = 'locked' | 'unlocked' | 'exposed' | 'absent' | 'unreadable'

/** The path of a key file that the ledger names. */
export const keyPath = (home: string, file: string): string => (isAbsolute(file) ? file : join(home, file))

export const keyPlace = (home: string, file: string): KeyPlace => {
  try {
    return isEncrypted(keyPath(home, file)) ? 'locked' : 'unlocked'
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    if (error.code === 'NOT_FOUND') return 'absent'
    return error.code === 'KEY_FILE_EXPOSED' ? 'exposed' : 'unreadable'
  }
}
