/** Objects as text (FORMAT 9.2, 9.3): `LIC1-` and base 32, whole or in numbered parts for several QR codes. */

import { LicError } from '../errors.ts'
import { hashOf } from '../hash.ts'
import { decodeBase32, encodeBase32, normalize } from './base32.ts'

const WHOLE = /^\s*LIC1-/i
const PART = /^\s*LIC1\/([1-9]\d?)\/([1-9]\d?)\/([0-9A-Z]{5})-/i

export const isText = (text: string): boolean => WHOLE.test(text) || PART.test(text)

/** Of which code a part is one, the same for all its parts; undefined for what is no part. */
export const partOf = (text: string): string | undefined => {
  const [, , count, hash] = PART.exec(text) ?? []
  return count === undefined || hash === undefined ? undefined : `${count}/${normalize(hash)}`
}

export const encodeText = (bytes: Uint8Array): string => `LIC1-${encodeBase32(bytes)}`

/** The text in as many parts as it takes for none to be longer than `longest` characters; one whole text when it fits. */
export const encodeParts = (bytes: Uint8Array, longest: number): string[] => {
  const whole = encodeText(bytes)
  if (whole.length <= longest) return [whole]
  const symbols = encodeBase32(bytes)
  const room = longest - 'LIC1/64/64/HHHHH-'.length
  const count = Math.ceil(symbols.length / room)
  if (count > 64) throw new LicError('INVALID_INPUT', `${bytes.length} bytes do not fit into 64 parts`)
  const size = Math.ceil(symbols.length / count)
  const hash = partsHash(bytes)
  return Array.from(
    { length: count },
    (_, i) => `LIC1/${i + 1}/${count}/${hash}-${symbols.slice(i * size, (i + 1) * size)}`,
  )
}

/**
 * Reads one text, or all the parts of one in any order, separated by white space or line ends.
 * @throws LicError CODE_MISTYPED; INVALID_INPUT naming missing parts
 */
export const decodeText = (text: string): Uint8Array => {
  if (PART.test(text)) return joinParts(text)
  if (!WHOLE.test(text)) throw new LicError('INVALID_INPUT', 'not a code: it does not begin with LIC1-')
  const bytes = decodeBase32(normalize(text.replace(WHOLE, '')))
  if (bytes.length === 0) throw new LicError('CODE_MISTYPED', 'the code is empty behind LIC1-')
  return bytes
}

const joinParts = (text: string): Uint8Array => {
  const pieces = new Map<number, string>()
  let count = 0
  let hash = ''
  for (const part of text.split(/(?=LIC1\/)/i).filter((each) => each.trim() !== '')) {
    const match = PART.exec(part)
    if (!match) throw new LicError('INVALID_INPUT', 'something that is not a part stands among the parts of a code')
    const [head, i, n, h] = match as unknown as [string, string, string, string]
    if (count !== 0 && (Number(n) !== count || normalize(h) !== hash)) {
      throw new LicError('INVALID_INPUT', 'the parts belong to different codes')
    }
    count = Number(n)
    hash = normalize(h)
    const number = Number(i)
    const symbols = normalize(part.slice(head.length))
    if (number < 1 || number > count || count > 64) throw new LicError('INVALID_INPUT', `part ${i} of ${n} cannot be`)
    if ((pieces.get(number) ?? symbols) !== symbols)
      throw new LicError('INVALID_INPUT', `part ${i} is there twice and differs`)
    pieces.set(number, symbols)
  }
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const missing = numbers.filter((number) => !pieces.has(number))
  if (missing.length > 0) {
    throw new LicError('INVALID_INPUT', `part ${missing.join(', ')} of ${count} is missing`, { data: { missing } })
  }
  const bytes = decodeBase32(numbers.map((number) => pieces.get(number)).join(''))
  if (partsHash(bytes) !== hash) throw new LicError('CODE_MISTYPED', 'a part of the code is mistyped')
  return bytes
}

/** The first 25 bits of H("lic-parts-1", bytes) as five symbols. */
const partsHash = (bytes: Uint8Array): string => encodeBase32(hashOf('lic-parts-1', bytes).subarray(0, 4)).slice(0, 5)
