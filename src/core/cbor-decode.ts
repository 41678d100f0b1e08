/**
 * Reading CBOR, portable: what is left to do once `cbor.ts` has gated the bytes. Its twin with the same interface is
 * `native/cbor.ts`, by cbor-x; package.json's `imports` chooses, because a web page pays for every byte.
 */

import type { Cbor } from './cbor.ts'

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
