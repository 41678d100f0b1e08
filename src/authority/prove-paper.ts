/**
 * The proof of a paper backup: what was read back from the page is restored to a file in a place of its own, opened there and
 * used, and it is the key that the page was printed from. Invariant: nothing of the trial is left behind.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { equal } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey } from '../core/keys.ts'
import type { Opened } from './backup-key.ts'
import { type KeyContents, writeKeyPem } from './key-pem.ts'
import { fileSigner } from './signer.ts'
import { readKeyFile, writeKeyFile } from './vault.ts'

/**
 * @param opened the key that the page is to be of, as `openToBackUp` gives it @param home where the trial takes place
 * @throws LicError KEY_FILE_INVALID when the page is another key's, and as the vault does
 */
export const provePaper = async (home: string, { key, contents: kept }: Opened, read: KeyContents): Promise<void> => {
  const other = new LicError('KEY_FILE_INVALID', `the page is not that of the ${key.role} key`, {
    hint: 'take the page that names it, and print it anew if it is lost: lic key backup',
  })
  // Whoever pulls the plug meanwhile leaves a file that nobody can open. A random passphrase needs no slow scrypt.
  const passphrase = randomBytes(16).toString('hex')
  const place = mkdtempSync(join(home, '.proof-'))
  try {
    const file = join(place, 'restored.key')
    await writeKeyFile(file, read, { passphrase, logN: 10 })
    const { seed, emergency } = await readKeyFile(file, async () => passphrase)
    if (key.role === 'emergency') {
      const same =
        emergency && kept.emergency && writeKeyPem({ emergency }) === writeKeyPem({ emergency: kept.emergency })
      if (!same) throw other
      return
    }
    const signer = seed && fileSigner(seed)
    if (!signer || !key.publicKey || !equal(signer.publicKey, key.publicKey)) throw other
    const message = randomBytes(32)
    if (!importPublicKey(key.publicKey).verify(message, signer.sign(message))) throw other
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
