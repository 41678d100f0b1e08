/**
 * Signing: the only caller of a signing primitive. Ed25519 is deterministic, so the same key and bytes give the same
 * signature. Whatever holds a key (a file, an agent, a token) signs behind this one interface.
 * Invariant: a signer shows its public key and nothing else.
 */

import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { ED25519 } from '../core/algorithms.ts'
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

/**
 * What the second thread runs: text, because the command line is bundled into pieces that a thread could not start from.
 * One message is many, put together, with their lengths.
 */
const THREAD = `
const { sign } = require('node:crypto')
const { parentPort, workerData: key } = require('node:worker_threads')
parentPort.on('message', ({ lengths, bytes }) => {
  const signatures = new Uint8Array(lengths.length * ${ED25519.signatureBytes})
  let at = 0
  lengths.forEach((length, i) => {
    signatures.set(sign(null, bytes.subarray(at, at + length), key), i * ${ED25519.signatureBytes})
    at += length
  })
  parentPort.postMessage(signatures, [signatures.buffer])
})`

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
  // A plain Uint8Array: some encoders write a Buffer as a map.
  const signOne = (bytes: Uint8Array): Uint8Array => new Uint8Array(sign(null, bytes, key))
  return {
    publicKey: Uint8Array.from(spki.subarray(-32)),
    sign: signOne,
    signMany: signingThread(THREAD, key, async (messages) => messages.map(signOne)),
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
