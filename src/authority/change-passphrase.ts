/** `lic key passphrase`: a key file under another passphrase, or none. The old file stands until the new one can be read. */

import { LicError } from '../core/errors.ts'
import type { Key } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { isAgentName } from './agent-name.ts'
import { type AskPassphrase, openKeyFile } from './key-files.ts'
import { keyPath } from './key-places.ts'
import { keyNamed } from './the-key.ts'
import { replaceKeyFile, type Sealing } from './vault.ts'

/** @param sealing asked once the old passphrase was right @throws LicError NOT_FOUND, AMBIGUOUS, and as the vault does */
export const changePassphrase = async (
  { db, home, dryRun }: { readonly db: Reader; readonly home: string; readonly dryRun: boolean },
  word: string,
  passphrase: AskPassphrase,
  sealing: () => Promise<Sealing>,
): Promise<{ readonly key: Key; readonly path: string; readonly encrypted: boolean }> => {
  const key = await keyNamed(db, word)
  const { file, role } = key
  if (file === null || isAgentName(file)) {
    throw new LicError('INVALID_INPUT', `the ${role} key has no file: it lies in the ssh-agent alone`, {
      hint: 'its passphrase is that of the file which was added: ssh-keygen -p -f FILE',
    })
  }
  const path = keyPath(home, file)
  const contents = await openKeyFile(path, (attempt) => passphrase(file, attempt))
  const next = await sealing()
  if (!dryRun) await replaceKeyFile(path, contents, next)
  return { key, path, encrypted: next.passphrase !== undefined }
}
