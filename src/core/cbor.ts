/**
 * Deterministic CBOR behind a strict gate (FORMAT 2). A codec does the coding (cbor-x on Node, cbor-codec.ts elsewhere);
 * nothing reaches its decoder that this gate has not walked once, head by head, and nothing reaches its encoder unsorted.
 * Invariant: whatever `decode` accepts, `encode` turns back into the same bytes.
 */

import { decodeItem, encodeItem } from '#cbor'
import { compare, utf8 } from './bytes.ts'
import { LicError } from './errors.ts'

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
 * Encodes deterministically (RFC 8949, 4.2.1).
 * @throws LicError INVALID_INPUT for floats, unsafe integers, lone surrogates and values that CBOR here has no form for.
 */
export const encode = (value: Cbor): Uint8Array => encodeItem(isOrdered(value) ? value : ordered(value))

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

/** Whether a value can go to the codec as it is, as what schemas write can. All else `ordered` puts right, or refuses. */
const isOrdered = (value: Cbor): boolean => {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value <= 0xffffffff && value >= -0x100000000 && !Object.is(value, -0)
  }
  if (typeof value === 'string') return isWellFormed(value)
  if (value instanceof Map) {
    let previous: number | string | undefined
    for (const [key, inner] of value as CborMap) {
      if (previous !== undefined && byEncoding(previous, key) >= 0) return false
      if (!isOrdered(key) || !isOrdered(inner)) return false
      previous = key
    }
    return true
  }
  if (Array.isArray(value)) return value.every(isOrdered)
  return value instanceof Uint8Array || typeof value === 'boolean' || value === null
}

/** Sorted maps, and integers in the JavaScript form that every codec writes shortest. */
const ordered = (value: Cbor): unknown => {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      throw new LicError('INVALID_INPUT', `${value} has no deterministic CBOR form`)
    }
    return value > 0xffffffff || value < -0x100000000 ? BigInt(value) : value
  }
  if (typeof value === 'string') {
    if (!isWellFormed(value)) throw new LicError('INVALID_INPUT', 'text holds a lone surrogate')
    return value
  }
  if (value instanceof Uint8Array || typeof value === 'boolean' || value === null) return value
  if (Array.isArray(value)) return value.map(ordered)
  if (value instanceof Map) {
    const keys = [...(value as CborMap).keys()].sort(byEncoding)
    const out = new Map<unknown, unknown>()
    for (const key of keys) out.set(ordered(key), ordered((value as CborMap).get(key) as Cbor))
    return out
  }
  throw new LicError('INVALID_INPUT', `a ${typeof value} has no deterministic CBOR form`)
}

/** Keys in the order of their encodings (RFC 8949, 4.2.1): numbers from 0 up, then from -1 down, then text, short to long. */
export const byEncoding = (a: number | string, b: number | string): number => {
  if (typeof a === 'number') {
    if (typeof b !== 'number') return -1
    if (a < 0) return b < 0 ? b - a : 1
    return b < 0 ? -1 : a - b
  }
  if (typeof b === 'number') return 1
  if (ASCII.test(a) && ASCII.test(b)) return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
  const left = utf8(a)
  const right = utf8(b)
  return left.length - right.length || compare(left, right)
}

const ASCII = /^[ -~]*$/
const SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
const isWellFormed = (text: string): boolean => !SURROGATE.test(text)

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
