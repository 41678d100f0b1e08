/** The keychain that is a directory: key files below the home of an authority, opened when a verb needs them. */

import { LicError } from '../core/errors.ts'
import type { Keychain } from './authority.ts'
import type { KeyContents } from './key-pem.ts'
import { keyPath } from './key-places.ts'
import { fileSigner } from './signer.ts'
import { readKeyFile } from './vault.ts'

/**
 * The passphrase of an encrypted key file, by its name in the ledger. `attempt` counts from 1 and rises while the answers
 * are wrong; undefined = there is none, or no other.
 */
export type AskPassphrase = (name: string, attempt: number) => Promise<string | undefined>

/** @param passphrase asked for an encrypted file only */
export const keyFiles = (home: string, passphrase: AskPassphrase): Keychain => ({
  open: async (name) => {
    const { seed, emergency } = await openKeyFile(keyPath(home, name), (attempt) => passphrase(name, attempt))
    return {
      signer: seed && fileSigner(seed),
      emergency: emergency && { epoch: emergency.epoch, secret: emergency.secret.reveal() },
    }
  },
})

/** Asks until an answer is right, or there is no other. @throws LicError as `readKeyFile` */
export const openKeyFile = async (
  path: string,
  answer: (attempt: number) => Promise<string | undefined>,
): Promise<KeyContents> => {
  let next: string | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      return await readKeyFile(path, async () => next ?? answer(attempt))
    } catch (error) {
      if (!(error instanceof LicError) || error.code !== 'WRONG_PASSPHRASE') throw error
      next = await answer(attempt + 1)
      if (next === undefined) throw error
    }
  }
}
