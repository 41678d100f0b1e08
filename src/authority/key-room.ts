/**
 * Where new private keys are put: files below the home, or the memory of a throw-away authority. A key is in its place before
 * the book names it, and is taken away again when that fails, so that no row lacks its key.
 */

import { LicError } from '../core/errors.ts'
import { type AskPassphrase, openKeyFile } from './key-files.ts'
import type { KeyContents } from './key-pem.ts'
import { keyPath } from './key-places.ts'
import type { EmergencySecret } from './secret.ts'
import { removeKeyFile, replaceKeyFile, type Sealing, shellWord, writeKeyFile } from './vault.ts'

export interface KeyRoom {
  /** @throws LicError FILE_EXISTS, UNWRITABLE, DISK_FULL, and as the passphrase is asked for */
  put(name: string, contents: KeyContents): Promise<void>
  take(name: string): Promise<void>
  /** The same signing key with another emergency secret beside it. @throws LicError as a Keychain does, UNWRITABLE, DISK_FULL */
  rehang(name: string, emergency: EmergencySecret): Promise<void>
}

/**
 * @param passphrase of files that are there
 * @param sealing of a new one, asked when it is about to be written
 */
export const fileRoom = (
  home: string,
  passphrase: AskPassphrase,
  sealing: (name: string) => Promise<Sealing>,
  logN: number | undefined,
): KeyRoom => ({
  put: async (name, contents) => {
    const path = keyPath(home, name)
    try {
      await writeKeyFile(path, contents, await sealing(name))
    } catch (error) {
      if (!(error instanceof LicError) || error.code !== 'FILE_EXISTS') throw error
      throw new LicError('FILE_EXISTS', `${path} is there, and the ledger names no such key`, {
        hint: `a command that was interrupted left it; if nothing else did: mv ${shellWord(path)} /path/elsewhere/`,
        cause: error,
      })
    }
  },
  take: async (name) => removeKeyFile(keyPath(home, name)),
  rehang: async (name, emergency) => {
    const path = keyPath(home, name)
    let used: string | undefined
    const { seed } = await openKeyFile(path, async (attempt) => {
      used = await passphrase(name, attempt)
      return used
    })
    await replaceKeyFile(
      path,
      { ...(seed && { seed }), emergency },
      { ...(used !== undefined && { passphrase: used }), ...(logN !== undefined && { logN }) },
    )
  },
})
