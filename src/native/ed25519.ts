/**
 * Ed25519 by Node's OpenSSL: the same answers as `core/ed25519.ts` at ten times its speed. OpenSSL is cofactorless, compares R as
 * bytes and refuses S >= L, which is FORMAT 5.3; but it takes keys of small order and then any signature under them, so a key is
 * to be checked by `isPublicKey` first.
 */

import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, verify } from 'node:crypto'
import type { SignatureCheck } from '../core/ed25519.ts'

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Prepares the check for one public key (32 bytes, valid by `isPublicKey`). */
export const signatureCheck = (publicKey: Uint8Array): SignatureCheck => {
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  return (message, signature) => signature.length === 64 && verify(null, message, key, signature)
}

const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** 32 bytes, little-endian. */
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()

/** X25519 takes multiples of 8 from 2^254 to 2^255 as they are, and 5L - 1 is one. */
let minusOne: KeyObject | undefined
const scalar = (): KeyObject => {
  minusOne ??= createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), bytesOf(5n * L - 1n)]),
    format: 'der',
    type: 'pkcs8',
  })
  return minusOne
}

/**
 * FORMAT 4.1, as `isPublicKey` of `core/ed25519.ts`: 32 bytes, canonical, on the curve, in the prime-order subgroup and not its
 * identity. Never throws. A point is there if and only if 5L - 1 times it is its negative, which has the same u on the curve of
 * X25519 (RFC 7748, 4.1: u = (1 + y) / (1 - y)). As 5L - 1 is a multiple of 8, what has a part of small order loses it, and comes
 * to another u; small order alone comes to 0, which is refused there; and on the twist, whose order is 4 times another prime,
 * no point but its zero comes back to its u.
 */
export const isPublicKey = (bytes: Uint8Array): boolean => {
  if (bytes.length !== 32) return false
  const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  if (y < 2n || y >= P) return false
  const u = bytesOf(((1n + y) * inverse(P + 1n - y)) % P)
  try {
    const point = createPublicKey({
      key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), u]),
      format: 'der',
      type: 'spki',
    })
    return diffieHellman({ privateKey: scalar(), publicKey: point }).equals(u)
  } catch {
    return false
  }
}

/** Of a number from 1 to P - 1, modulo P. */
const inverse = (value: bigint): bigint => {
  let [rest, next, before, factor] = [P, value, 0n, 1n]
  while (next !== 0n) {
    const times = rest / next
    ;[rest, next, before, factor] = [next, rest - times * next, factor, before - times * factor]
  }
  return ((before % P) + P) % P
}
