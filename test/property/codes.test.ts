/** Spoken codes: what a person mishears or mistypes is noticed, and the group is named (FORMAT 10.1). */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALPHABET } from '../../src/core/codes/base32.ts'
import { formatKey, parseKey } from '../../src/core/codes/license-key.ts'
import { CODE_KINDS, type CodeKind, spell, unspell } from '../../src/core/codes/spoken.ts'
import { typedCode } from '../../src/core/codes/typed.ts'
import { LicError } from '../../src/core/errors.ts'
import { size } from './size.ts'

const KINDS = Object.keys(CODE_KINDS) as CodeKind[]

/** Bytes that fill a code of a kind: the bits above are zero. */
const bytesOf = (kind: CodeKind): fc.Arbitrary<Uint8Array> => {
  const { groups, data } = CODE_KINDS[kind]
  const bits = groups * data * 5
  const length = Math.ceil(bits / 8)
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => {
    bytes[0] = (bytes[0] ?? 0) & (0xff >> (length * 8 - bits))
    return bytes
  })
}

const refusal = (work: () => unknown): LicError => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error
    throw error
  }
  throw new Error('accepted')
}

/** Chance makes one in 200,000 such codes another kind's. */
const slip = (work: () => unknown): LicError => {
  const error = refusal(work)
  fc.pre(error.code !== 'CODE_KIND')
  return error
}

/** The wrong groups that the error names; a slip may make a code of another kind, which is said as well. */
const named = (error: LicError): unknown => (error.code === 'CODE_KIND' ? 'kind' : error.data?.wrong)

describe.each(KINDS)('%s', (kind) => {
  const { data } = CODE_KINDS[kind]
  const width = data + 1

  it('is read back, however it is typed', () => {
    fc.assert(
      fc.property(bytesOf(kind), fc.constantFrom('', ' ', '-', ' - '), fc.boolean(), (bytes, between, lower) => {
        const typed = spell(kind, bytes).join(between)
        expect(unspell(kind, lower ? typed.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l') : typed)).toEqual(
          bytes,
        )
      }),
      { numRuns: size(200, 20_000) },
    )
  })

  it('every single wrong symbol is found, its group named', () => {
    fc.assert(
      fc.property(bytesOf(kind), (bytes) => {
        const symbols = spell(kind, bytes).join('')
        for (let at = 0; at < symbols.length; at++) {
          for (const symbol of ALPHABET) {
            if (symbol === symbols[at]) continue
            const error = refusal(() => typedCode(kind, symbols.slice(0, at) + symbol + symbols.slice(at + 1)))
            expect(named(error)).toEqual([Math.floor(at / width) + 1])
          }
        }
      }),
      { numRuns: size({ response: 2, sealed: 1 }[kind as string] ?? 5, 300) },
    )
  })

  it('a group that was left out is named, and no other', () => {
    fc.assert(
      fc.property(bytesOf(kind), fc.nat(), (bytes, random) => {
        const groups = spell(kind, bytes)
        const out = random % groups.length
        const error = slip(() => typedCode(kind, groups.filter((_, i) => i !== out).join('')))
        expect(named(error)).toEqual([out + 1])
        expect(error.message).toMatch(/missing$/)
      }),
      { numRuns: size(100, 20_000) },
    )
  })

  it('the group of a symbol that was left out, or typed twice, is named', () => {
    fc.assert(
      fc.property(bytesOf(kind), fc.nat(), fc.constantFrom(0, 2), (bytes, random, times) => {
        const symbols = spell(kind, bytes).join('')
        const at = random % symbols.length
        const typed = symbols.slice(0, at) + (symbols[at] ?? '').repeat(times) + symbols.slice(at + 1)
        expect(named(slip(() => typedCode(kind, typed)))).toContain(Math.floor(at / width) + 1)
      }),
      { numRuns: size(100, 20_000) },
    )
  })

  it('the group of a character that no code has is named beside it', () => {
    fc.assert(
      fc.property(bytesOf(kind), fc.nat(), fc.constantFrom('U', '*', 'é', '\u{1f511}'), (bytes, random, foreign) => {
        const symbols = spell(kind, bytes).join('')
        const at = random % symbols.length
        const error = slip(() => typedCode(kind, symbols.slice(0, at) + foreign + symbols.slice(at + 1)))
        expect(error.data?.wrong).toContain(Math.floor(at / width) + 1)
        expect(error.message).toMatch(/is not a symbol of a code; /)
      }),
      { numRuns: size(100, 20_000) },
    )
  })

  it('every two swapped neighbours are found, their group named', () => {
    fc.assert(
      fc.property(bytesOf(kind), (bytes) => {
        const symbols = spell(kind, bytes).join('')
        for (let at = 0; at + 1 < symbols.length; at++) {
          const [a = '', b = ''] = [symbols[at], symbols[at + 1]]
          if (a === b) continue
          const swapped = symbols.slice(0, at) + b + a + symbols.slice(at + 2)
          const groups = new Set([Math.floor(at / width) + 1, Math.floor((at + 1) / width) + 1])
          const wrong = named(refusal(() => typedCode(kind, swapped)))
          // Across a border the two groups have one wrong symbol each.
          expect(wrong).toEqual([...groups])
        }
      }),
      { numRuns: size(20, 2_000) },
    )
  })

  it('is taken for no other kind of its length', () => {
    fc.assert(
      fc.property(bytesOf(kind), (bytes) => {
        const typed = spell(kind, bytes).join('-')
        for (const other of KINDS)
          if (other !== kind) expect(refusal(() => typedCode(other, typed)).code).toMatch(/^CODE_/)
      }),
      { numRuns: size(100, 10_000) },
    )
  })
})

describe('license keys', () => {
  const cti = fc.uint8Array({ minLength: 10, maxLength: 10 })
  const prefix = fc.stringMatching(/^[A-Z][A-Z0-9]{1,7}$/)

  it('are read back with prefix', () => {
    fc.assert(
      fc.property(prefix, cti, fc.boolean(), (letters, bytes, lower) => {
        const key = formatKey(letters, bytes)
        expect(parseKey(lower ? key.toLowerCase() : key)).toEqual({ prefix: letters, cti: bytes })
      }),
      { numRuns: size(300, 20_000) },
    )
  })
})

it('random codes are refused but for chance', () => {
  const symbols = fc.array(fc.constantFrom(...ALPHABET), { minLength: 25, maxLength: 25 }).map((each) => each.join(''))
  fc.assert(
    fc.property(symbols, (text) => {
      expect(refusal(() => typedCode('emergency', text)).code).toMatch(/^CODE_/)
    }),
    { numRuns: size(2_000, 1_000_000) },
  )
})
