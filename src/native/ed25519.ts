/**
 * Ed25519 verification by Node's OpenSSL: the same answers as `core/ed25519.ts` at ten times its speed, on one condition:
 * the key was checked by `isPublicKey`, because OpenSSL takes keys of small order and then any signature under them.
 * OpenSSL is cofactorless, compares R as bytes and refuses S >= L, which is FORMAT 5.3.
 */

import { createPublicKey, verify } from 'node:crypto'
import type { SignatureCheck } from '../core/ed25519.ts'

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Prepares the check for one public key (32 bytes, valid by `isPublicKey`). */
export const signatureCheck = (publicKey: Uint8Array): SignatureCheck => {
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  return (message, signature) => signature.length === 64 && verify(null, message, key, signature)
}
