/**
 * Writes deterministic CBOR (RFC 8949, 4.2.1; FORMAT 2.1, 2.2) in one pass: every value is checked where it is written, and a
 * map that comes unsorted is sorted. Invariant: what it returns passes the gate of `decode`, up to the limits of size and depth.
 */

import { compare, utf8 } from './bytes.ts'
import type { Cbor, CborMap } from './cbor.ts'
import { LicError } from './errors.ts'

/** Where items are written before they are cut off: encoding is synchronous, so there is one. */
let buffer = new Uint8Array(4096)
let at = 0

/** @throws LicError INVALID_INPUT for floats, unsafe integers, lone surrogates and values that CBOR here has no form for. */
export const encode = (value: Cbor): Uint8Array => {
  at = 0
  write(value)
  return buffer.slice(0, at)
}

const write = (value: Cbor): void => {
  if (typeof value === 'number') writeInteger(value)
  else if (typeof value === 'string') writeText(value)
  else if (value instanceof Uint8Array) writeBytes(2, value)
  else if (value instanceof Map) writeMap(value as CborMap)
  else if (Array.isArray(value)) {
    writeHead(4, value.length)
    for (let i = 0; i < value.length; i++) write(value[i] as Cbor)
  } else if (value === null) writeByte(0xf6)
  else if (typeof value === 'boolean') writeByte(value ? 0xf5 : 0xf4)
  else throw new LicError('INVALID_INPUT', `a ${typeof value} has no deterministic CBOR form`)
}

const reserve = (length: number): void => {
  if (at + length <= buffer.length) return
  const larger = new Uint8Array(Math.max(2 * buffer.length, at + length))
  larger.set(buffer.subarray(0, at))
  buffer = larger
}

const writeByte = (byte: number): void => {
  reserve(1)
  buffer[at++] = byte
}

const writeInteger = (value: number): void => {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new LicError('INVALID_INPUT', `${value} has no deterministic CBOR form`)
  }
  if (value < 0) writeHead(1, -1 - value)
  else writeHead(0, value)
}

/** Major type and argument, the argument in its shortest form. */
const writeHead = (major: number, argument: number): void => {
  reserve(9)
  const first = major << 5
  if (argument < 24) {
    buffer[at++] = first | argument
    return
  }
  const power = argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 0x100000000 ? 2 : 3
  buffer[at++] = first | (24 + power)
  const end = at + 2 ** power
  for (let i = end - 1, rest = argument; i >= at; i--, rest = Math.floor(rest / 256)) buffer[i] = rest % 256
  at = end
}

const writeBytes = (major: number, bytes: Uint8Array): void => {
  writeHead(major, bytes.length)
  reserve(bytes.length)
  buffer.set(bytes, at)
  at += bytes.length
}

const SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

const writeText = (text: string): void => {
  const began = at
  writeHead(3, text.length)
  reserve(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) {
      // Not the plain text that it is nearly always: begun again, and looked at.
      at = began
      if (SURROGATE.test(text)) throw new LicError('INVALID_INPUT', 'text holds a lone surrogate')
      writeBytes(3, utf8(text))
      return
    }
    buffer[at + i] = code
  }
  at += text.length
}

const writeMap = (map: CborMap): void => {
  writeHead(5, map.size)
  const began = at
  let previous: number | string | undefined
  for (const [key, value] of map) {
    if (previous !== undefined && byEncoding(previous, key) >= 0) {
      at = began
      writeEntries([...map].sort(([a], [b]) => byEncoding(a, b)))
      return
    }
    write(key)
    write(value)
    previous = key
  }
}

const writeEntries = (entries: readonly (readonly [number | string, Cbor])[]): void => {
  for (const [key, value] of entries) {
    write(key)
    write(value)
  }
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
