/**
 * Ed25519 verification, portable: noble's curve points under the one rule of FORMAT 5.3 (strict, cofactorless, R compared
 * as bytes). Neither of noble's own `verify` modes is that rule, so the equation is written here.
 * The Node twin with the same interface is `native/ed25519.ts`; package.json's `imports` chooses between them.
 */

import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, equal } from './bytes.ts'

/** Whether `signature` (64 bytes) over `message` holds under a public key already checked by `isPublicKey`. Never throws. */
export type SignatureCheck = (message: Uint8Array, signature: Uint8Array) => boolean

const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** Little-endian bytes as an integer. */
const integer = (bytes: Uint8Array): bigint => {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  return value
}

/** Prepares the check for one public key (32 bytes, valid by `isPublicKey`). */
export const signatureCheck = (publicKey: Uint8Array): SignatureCheck => {
  const A = Point.fromBytes(publicKey, false)
  return (message, signature) => {
    if (signature.length !== 64) return false
    const R = signature.subarray(0, 32)
    const S = integer(signature.subarray(32))
    if (S >= L) return false
    const k = integer(sha512(concat(R, publicKey, message))) % L
    const expected = Point.BASE.multiply(S, false).subtract(A.multiply(k, false))
    return equal(expected.toBytes(), R)
  }
}

/** FORMAT 4.1: 32 bytes, canonical, on the curve, in the prime-order subgroup and not its identity. Never throws. */
export const isPublicKey = (bytes: Uint8Array): boolean => {
  if (bytes.length !== 32) return false
  try {
    const point = Point.fromBytes(bytes, false)
    return !point.isSmallOrder() && point.isTorsionFree() && equal(point.toBytes(), bytes)
  } catch {
    return false
  }
}
