/** Public keys: what is checked at import (FORMAT 4), how they are named (kid), and their PEM form. */

import { ED25519 } from './algorithms.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { concat, toHex } from './bytes.ts'
import { type CborMap, encode } from './cbor.ts'
import type { SignatureCheck } from './ed25519.ts'
import { LicError } from './errors.ts'
import { sha256 } from './hash.ts'

/** A checked Ed25519 public key. */
export interface PublicKey {
  /** 32 bytes (RFC 8032). */
  readonly bytes: Uint8Array
  /** First 8 bytes of the COSE key thumbprint (RFC 9679). It selects, it proves nothing. */
  readonly kid: Uint8Array
  readonly verify: SignatureCheck
}

/** The key as COSE_Key, the map that certificates hold and the thumbprint is taken over (FORMAT 4.2). */
export const coseKey = (publicKey: Uint8Array): CborMap =>
  new Map<number, number | Uint8Array>([
    [1, ED25519.keyType],
    [-1, ED25519.curve],
    [-2, publicKey],
  ])

/** The kid of a public key, 8 bytes. */
export const kidOf = (publicKey: Uint8Array): Uint8Array => sha256(encode(coseKey(publicKey))).slice(0, 8)

/** Keys that are remembered: few sign, and each of them often, and a check takes as long as several signatures. */
const MOST = 64
const checked = new Set<string>()
const isPublicKey = (bytes: Uint8Array): boolean => {
  const name = bytes.length === ED25519.publicKeyBytes ? toHex(bytes) : ''
  if (checked.has(name)) return true
  if (!ED25519.isPublicKey(bytes)) return false
  if (checked.size === MOST) checked.clear()
  checked.add(name)
  return true
}

/**
 * Imports a public key of 32 bytes.
 * @throws LicError INVALID_INPUT for anything but a canonical point of prime order.
 */
export const importPublicKey = (bytes: Uint8Array): PublicKey => {
  if (!isPublicKey(bytes)) {
    throw new LicError('INVALID_INPUT', 'not an Ed25519 public key: it must be a canonical point of prime order', {
      data: { key: toHex(bytes.slice(0, 32)) },
    })
  }
  return { bytes, kid: kidOf(bytes), verify: ED25519.signatureCheck(bytes) }
}

const { spkiPrefix: SPKI_PREFIX } = ED25519
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g

/** PEM (SPKI, RFC 8410) of a public key, with a final newline. */
export const publicKeyToPem = (publicKey: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${encodeBase64(concat(SPKI_PREFIX, publicKey))}\n-----END PUBLIC KEY-----\n`

/**
 * Reads every public key in a PEM text, in order; text around the blocks is ignored.
 * @throws LicError INVALID_INPUT when there is none, or one is not an Ed25519 public key (a private key is named as such).
 */
export const publicKeysFromPem = (text: string): PublicKey[] => {
  const keys: PublicKey[] = []
  for (const [, label, body] of text.matchAll(PEM)) {
    if (label?.includes('PRIVATE')) {
      throw new LicError('INVALID_INPUT', 'a private key stands where public keys are due', {
        hint: 'export the public root key: lic trust export --out root.pub',
      })
    }
    if (label !== 'PUBLIC KEY') continue
    const der = decodeBase64((body ?? '').replace(/\s+/g, ''))
    const prefix = der.subarray(0, SPKI_PREFIX.length)
    if (der.length !== SPKI_PREFIX.length + ED25519.publicKeyBytes || toHex(prefix) !== toHex(SPKI_PREFIX)) {
      throw new LicError('INVALID_INPUT', 'a public key that is not Ed25519')
    }
    keys.push(importPublicKey(der.slice(SPKI_PREFIX.length)))
  }
  if (keys.length === 0) {
    throw new LicError('INVALID_INPUT', 'no public key in PEM form found', {
      hint: 'the vendor writes it with: lic trust export --out root.pub',
    })
  }
  return keys
}
