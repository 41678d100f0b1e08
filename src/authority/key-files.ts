/** The keychain that is a directory: key files below the home of an authority, opened when a verb needs them. */

import { isAbsolute, join } from 'node:path'
import type { Keychain } from './authority.ts'
import { fileSigner } from './signer.ts'
import { readKeyFile } from './vault.ts'

/**
 * @param passphrase asked for an encrypted file only, with its name; undefined = none is to be had
 */
export const keyFiles = (home: string, passphrase: (name: string) => Promise<string | undefined>): Keychain => ({
  open: async (name) => {
    const path = isAbsolute(name) ? name : join(home, name)
    const { seed, emergency } = await readKeyFile(path, () => passphrase(name))
    return {
      signer: seed && fileSigner(seed),
      emergency: emergency && { epoch: emergency.epoch, secret: emergency.secret.reveal() },
    }
  },
})
