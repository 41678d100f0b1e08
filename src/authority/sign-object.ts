/**
 * From a payload to a signed object, under a key that is open. The key's rights are the verifier's own rules. Knows no
 * ledger: who holds a delegated key alone signs by the same code.
 */

import { ED25519 } from '../core/algorithms.ts'
import type { Issuer } from '../core/chain.ts'
import { assemble, objectHash, protectedHeader, toBeSigned } from '../core/cose.ts'
import type { EmergencySecret } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import { kidOf } from '../core/keys.ts'
import { OBJECTS, type ObjectName } from '../core/objects.ts'
import type { SignedObject } from '../ledger/signed-objects.ts'
import type { Signer } from './signer.ts'

/** A key that is open and certified. */
export interface SigningKey {
  readonly signer: Signer
  readonly kid: Uint8Array
  /** Its certificate as a verifier sees it. */
  readonly issuer: Issuer
  /** The certificate as it travels: an untagged array. */
  readonly chain: Uint8Array
  readonly emergency?: EmergencySecret | undefined
  /** Where the emergency secret is to be had when an agent signs; absent: `emergency` is all there is. */
  readonly secretFile?: SecretFile | undefined
}

export interface SecretFile {
  /** As the ledger names it. */
  readonly name: string
  /** @throws LicError as a Keychain does */
  readonly open: () => Promise<EmergencySecret | undefined>
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
      ...(error.data && { data: error.data }),
      cause: error,
    })
  }
}
