/**
 * CBOR coding, portable: what is left to do once `cbor.ts` has sorted a value or gated the bytes. Its twin with the same
 * interface is `native/cbor.ts`, by cbor-x; package.json's `imports` chooses, because a web page pays for every byte.
 */

import { concat, utf8 } from './bytes.ts'
import type { Cbor } from './cbor.ts'

/** The deterministic encoding of an ordered value: maps sorted, integers safe (those beyond 32 bits may be bigint). */
export const encodeItem = (value: unknown): Uint8Array => {
  if (typeof value === 'number' || typeof value === 'bigint') {
    const number = Number(value)
    return number < 0 ? head(1, -1 - number) : head(0, number)
  }
  if (typeof value === 'string') return withHead(3, utf8(value))
  if (value instanceof Uint8Array) return withHead(2, value)
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(encodeItem))
  if (value instanceof Map) return concat(head(5, value.size), ...[...value].flat().map(encodeItem))
  return Uint8Array.of(value === null ? 0xf6 : value ? 0xf5 : 0xf4)
}

const withHead = (major: number, content: Uint8Array): Uint8Array => concat(head(major, content.length), content)

const head = (major: number, argument: number): Uint8Array => {
  const first = major << 5
  if (argument < 24) return Uint8Array.of(first | argument)
  const power = argument < 0x100 ? 0 : argument < 0x10000 ? 1 : argument < 0x100000000 ? 2 : 3
  const out = new Uint8Array(1 + 2 ** power)
  out[0] = first | (24 + power)
  for (let i = out.length - 1, rest = argument; i > 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256
  return out
}

/** The one item in `bytes`, which came through the gate: nothing is checked again. */
export const decodeItem = (bytes: Uint8Array): Cbor => {
  let at = 0
  const next = (): Cbor => {
    const first = bytes[at++] as number
    const major = first >> 5
    let argument = first & 31
    if (major === 7) return argument === 22 ? null : argument === 21
    if (argument > 23) {
      const end = at + 2 ** (argument - 24)
      argument = 0
      while (at < end) argument = argument * 256 + (bytes[at++] as number)
    }
    if (major === 0) return argument
    if (major === 1) return -1 - argument
    if (major < 4) {
      const content = bytes.slice(at, at + argument)
      at += argument
      return major === 2 ? content : decoder.decode(content)
    }
    if (major === 4) return Array.from({ length: argument }, next)
    return new Map(Array.from({ length: argument }, () => [next() as number | string, next()] as const))
  }
  return next()
}

const decoder = new TextDecoder()
