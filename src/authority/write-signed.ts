/**
 * A transaction that signs. An agent signs and holds nothing else: the emergency secret, which anchors are made of, stays
 * in its file. So a verb runs with what there is, and only when an anchor is due that file is opened as well, outside of any
 * transaction, and the verb runs anew. Invariant: what ran before the secret was there has committed nothing.
 */

import { LicError } from '../core/errors.ts'
import type { KeyRole, Tx } from '../ledger/schema.ts'
import { type Authority, write } from './authority.ts'
import { openSigningKey } from './sealing.ts'
import { SecretAway } from './secret-away.ts'
import type { SigningKey } from './sign-object.ts'

/** Runs what signs; once more with the secret when it turns out to be due, and from then on with it. @throws SecretAway */
export const withSecret = (key: SigningKey): (<T>(work: (key: SigningKey) => Promise<T>) => Promise<T>) => {
  let current = key
  return async (work) => {
    try {
      return await work(current)
    } catch (error) {
      const { secretFile } = current
      if (!(error instanceof SecretAway) || secretFile === undefined) throw error
      current = { ...current, emergency: await opened(secretFile, error), secretFile: undefined }
      return work(current)
    }
  }
}

const opened = async ({ open }: NonNullable<SigningKey['secretFile']>, away: SecretAway) => {
  try {
    return await open()
  } catch (error) {
    if (error instanceof LicError && error.code === 'KEY_LOCKED') throw away
    throw error
  }
}

/** Writes with a key in one transaction. @throws LicError as `write` and `work` do */
export const writeWith = <T>(
  authority: Authority,
  key: SigningKey,
  work: (tx: Tx, key: SigningKey) => Promise<T>,
): Promise<T> => withSecret(key)((signing) => write(authority, (tx) => work(tx, signing)))

/** The same with the key that signs for a role. @throws LicError as `openSigningKey`, `write` and `work` do */
export const writeSigned = async <T>(
  authority: Authority,
  role: KeyRole,
  work: (tx: Tx, key: SigningKey) => Promise<T>,
): Promise<T> => writeWith(authority, await openSigningKey(authority, role), work)
