/**
 * `lic key backup`: a private half leaves the home, on purpose: as a copy of its file, or as the lines of a page. Invariant:
 * what leaves is the key that the ledger names, opened and looked at first.
 */

import { equal } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { Key } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { isAgentName } from './agent-name.ts'
import { type AskPassphrase, openKeyFile } from './key-files.ts'
import { fitsAnchors } from './key-of-contents.ts'
import type { KeyContents } from './key-pem.ts'
import { keyPath } from './key-places.ts'
import { fileSigner } from './signer.ts'
import { keyNamed } from './the-key.ts'

export interface Opened {
  readonly key: Key
  readonly path: string
  /** Of the file as a whole. */
  readonly contents: KeyContents
}

/**
 * The file of a key, opened, and found to hold that key.
 * @throws LicError NOT_FOUND, AMBIGUOUS, INVALID_INPUT for a key of an agent, KEY_FILE_INVALID, and as the vault does
 */
export const openToBackUp = async (
  { db, home }: { readonly db: Reader; readonly home: string },
  word: string,
  passphrase: AskPassphrase,
): Promise<Opened> => {
  const key = await keyNamed(db, word)
  const { file, role, publicKey, epoch } = key
  if (file === null || isAgentName(file)) {
    throw new LicError('INVALID_INPUT', `the ${role} key lies in the ssh-agent alone, which gives no key away`, {
      hint: 'keep a copy of the file that was added to it, or of the token',
    })
  }
  const path = keyPath(home, file)
  const contents = await openKeyFile(path, (attempt) => passphrase(file, attempt))
  const { seed, emergency } = contents
  const belongs =
    role === 'emergency'
      ? emergency !== undefined && emergency.epoch === epoch && (await fitsAnchors(db, emergency)) !== false
      : seed !== undefined && publicKey !== null && equal(fileSigner(seed).publicKey, publicKey)
  if (belongs) return { key, path, contents }
  throw new LicError('KEY_FILE_INVALID', `${file} does not hold the ${role} key of this ledger`, {
    hint: 'put the right file back: lic key import FILE',
  })
}
