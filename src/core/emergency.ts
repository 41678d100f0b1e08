/**
 * Emergency codes: a hash chain indexed by the hour, whose end stands in the license (FORMAT 14; T/Key, CCS 2017). What a code
 * reveals opens earlier hours only, and nothing on the customer's side is secret.
 */

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { encode } from './cbor.ts'
import { hashOf } from './hash.ts'
import type { Anchor } from './license.ts'

/** The longest chain, in hours. */
const MAX_LENGTH = 32_767
/** How far a chain may reach beyond the license's end, in hours. */
const OVERHANG = 744

/** The secret K_e of one epoch: 32 random bytes. */
export interface EmergencySecret {
  readonly epoch: number
  readonly secret: Uint8Array
}

/** What a chain belongs to. `releaseAnchor` (10 bytes) binds it to one device; absent in a license. */
export interface ChainSubject {
  readonly cti: Uint8Array
  readonly revision: number
  readonly releaseAnchor?: Uint8Array | undefined
}

interface Span {
  readonly baseHour: number
  readonly length: number
}

/** The hours an anchor signed at `issuedAt` covers for a license that ends at `expires` (unix seconds; undefined = never). */
export const spanOf = (issuedAt: number, expires: number | undefined): Span => {
  const baseHour = Math.floor(issuedAt / 3600) - 1
  const wanted = expires === undefined ? MAX_LENGTH : Math.floor(expires / 3600) + OVERHANG - baseHour
  return { baseHour, length: Math.min(wanted, MAX_LENGTH) }
}

/** The anchor that goes into the signed object (FORMAT 14.2). Costs one SHA-256 an hour covered. */
export const anchorOf = (key: EmergencySecret, subject: ChainSubject, span: Span): Anchor => [
  key.epoch,
  span.baseHour,
  span.length,
  linkAt(key, subject, span, 0),
]

/** x_i of the chain, 12 bytes with the top bit zero (FORMAT 14.4). */
export const linkAt = (
  { epoch, secret }: EmergencySecret,
  subject: ChainSubject,
  { baseHour, length }: Span,
  index: number,
): Uint8Array => {
  const { cti, revision, releaseAnchor = new Uint8Array() } = subject
  const salt = hashOf('lic-emergency-1', epoch, cti, revision, baseHour, baseHour + length, releaseAnchor).slice(0, 16)
  let x = trunc95(hkdf(sha256, secret, salt, encode(['lic-seed-1']), 12))
  for (let i = length; i > index; i--) x = step(salt, i, x)
  return x
}

const step = (salt: Uint8Array, i: number, x: Uint8Array): Uint8Array => trunc95(sha256(stepInput(salt, i, x)))

/** The deterministic encoding of `["lic-step-1", salt, i, x]`, written out because a chain takes thousands of them. */
const stepInput = (salt: Uint8Array, i: number, x: Uint8Array): Uint8Array => {
  const index = i < 24 ? [i] : i < 0x100 ? [0x18, i] : [0x19, i >> 8, i & 0xff]
  const out = new Uint8Array(STEP_HEAD.length + 16 + index.length + 13)
  out.set(STEP_HEAD)
  out.set(salt, STEP_HEAD.length)
  out.set(index, STEP_HEAD.length + 16)
  out[STEP_HEAD.length + 16 + index.length] = 0x4c
  out.set(x, out.length - 12)
  return out
}
const STEP_HEAD = Uint8Array.of(0x84, ...encode('lic-step-1'), 0x50)

const trunc95 = (bytes: Uint8Array): Uint8Array => {
  const out = bytes.slice(0, 12)
  out[0] = (out[0] as number) & 0x7f
  return out
}
