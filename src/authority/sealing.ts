/** The keys of this authority, opened to sign with, and what its own objects are judged by. */

import { equal } from '../core/bytes.ts'
import { type Issuer, issuersOf, type Trust } from '../core/chain.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey } from '../core/keys.ts'
import { compromisedKeys, type Key, listKeys } from '../ledger/keys.ts'
import type { KeyRole, Reader } from '../ledger/schema.ts'
import { isAgentName, START } from './agent-name.ts'
import type { Authority, OpenKey } from './authority.ts'
import { checkSigns, newestActive, newestOf } from './key-lines.ts'
import type { SecretFile, SigningKey } from './sign-object.ts'
import type { Signer } from './signer.ts'
import { formatTime } from './term.ts'
import { keyIn } from './the-key.ts'
import { shellWord } from './vault.ts'

/** The roots of this authority and what they certified: what its own objects are judged by, compact ones too. */
export const ownTrust = async (db: Reader): Promise<Trust> => {
  const keys = await listKeys(db)
  return {
    roots: keys.flatMap(({ role, publicKey }) => (role === 'root' && publicKey ? [importPublicKey(publicKey)] : [])),
    certificates: keys.flatMap(({ certificate, link }) => certificate ?? link ?? []),
  }
}

/** A certificate without its tag, as chains hold it. */
export const untagged = (object: Uint8Array): Uint8Array => object.subarray(1)

/**
 * Opens the key that signs for a role: the one that the authority was asked to sign with, else the newest in use.
 * @throws LicError NOT_FOUND, AMBIGUOUS, CONFLICT when the one that was asked for does not sign, and as `openKey`
 */
export const openSigningKey = async (authority: Authority, role: KeyRole): Promise<SigningKey> =>
  openKey(authority, await signingKeyFor(authority, role))

/** The same, not opened yet. @throws LicError NOT_FOUND, AMBIGUOUS, CONFLICT */
export const signingKeyFor = async (
  { ledger, signer }: Pick<Authority, 'ledger' | 'signer'>,
  role: KeyRole,
): Promise<Key> => {
  const keys = await listKeys(ledger.db)
  if (role !== 'issuing' || signer === undefined) return newestActive(keys, role)
  const key = keyIn(keys, signer)
  checkSigns(key, role)
  return key
}

/**
 * Opens one certified key.
 * @throws LicError NOT_FOUND, RIGHTS_EXCEEDED when a trust bundle has ended it, KEY_FILE_INVALID when the file holds another
 * key, and as a Keychain does
 */
export const openKey = async (authority: Authority, key: Key): Promise<SigningKey> => {
  const { ledger } = authority
  const { certificate, kid } = key
  if (certificate === null) {
    throw new LicError('NOT_FOUND', `the key ${key.name ?? key.role} has no certificate`, { hint: 'lic key list' })
  }
  checkNotEnded(key, authority.now())
  const { signer, emergency, byAgent } = await openFileOf(authority, key)
  const chain = untagged(certificate)
  const [issuer] = issuersOf({ kid, chain }, await ownTrust(ledger.db))
  const ended = (await compromisedKeys(ledger.db)).deadEpochs
  // What hangs on a dead epoch opens nothing: nothing new is hung on it.
  const live = (secret: OpenKey['emergency']) => (secret && !ended.includes(secret.epoch) ? secret : undefined)
  const away = byAgent && key.role === 'issuing' ? await secretFileOf(authority, key.file) : undefined
  const secretFile = away && { ...away, open: async () => live(await away.open()) }
  return { signer, kid, issuer: issuer as Issuer, chain, emergency: live(emergency), secretFile }
}

/** What every product that has the bundle refuses is not signed. @throws LicError RIGHTS_EXCEEDED */
const checkNotEnded = ({ name, role, endedAt }: Key, now: number): void => {
  if (endedAt === null || now <= endedAt) return
  const called = name ?? role
  throw new LicError(
    'RIGHTS_EXCEEDED',
    `the key ${called} ended on ${formatTime(endedAt)}, says the newest trust bundle: nothing that it signs is accepted`,
    {
      hint: `make its successor: lic key rotate ${role}; or take that back: lic trust publish --end ${shellWord(called)}=never`,
    },
  )
}

/** @param file where its file is, if not where the ledger says. @throws LicError as `openKey` */
export const openFileOf = async (
  { keychain }: Pick<Authority, 'keychain'>,
  { role, name, file: own, publicKey }: Pick<Key, 'role' | 'name' | 'file' | 'publicKey'>,
  file = own,
): Promise<OpenKey & { readonly signer: Signer }> => {
  if (file === null || publicKey === null) {
    throw new LicError('NOT_FOUND', `the key ${name ?? role} has no file`, { hint: 'lic key list' })
  }
  const { signer, emergency, byAgent } = await keychain.open(file, publicKey).catch((error: unknown) => {
    throw error instanceof LicError && error.code === 'KEY_LOCKED' ? lockedKey(error, name ?? role, file) : error
  })
  if (!signer || !equal(signer.publicKey, publicKey)) {
    throw new LicError('KEY_FILE_INVALID', `${file} does not hold the ${name ?? role} key of this ledger`, {
      hint: 'put the right file back, or set LIC_HOME to the home that it belongs to',
    })
  }
  return { signer, emergency, byAgent }
}

/** Which key is meant, and the way past its passphrase: a keychain knows files alone. */
const lockedKey = ({ code, message, hint, ...rest }: LicError, called: string, file: string): LicError => {
  const detail = { ...(rest.data && { data: rest.data }), cause: rest.cause }
  if (!isAgentName(file)) {
    const once = `give its passphrase: --passphrase-file FILE; or type it once for a while: lic key unlock ${shellWord(called)}`
    return new LicError(code, message, { ...detail, hint: hint ?? once })
  }
  return new LicError(code, `the key ${called} lies in an ssh-agent alone: ${message}`, {
    ...detail,
    hint: hint === START ? 'start one and add the key: eval "$(ssh-agent)"; ssh-add FILE' : (hint ?? 'ssh-add -l'),
  })
}

/** An unlocked key's own file holds the secret too; beside one that lies in an agent alone, the file of the secret does. */
const secretFileOf = async ({ ledger, keychain }: Authority, file: string | null): Promise<SecretFile | undefined> => {
  if (file !== null && !isAgentName(file)) {
    return { name: file, open: async () => (await keychain.open(file)).emergency }
  }
  const name = newestOf(await listKeys(ledger.db, 'emergency'))?.file
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
