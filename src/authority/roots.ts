/** The root that certifies, opened; and what an older product needs to follow from the root it embeds to a newer one. */

import { assemble, openArray } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import type { Key } from '../ledger/keys.ts'
import type { Authority } from './authority.ts'
import type { RootSigner } from './certify.ts'
import { newestActive } from './key-lines.ts'
import { openFileOf, untagged } from './sealing.ts'

export interface OpenRoot extends RootSigner {
  readonly key: Key
}

/**
 * Opens the newest root.
 * @param file where its file is, if not where the ledger says: on a medium that was plugged in
 * @throws LicError NOT_FOUND, KEY_FILE_INVALID, and as a Keychain does
 */
export const openRoot = async (
  authority: Pick<Authority, 'keychain'>,
  keys: readonly Key[],
  file: string | undefined,
): Promise<OpenRoot> => {
  const key = newestActive(keys, 'root')
  try {
    const { signer } = await openFileOf(authority, key, file)
    return { key, signer, chain: linkOf(key) }
  } catch (error) {
    if (!(error instanceof LicError) || error.code !== 'NOT_FOUND') throw error
    throw new LicError('NOT_FOUND', 'the root key certifies others, and it is not on this machine', {
      hint: 'plug its medium in: --root-key FILE; or bring it: lic key import /path/to/root.key, from paper: lic key import',
      cause: error,
    })
  }
}

/** The link to this root with what stands behind it, as chains hold it; undefined for the first root. */
export const linkOf = ({ link }: Pick<Key, 'link'>): Uint8Array | undefined =>
  link === null ? undefined : untagged(link)

/** The same alone: a chain holds two links at most (FORMAT 6.1). */
export const linkAlone = (link: Uint8Array): Uint8Array =>
  assemble({ ...openArray(link), chain: undefined }, { tagged: false })
