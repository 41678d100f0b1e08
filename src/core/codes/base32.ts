/** Crockford's base 32 (FORMAT 9.1): the one place where typed input is tolerant, and the strict coding behind it. */

import { LicError } from '../errors.ts'

export const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Makes typed text strict: upper case, spaces and hyphens gone, O to 0, I and L to 1.
 * @throws LicError CODE_MISTYPED naming the first character that is no symbol
 */
export const normalize = (text: string): string => {
  const symbols = strict(text)
  if (!isStrict(symbols)) throw noSymbol(symbols)
  return symbols
}

/** The same, with what is no symbol still in it. */
export const strict = (text: string): string =>
  text
    .toUpperCase()
    .replace(/[\s\u2010-\u2015-]+/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')

const STRICT = /^[0-9A-HJKMNP-TV-Z]*$/
export const isStrict = (text: string): boolean => STRICT.test(text)

/** The error that names the first character that is no symbol. */
export const noSymbol = (text: string): LicError => {
  const symbol = Array.from(text).find((each) => !isStrict(each))
  return new LicError('CODE_MISTYPED', `"${symbol}" is not a symbol of a code`, {
    hint: `codes use the digits and the letters ${ALPHABET.slice(10)}`,
  })
}

/** The values 0-31 of strict symbols. @throws LicError CODE_MISTYPED naming the first character that is none */
export const valuesOf = (symbols: string): number[] =>
  Array.from(symbols, (symbol) => {
    const value = ALPHABET.indexOf(symbol)
    if (value >= 0) return value
    throw noSymbol(symbols)
  })

export const symbolsOf = (values: readonly number[]): string => values.map((value) => ALPHABET.charAt(value)).join('')

/** Bytes as symbols, most significant bit first, the last symbol filled with zero bits. */
export const encodeBase32 = (bytes: Uint8Array): string => {
  let out = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += ALPHABET.charAt((held >> bits) & 31)
    }
    held &= (1 << bits) - 1
  }
  return bits > 0 ? out + ALPHABET.charAt((held << (5 - bits)) & 31) : out
}

/** The bytes of strict symbols. @throws LicError CODE_MISTYPED when the length or the filling bits are not the shortest's */
export const decodeBase32 = (symbols: string): Uint8Array => {
  const out = new Uint8Array(Math.floor((symbols.length * 5) / 8))
  let at = 0
  let bits = 0
  let held = 0
  for (const value of valuesOf(symbols)) {
    held = (held << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out[at++] = held >> bits
      held &= (1 << bits) - 1
    }
  }
  if (held !== 0 || bits >= 5) throw new LicError('CODE_MISTYPED', 'the code has a symbol too many or is cut off')
  return out
}
