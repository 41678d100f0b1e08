/** From a payload to a signed object, under one of the authority's keys. The keys' rights are the verifier's own rules. */

import { ED25519 } from '../core/algorithms.ts'
import { equal } from '../core/bytes.ts'
import { type Issuer, issuersOf, type Trust } from '../core/chain.ts'
import { assemble, objectHash, protectedHeader, toBeSigned } from '../core/cose.ts'
import type { EmergencySecret } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey, kidOf } from '../core/keys.ts'
import { OBJECTS, type ObjectName } from '../core/objects.ts'
import { compromisedKeys, type Key, listKeys } from '../ledger/keys.ts'
import type { KeyRole, Reader } from '../ledger/schema.ts'
import type { SignedObject } from '../ledger/signed-objects.ts'
import type { Authority, OpenKey } from './authority.ts'
import { checkSigns, newestActive } from './key-lines.ts'
import type { Signer } from './signer.ts'
import { keyIn } from './the-key.ts'

/** A key that is open and certified. */
export interface SigningKey {
  readonly signer: Signer
  readonly kid: Uint8Array
  /** Its certificate as a verifier sees it. */
  readonly issuer: Issuer
  /** The certificate as it travels: an untagged array. */
  readonly chain: Uint8Array
  readonly emergency?: EmergencySecret | undefined
}

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
export const openSigningKey = async (authority: Authority, role: KeyRole): Promise<SigningKey> => {
  const keys = await listKeys(authority.ledger.db)
  if (role !== 'issuing' || authority.signer === undefined) return openKey(authority, newestActive(keys, role))
  const key = keyIn(keys, authority.signer)
  checkSigns(key, role)
  return openKey(authority, key)
}

/**
 * Opens one certified key.
 * @throws LicError NOT_FOUND, KEY_FILE_INVALID when the file holds another key, and as a Keychain does
 */
export const openKey = async (authority: Authority, key: Key): Promise<SigningKey> => {
  const { ledger } = authority
  const { certificate, kid } = key
  if (certificate === null) {
    throw new LicError('NOT_FOUND', `the key ${key.name ?? key.role} has no certificate`, { hint: 'lic key list' })
  }
  const { signer, emergency } = await openFileOf(authority, key)
  const chain = untagged(certificate)
  const [issuer] = issuersOf({ kid, chain }, await ownTrust(ledger.db))
  const ended = (await compromisedKeys(ledger.db)).deadEpochs
  // What hangs on a dead epoch opens nothing: nothing new is hung on it.
  const live = emergency && !ended.includes(emergency.epoch) ? emergency : undefined
  return { signer, kid, issuer: issuer as Issuer, chain, emergency: live }
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
  const { signer, emergency } = await keychain.open(file)
  if (!signer || !equal(signer.publicKey, publicKey)) {
    throw new LicError('KEY_FILE_INVALID', `${file} does not hold the ${name ?? role} key of this ledger`, {
      hint: 'put the right file back, or set LIC_HOME to the home that it belongs to',
    })
  }
  return { signer, emergency }
}

/** An object that wants its signature, and nothing else. */
export interface Unsigned {
  /** What the signature covers. */
  readonly toSign: Uint8Array
  /** Of the whole object, in bytes. */
  readonly length: number
  signed(signature: Uint8Array): SignedObject
}

const BLANK = new Uint8Array(ED25519.signatureBytes)

/** The object around a payload: tagged and with its chain, as the ledger keeps it. */
export const unsigned = (type: ObjectName, payload: Uint8Array, signer: Signer, chain?: Uint8Array): Unsigned => {
  const header = headerOf(type, signer)
  const bytes = assemble({ protected: header, payload, signature: BLANK, chain })
  return {
    toSign: toBeSigned(header, payload),
    length: bytes.length,
    signed: (signature) => {
      if (signature.length !== BLANK.length) throw new LicError('UNEXPECTED', 'the signer gave no signature')
      // It stands last.
      bytes.set(signature, bytes.length - signature.length)
      return { bytes, hash: objectHash({ protected: header, payload, signature }), type: OBJECTS[type].type }
    },
  }
}

/** A signed object, as `unsigned` makes it. */
export const seal = async (
  type: ObjectName,
  payload: Uint8Array,
  signer: Signer,
  chain?: Uint8Array,
): Promise<SignedObject> => {
  const object = unsigned(type, payload, signer, chain)
  return object.signed(await signer.sign(object.toSign))
}

/** Protected headers by signer and type: the same for everything that a key signs. */
const headers = new WeakMap<Signer, Map<ObjectName, Uint8Array>>()

const headerOf = (type: ObjectName, signer: Signer): Uint8Array => {
  const own = headers.get(signer) ?? new Map<ObjectName, Uint8Array>()
  headers.set(signer, own)
  const header = own.get(type) ?? protectedHeader(type, kidOf(signer.publicKey))
  own.set(type, header)
  return header
}

/** Runs a rule of the verifier on something that is about to be signed: the same refusal, and no verification failed. */
export const beforeSigning = <T>(check: () => T): T => {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    const code = error.code === 'LICENSE_INVALID' ? 'INVALID_INPUT' : error.code
    throw new LicError(code, error.message, {
      hint: code === 'RIGHTS_EXCEEDED' ? 'see what the key may sign: lic key list' : 'change the terms of the license',
      cause: error,
    })
  }
}
