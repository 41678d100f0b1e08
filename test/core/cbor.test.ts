import { decode as cborgDecode, encode as cborgEncode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { type Cbor, decode, encode } from '../../src/core/cbor.ts'
import * as portable from '../../src/core/cbor-decode.ts'
import * as native from '../../src/native/cbor.ts'

const key = fc.oneof(fc.maxSafeInteger(), fc.string())
const value: fc.Arbitrary<Cbor> = fc.letrec<{ item: Cbor }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger(),
    fc.nat(70000),
    fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\ufeff')),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('item'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('item')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).item

describe('deterministic CBOR', () => {
  it('decode reverses encode, and cborg writes the same bytes', () => {
    fc.assert(
      fc.property(value, (item) => {
        const bytes = encode(item)
        expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes))
        expect(decode(bytes)).toEqual(item)
        expect(toHex(cborgEncode(item))).toBe(toHex(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  it('the portable decoder and cbor-x agree on values', () => {
    fc.assert(
      fc.property(value, (item) => {
        const bytes = encode(item)
        expect(portable.decodeItem(bytes)).toEqual(item)
        expect(portable.decodeItem(bytes)).toEqual(native.decodeItem(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  it('whatever is accepted re-encodes to itself, and cborg reads it too', () => {
    fc.assert(
      fc.property(value, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), (item, edits) => {
        const bytes = Uint8Array.from(encode(item))
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte
        let decoded: Cbor
        try {
          decoded = decode(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'LICENSE_INVALID', stage: 'decode' })
          return
        }
        expect(toHex(encode(decoded))).toBe(toHex(bytes))
        expect(() => cborgDecode(bytes, { useMaps: true, strict: true, rejectDuplicateMapKeys: true })).not.toThrow()
      }),
      { numRuns: 20000 },
    )
  })

  const malformed: Record<string, string> = {
    empty: '',
    'trailing bytes': '0000',
    'non-shortest integer': '1800',
    'non-shortest length': '5801ff',
    'non-shortest 16 bit': '1900ff',
    'non-shortest 64 bit': '1b00000000ffffffff',
    'beyond 2^53': '1b0020000000000000',
    'negative beyond 2^53': '3b001fffffffffffff',
    'indefinite array': '9f00ff',
    'indefinite map': 'bf0000ff',
    'indefinite text': '7f6161ff',
    'half float': 'f93c00',
    'double float': 'fb3ff0000000000000',
    undefined: 'f7',
    tag: 'c100',
    'tag 18': 'd280',
    'duplicate keys': 'a201000100',
    'unsorted keys': 'a202000100',
    'text before integer keys': 'a2616100' + '0100',
    'byte string key': 'a1410000',
    'bad UTF-8': '62c328',
    'surrogate in UTF-8': '63eda080',
    'byte order mark': '64efbbbf61',
    truncated: '4401',
    'huge announced array': '9affffffff',
    'huge announced bytes': '5b7fffffffffffffff',
    'reserved length': '1c',
  }
  for (const [name, hex] of Object.entries(malformed)) {
    it(`refuses: ${name}`, () => {
      expect(() => decode(fromHex(hex))).toThrowError(expect.objectContaining({ code: 'LICENSE_INVALID' }))
    })
  }

  it('refuses depth 11 and takes depth 10', () => {
    expect(decode(fromHex(`${'81'.repeat(10)}00`))).toBeTruthy()
    expect(() => decode(fromHex(`${'81'.repeat(11)}00`))).toThrow()
    expect(() => decode(new Uint8Array(4000).fill(0x81))).toThrow()
  })

  it('refuses to encode what has no deterministic form', () => {
    for (const bad of [1.5, Number.NaN, -0, 2 ** 60, '\ud800']) expect(() => encode(bad)).toThrow()
  })
})
