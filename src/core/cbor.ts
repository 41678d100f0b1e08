/**
 * Deterministic CBOR behind a strict gate (FORMAT 2). cbor-encode.ts writes it; a codec reads it (cbor-x on Node,
 * cbor-decode.ts elsewhere), and nothing reaches that one which this gate has not walked once, head by head.
 * Invariant: whatever `decode` accepts, `encode` turns back into the same bytes.
 */

import { decodeItem } from '#cbor'
import { LicError } from './errors.ts'

export { byEncoding, encode } from './cbor-encode.ts'

export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | CborMap
export type CborMap = ReadonlyMap<number | string, Cbor>

export interface Limits {
  /** Greatest number of bytes of one object. */
  readonly bytes: number
}

/** Every object but the revocation list (FORMAT 2.5). */
export const OBJECT_LIMITS: Limits = { bytes: 4096 }
/** The revocation list (FORMAT 11.6). */
export const LIST_LIMITS: Limits = { bytes: 512 * 1024 }
const MAX_DEPTH = 10

const malformed = (message: string): LicError =>
  new LicError('LICENSE_INVALID', `not deterministic CBOR: ${message}`, { stage: 'decode' })

/**
 * Decodes one item that fills `bytes` exactly.
 * @throws LicError LICENSE_INVALID (stage decode) for anything but the one deterministic encoding within the limits.
 */
export const decode = (bytes: Uint8Array, limits: Limits = OBJECT_LIMITS): Cbor => {
  gate(bytes, limits)
  return decodeItem(bytes)
}

/** The gate of `decode` alone: throws as it does, and returns nothing. */
export const gate = (bytes: Uint8Array, limits: Limits = OBJECT_LIMITS): void => {
  if (bytes.length > limits.bytes) throw malformed(`larger than ${limits.bytes} bytes`)
  if (scan(bytes, 0, 0) !== bytes.length) throw malformed('bytes after the end')
}

/** The length of the item that starts at `from`, gated like `decode` but not decoded. */
export const itemLength = (bytes: Uint8Array, from: number): number => scan(bytes, from, 0) - from

const fatal = new TextDecoder('utf-8', { fatal: true })

/** Walks one item and returns the offset behind it. The bytes are attacker-controlled. */
const scan = (bytes: Uint8Array, from: number, depth: number): number => {
  const first = bytes[from]
  if (first === undefined) throw malformed('it ends early')
  const major = first >> 5
  const info = first & 31
  if (major === 7) {
    if (info >= 20 && info <= 22) return from + 1
    throw malformed('a float, undefined or unassigned simple value')
  }
  if (major === 6) throw malformed('a tag')
  let argument = info
  let at = from + 1
  if (info > 23) {
    if (info > 27) throw malformed(info === 31 ? 'an indefinite length' : 'a reserved length')
    const width = 1 << (info - 24)
    if (at + width > bytes.length) throw malformed('it ends early')
    argument = 0
    for (let i = 0; i < width; i++) argument = argument * 256 + (bytes[at + i] as number)
    at += width
    const least = info === 24 ? 24 : info === 25 ? 0x100 : info === 26 ? 0x10000 : 0x100000000
    if (argument < least) throw malformed('a length or integer that is not in its shortest form')
    if (argument > Number.MAX_SAFE_INTEGER) throw malformed('an integer beyond 2^53')
  }
  if (major < 2) {
    if (major === 1 && argument === Number.MAX_SAFE_INTEGER) throw malformed('an integer beyond 2^53')
    return at
  }
  if (major < 4) {
    const end = at + argument
    if (end > bytes.length) throw malformed('it ends early')
    if (major === 3) checkText(bytes, at, end)
    return end
  }
  if (depth >= MAX_DEPTH) throw malformed(`nested deeper than ${MAX_DEPTH}`)
  if (argument > bytes.length - at) throw malformed('it ends early')
  if (major === 4) {
    for (let i = 0; i < argument; i++) at = scan(bytes, at, depth + 1)
    return at
  }
  let previous = -1
  let previousEnd = -1
  for (let i = 0; i < argument; i++) {
    const keyMajor = (bytes[at] ?? 0xff) >> 5
    if (keyMajor > 1 && keyMajor !== 3) throw malformed('a map key that is neither integer nor text')
    const keyEnd = scan(bytes, at, depth + 1)
    if (previous >= 0 && !ascends(bytes, previous, previousEnd, at, keyEnd)) {
      throw malformed('map keys that are not strictly ascending')
    }
    previous = at
    previousEnd = keyEnd
    at = scan(bytes, keyEnd, depth + 1)
  }
  return at
}

/** Whether the key at [a, aEnd) sorts strictly before the one at [b, bEnd). */
const ascends = (bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean => {
  while (a < aEnd && b < bEnd) {
    const difference = (bytes[a++] as number) - (bytes[b++] as number)
    if (difference !== 0) return difference < 0
  }
  return a === aEnd && b < bEnd
}

const checkText = (bytes: Uint8Array, from: number, end: number): void => {
  for (let i = from; i < end; i++) {
    if ((bytes[i] as number) < 0x80) continue
    // A leading byte order mark would vanish in the decoder and break the round trip.
    if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) throw malformed('text with a BOM')
    try {
      fatal.decode(bytes.subarray(from, end))
    } catch {
      throw malformed('text that is not UTF-8')
    }
    return
  }
}
