/**
 * Emergency codes: a hash chain indexed by the hour, whose end stands in the license (FORMAT 14; T/Key, CCS 2017). What a code
 * reveals opens earlier hours only, and nothing on the customer's side is secret.
 */

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 as hmacSha256 } from '@noble/hashes/sha2.js'
import { equal } from './bytes.ts'
import { encode } from './cbor.ts'
import { spell } from './codes/spoken.ts'
import { typedCode } from './codes/typed.ts'
import { LicError } from './errors.ts'
import { hashOf, sha256 } from './hash.ts'
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
  let x = trunc95(hkdf(hmacSha256, secret, salt, encode(['lic-seed-1']), 12))
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

/** How long a code opens, in hours, from its own hour on; and how early it may be typed. */
const OPENS = 24
const EARLY = 1

/** The code of an hour (unix hours) as five groups. @throws LicError NO_EMERGENCY outside the anchor's hours */
export const emergencyCode = (
  key: EmergencySecret,
  subject: ChainSubject,
  span: Span,
  hour: number,
): readonly string[] => {
  const index = hour - span.baseHour
  if (index < 1 || index > span.length) {
    throw new LicError('NO_EMERGENCY', 'the emergency chain of the license does not cover this hour', {
      hint: 'renew the license: the next revision carries the next chain',
    })
  }
  const bytes = new Uint8Array(13)
  bytes.set(linkAt(key, subject, span, index), 1)
  // 5 bits of the hour above 95 of the link, at the low end of 104.
  const s = hour % 32
  bytes[0] = s >> 1
  bytes[1] = ((s & 1) << 7) | (bytes[1] as number)
  return spell('emergency', bytes)
}

export interface EmergencyFacts {
  /** floor(time / 3600) at the device. */
  readonly hour: number
  /** Epochs that a revocation list ended. */
  readonly deadEpochs?: readonly number[] | undefined
  /** The highest hour that this device has accepted a code of. */
  readonly highestAccepted?: number | undefined
}

export interface EmergencyGrant {
  /** The hour that the code is for. */
  readonly codeHour: number
  /** The first second that it no longer covers. */
  readonly until: number
}

/**
 * Checks an emergency code against an anchor (FORMAT 14.5, 14.6). Costs one SHA-256 an hour since the anchor's base.
 * @throws LicError CODE_MISTYPED naming the group, CODE_KIND, NO_EMERGENCY when it does not open this license now
 */
export const openEmergency = (
  code: string,
  [epoch, baseHour, length, first]: Anchor,
  { cti, revision, releaseAnchor = new Uint8Array() }: ChainSubject,
  { hour, deadEpochs = [], highestAccepted = 0 }: EmergencyFacts,
): EmergencyGrant => {
  const bytes = typedCode('emergency', code)
  const s = ((bytes[0] as number) << 1) | ((bytes[1] as number) >> 7)
  const x = bytes.slice(1)
  x[0] = (x[0] as number) & 0x7f
  const refuse = (message: string, hint: string): LicError => new LicError('NO_EMERGENCY', message, { hint })
  if (deadEpochs.includes(epoch)) {
    throw refuse('the emergency codes of this license were ended by the vendor', 'ask the vendor for a renewed license')
  }
  const codeHour = hourOf(s, hour)
  if (codeHour === undefined) {
    throw refuse('the code is for another hour', 'compare the clock of this machine with the hour that the code is for')
  }
  if (codeHour < highestAccepted)
    throw refuse('a later code was used already', 'ask the vendor for a code of this hour')
  const index = codeHour - baseHour
  if (index < 1 || index > length) {
    throw refuse('the emergency chain of the license does not cover this hour', 'ask the vendor for a renewed license')
  }
  const salt = hashOf('lic-emergency-1', epoch, cti, revision, baseHour, baseHour + length, releaseAnchor).slice(0, 16)
  let link: Uint8Array = x
  for (let i = index; i > 0; i--) link = step(salt, i, link)
  if (!equal(link, first)) {
    throw refuse(
      'the code does not open this license',
      'compare the license key, the revision and the hour with the vendor',
    )
  }
  return { codeHour, until: (codeHour + OPENS + 1) * 3600 }
}

/** The hour with these low five bits whose code may be typed in `hour`; at most one, as codes open for less than 32 hours. */
const hourOf = (s: number, hour: number): number | undefined => {
  for (let each = hour - OPENS; each <= hour + EARLY; each++) if (each % 32 === s) return each
  return undefined
}
