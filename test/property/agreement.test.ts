/** The portable half and its native twin: the same answers to everything, or products on Node and in browsers disagree. */

import { createHash } from 'node:crypto'
import { Point } from '@noble/ed25519'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner } from '../../src/authority/signer.ts'
import { toHex } from '../../src/core/bytes.ts'
import { type Cbor, decode, encode } from '../../src/core/cbor.ts'
import { decodeItem as portableDecode } from '../../src/core/cbor-decode.ts'
import { isPublicKey, signatureCheck as portable } from '../../src/core/ed25519.ts'
import { decodeItem as nativeDecode } from '../../src/native/cbor.ts'
import { isPublicKey as isNativeKey, signatureCheck as native } from '../../src/native/ed25519.ts'
import { size } from './size.ts'

describe('public keys', () => {
  const same = (key: Uint8Array): boolean => {
    const answer = isPublicKey(key)
    expect(isNativeKey(key), toHex(key)).toBe(answer)
    return answer
  }
  /** Of the order 8: what it is times 0 to 7 is all that there is of small order. */
  const eighth = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')

  it('with a part of small order are refused by both, without one taken by both', () => {
    const times = fc.bigInt({ min: 1n, max: Point.CURVE().n - 1n })
    fc.assert(
      fc.property(times, fc.nat(7), fc.boolean(), (k, small, turned) => {
        const part = small === 0 ? Point.ZERO : eighth.multiply(BigInt(small), false)
        const key = Point.BASE.multiply(k).add(part).toBytes()
        if (turned) key[31] = (key[31] as number) ^ 0x80
        expect(same(key)).toBe(small === 0)
        expect(same(part.toBytes())).toBe(false)
      }),
      { numRuns: size(100, 5_000) },
    )
  })

  it('of any bytes are answered alike', () => {
    const top = fc.constantFrom(0x00, 0x7f, 0x80, 0xff)
    const edge = fc.tuple(fc.nat(255), fc.constantFrom(0, 255), top).map(([first, rest, last]) => {
      const key = new Uint8Array(32).fill(rest)
      key[0] = first
      key[31] = last
      return key
    })
    const any = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), edge, fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(any, (key) => void same(key)),
      { numRuns: size(300, 20_000) },
    )
  })
})

describe('signatures', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const both = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
    const answers = [portable(key)(message, signature), native(key)(message, signature)]
    expect(answers[0]).toBe(answers[1])
    return answers[0] === true
  }

  it('genuine ones are accepted by both', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 200 }), (seed, message) => {
        const { publicKey, sign } = fileSigner(new Secret(seed))
        expect(isPublicKey(publicKey)).toBe(true)
        expect(both(publicKey, message, sign(message))).toBe(true)
      }),
      { numRuns: size(60, 5_000) },
    )
  })

  it('mutated and random ones are refused by both', () => {
    const change = fc.oneof(
      fc.record({ at: fc.nat(63), value: fc.nat(255) }),
      // The top bytes of R and S, where the encodings that are not canonical lie.
      fc.record({
        at: fc.constantFrom(0, 31, 32, 63),
        value: fc.constantFrom(0x00, 0x01, 0x10, 0x7f, 0x80, 0xed, 0xff),
      }),
    )
    fc.assert(
      fc.property(bytes(32), bytes(20), fc.array(change, { minLength: 1, maxLength: 3 }), (seed, message, changes) => {
        const { publicKey, sign } = fileSigner(new Secret(seed))
        const signature = sign(message)
        const spoilt = signature.slice()
        for (const { at, value } of changes) spoilt[at] = value
        expect(both(publicKey, message, spoilt)).toBe(toHex(spoilt) === toHex(signature))
        const random = createHash('sha512').update(spoilt).digest()
        expect(both(publicKey, message, new Uint8Array(random))).toBe(false)
      }),
      { numRuns: size(100, 10_000) },
    )
  })

  it('of any length are answered', () => {
    const { publicKey } = fileSigner(new Secret(new Uint8Array(32).fill(7)))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 130 }), (signature) => {
        expect(both(publicKey, signature, signature)).toBe(false)
      }),
      { numRuns: size(60, 2_000) },
    )
  })
})

describe('CBOR', () => {
  const integer = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.constantFrom(2 ** 16, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1, 2 ** 53 - 1, -(2 ** 53) + 1),
  )
  const words = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.startsWith('\ufeff'))
  const leaf: fc.Arbitrary<Cbor> = fc.oneof(
    integer,
    words,
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
  )
  const { value } = fc.letrec<{ value: Cbor; map: Cbor }>((tie) => ({
    value: fc.oneof({ maxDepth: 5, depthSize: 'small' }, leaf, fc.array(tie('value'), { maxLength: 30 }), tie('map')),
    map: fc
      .array(fc.tuple(fc.oneof(integer, words), tie('value')), { maxLength: 30 })
      .map((entries) => new Map(entries)),
  }))

  it('both decoders read the same values, which are written as the same bytes', () => {
    fc.assert(
      fc.property(value, (given) => {
        const written = encode(given)
        fc.pre(written.length <= 4096)
        const read = decode(written)
        expect(toHex(encode(read))).toBe(toHex(written))
        expect(plain(portableDecode(written))).toEqual(plain(nativeDecode(written)))
      }),
      { numRuns: size(500, 50_000) },
    )
  })
})

/** Bytes as text: the one codec gives Buffers, which are Uint8Arrays that print differently. */
const plain = (value: Cbor): unknown => {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return [...value].map(([key, item]) => [key, plain(item as Cbor)])
  return value
}
