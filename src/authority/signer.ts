/**
 * Signing: the only caller of a signing primitive. Ed25519 is deterministic, so the same key and bytes give the same
 * signature. Whatever holds a key (a file, an agent, a token) signs behind this one interface.
 * Invariant: a signer shows its public key and nothing else.
 */

import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { LicError } from '../core/errors.ts'
import { pkcs8 } from './key-pem.ts'
import { Secret } from './secret.ts'
import { type SignMany, signingThread } from './signing-thread.ts'

export interface Signer {
  /** 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array
  /** Ed25519 signature over `bytes`: 64 bytes. An agent may answer later, or refuse with KEY_LOCKED. */
  sign(bytes: Uint8Array): Promise<Uint8Array> | Uint8Array
  /** The same for many, beside what the caller does meanwhile. Absent: one after the other. */
  readonly signMany?: SignMany
}

/** Signs them all, in their order. */
export const signAll = async (signer: Signer, messages: readonly Uint8Array[]): Promise<readonly Uint8Array[]> => {
  if (signer.signMany) return signer.signMany(messages)
  const signatures: Uint8Array[] = []
  for (const message of messages) signatures.push(await signer.sign(message))
  return signatures
}

/** A signer whose answer is there at once. */
export interface LocalSigner extends Signer {
  sign(bytes: Uint8Array): Uint8Array
}

const SEED_LENGTH = 32

/**
 * A signer for a seed out of a key file. The native key object is made once; a signature takes some 25 microseconds.
 * @throws LicError INVALID_INPUT when the seed is not 32 bytes.
 */
export const fileSigner = (seed: Secret): LocalSigner => {
  const key = createPrivateKey({ key: Buffer.from(pkcs8(seed)), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: Uint8Array.from(spki.subarray(-32)),
    // A plain Uint8Array: some encoders write a Buffer as a map.
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
    signMany: signingThread(key),
  }
}

/**
 * A fresh seed, 32 bytes. `random` gives as many bytes as it is asked for, from the system's generator.
 * @throws LicError UNEXPECTED when it gives another number of bytes, or all zeros: a generator that is not working.
 */
export const generateSeed = (random: (length: number) => Uint8Array): Secret => {
  const bytes = random(SEED_LENGTH)
  if (bytes.length !== SEED_LENGTH || bytes.every((byte) => byte === 0)) {
    throw new LicError('UNEXPECTED', 'the random number generator of this machine does not work')
  }
  return new Secret(bytes)
}
