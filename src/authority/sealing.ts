/** The keys of this authority, opened to sign with, and what its own objects are judged by. */

import { equal } from '../core/bytes.ts'
import { type Issuer, issuersOf, type Trust } from '../core/chain.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey } from '../core/keys.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import type { KeyRole, Reader } from '../ledger/schema.ts'
import { isAgentName } from './agent-name.ts'
import type { Authority } from './authority.ts'
import type { SecretFile, SigningKey } from './sign-object.ts'

/** The roots of this authority and what they certified: what its own objects are judged by, compact ones too. */
export const ownTrust = async (db: Reader): Promise<Trust> => {
  const keys = await listKeys(db)
  return {
    roots: keys.flatMap(({ role, publicKey }) => (role === 'root' && publicKey ? [importPublicKey(publicKey)] : [])),
    certificates: keys.flatMap(({ certificate }) => certificate ?? []),
  }
}

/** A certificate without its tag, as chains hold it. */
export const untagged = (object: Uint8Array): Uint8Array => object.subarray(1)

/**
 * Opens the newest active key of a role.
 * @throws LicError NOT_FOUND, KEY_FILE_INVALID when the file holds another key, and as a Keychain does
 */
export const openSigningKey = async (authority: Authority, role: KeyRole): Promise<SigningKey> => {
  const { ledger, keychain } = authority
  const key = await activeKey(ledger.db, role)
  const { file, publicKey, certificate } = key
  if (file === null || publicKey === null || certificate === null) {
    throw new LicError('NOT_FOUND', `the ${role} key has no file or no certificate`, { hint: 'lic key list' })
  }
  const { signer, emergency, byAgent } = await keychain.open(file, publicKey)
  if (!signer || !equal(signer.publicKey, publicKey)) {
    throw new LicError('KEY_FILE_INVALID', `${file} does not hold the ${role} key of this ledger`, {
      hint: 'put the right file back, or set LIC_HOME to the home that it belongs to',
    })
  }
  const chain = untagged(certificate)
  const [issuer] = issuersOf({ kid: key.kid, chain }, await ownTrust(ledger.db))
  const secretFile = byAgent && role === 'issuing' ? await secretFileOf(authority, file) : undefined
  return { signer, kid: key.kid, issuer: issuer as Issuer, chain, emergency, secretFile }
}

/** An unlocked key's own file holds the secret too; beside one that lies in an agent alone, the file of the secret does. */
const secretFileOf = async ({ ledger, keychain }: Authority, file: string): Promise<SecretFile | undefined> => {
  if (!isAgentName(file)) return { name: file, open: async () => (await keychain.open(file)).emergency }
  const name = (await listKeys(ledger.db, 'emergency')).findLast(({ state }) => state === 'active')?.file
  if (!name) return undefined
  return {
    name,
    open: async () => {
      try {
        return (await keychain.open(name)).emergency
      } catch (error) {
        // Kept elsewhere, by those who may give codes: then the key has no secret.
        if (error instanceof LicError && error.code === 'NOT_FOUND') return undefined
        throw error
      }
    },
  }
}

const activeKey = async (db: Reader, role: KeyRole): Promise<Key> => {
  const key = (await listKeys(db, role)).findLast(({ state }) => state === 'active')
  if (!key) throw new LicError('NOT_FOUND', `the ledger knows no ${role} key`, { hint: 'lic key list' })
  return key
}
