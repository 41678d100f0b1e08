/**
 * Codes that people speak and type (FORMAT 10): groups of symbols with a check symbol each over GF(32), so that one wrong
 * symbol or two swapped neighbours are always found and the group is named. The constants tell the kinds apart.
 */

import { fromHex, toHex } from '../bytes.ts'
import { LicError } from '../errors.ts'
import { normalize, symbolsOf, valuesOf } from './base32.ts'

interface Kind {
  readonly name: string
  readonly groups: number
  /** Data symbols a group. */
  readonly data: number
  /** The constant of the check symbol. */
  readonly constant: number
  readonly unit: 'group' | 'line'
}

const kind = (name: string, groups: number, data: 4 | 24, constant: number): Kind => ({
  name,
  groups,
  data,
  constant,
  unit: data === 24 ? 'line' : 'group',
})

export const CODE_KINDS = {
  request: kind('request', 2, 24, 1),
  emergency: kind('emergency code', 5, 4, 7),
  release: kind('release code', 5, 4, 13),
  key: kind('license key', 4, 4, 19),
  response: kind('typed response', 5, 24, 25),
  paper: kind('paper backup', 3, 24, 3),
  sealed: kind('sealed paper backup', 10, 24, 6),
} as const satisfies Record<string, Kind>

export type CodeKind = keyof typeof CODE_KINDS

/** A value times a, which is 2 in GF(32) with x^5 + x^2 + 1. */
const timesA = (value: number): number => (value > 15 ? (value << 1) ^ 0b100101 : value << 1)

/** The check symbol of one group: a^(g + c) + sum of d_i * a^(i + 1). */
export const checkOf = (data: readonly number[], group: number, constant: number): number => {
  let power = 1
  for (let i = group + constant; i > 0; i--) power = timesA(power)
  return data.reduceRight((sum, value) => timesA(sum ^ value), 0) ^ power
}

/** The groups of a code, check symbols included. `bytes` holds `groups * data * 5` bits at its low end (FORMAT 10.2). */
export const spell = (kind: CodeKind, bytes: Uint8Array): string[] => {
  const { groups, data, constant } = CODE_KINDS[kind]
  const values = toValues(bytes, groups * data)
  return Array.from({ length: groups }, (_, group) => {
    const part = values.slice(group * data, (group + 1) * data)
    return symbolsOf([...part, checkOf(part, group, constant)])
  })
}

/**
 * The bytes of a code. Tolerant of case, spaces, hyphens, O, I, L and the numbers of lines. What a person typed goes through
 * `typedCode`, which tells more of what is wrong.
 * @throws LicError CODE_MISTYPED, naming the groups or lines (`data.wrong`, from 1) where there are as many symbols as are due
 */
export const unspell = (kind: CodeKind, text: string): Uint8Array => {
  const { name, groups, data } = CODE_KINDS[kind]
  const symbols = normalize(numbersGone(kind, text))
  const wrong = wrongIn(kind, symbols)
  if (wrong?.length === 0) return toBytes(valuesOf(symbols).filter((_, i) => (i + 1) % (data + 1) !== 0))
  if (wrong) throw mistyped(kind, wrong)
  throw new LicError('CODE_MISTYPED', `the ${name} has ${groups * (data + 1)} characters, this has ${symbols.length}`)
}

/** Of lines, which are shown numbered. */
export const numbersGone = (kind: CodeKind, text: string): string =>
  CODE_KINDS[kind].unit === 'line' ? text.replace(/(^|\n)\s*\d{1,2}[.:)]\s*/g, '$1') : text

/** The wrong groups, from 1; undefined for symbols of another length. */
export const wrongIn = (kind: CodeKind, symbols: string): readonly number[] | undefined => {
  const split = splitGroups(kind, symbols)
  return split && wrongGroups(kind, split)
}

/** The error that names the wrong groups or lines, counted from 1. @param message absent: that they are mistyped */
export const mistyped = (kind: CodeKind, wrong: readonly number[], message = areMistyped(kind, wrong)): LicError =>
  new LicError('CODE_MISTYPED', message, {
    hint: `compare ${which(kind, wrong)} with the original and type ${wrong.length > 1 ? 'them' : 'it'} again`,
    data: { wrong },
  })

/** `line 2 of the request is`, `groups 1 and 3 of the license key are`. */
export const theyAre = (kind: CodeKind, numbers: readonly number[]): string =>
  `${which(kind, numbers)} of the ${CODE_KINDS[kind].name} ${numbers.length > 1 ? 'are' : 'is'}`
export const areMistyped = (kind: CodeKind, wrong: readonly number[]): string => `${theyAre(kind, wrong)} mistyped`

const which = (kind: CodeKind, numbers: readonly number[]): string =>
  `${CODE_KINDS[kind].unit}${numbers.length > 1 ? 's' : ''} ${numbers.join(', ').replace(/, (\d+)$/, ' and $1')}`

const splitGroups = (kind: CodeKind, symbols: string): string[] | undefined => {
  const { groups, data } = CODE_KINDS[kind]
  if (symbols.length !== groups * (data + 1)) return undefined
  return Array.from({ length: groups }, (_, g) => symbols.slice(g * (data + 1), (g + 1) * (data + 1)))
}

/** The groups (counted from 1) whose check symbol does not fit. `groups` are whole, from the first on. */
export const wrongGroups = (kind: CodeKind, groups: readonly string[]): number[] => {
  const { data, constant } = CODE_KINDS[kind]
  return groups.flatMap((group, g) => {
    const values = valuesOf(group)
    return values[data] === checkOf(values.slice(0, data), g, constant) ? [] : [g + 1]
  })
}

const toValues = (bytes: Uint8Array, count: number): number[] => {
  const spare = bytes.length * 8 - count * 5
  if (spare < 0 || spare > 7 || (bytes[0] as number) >> (8 - spare) !== 0) {
    throw new LicError('INVALID_INPUT', `a code of ${count} symbols holds exactly ${count * 5} bits`)
  }
  const bits = BigInt(`0x${toHex(bytes)}`)
  return Array.from({ length: count }, (_, i) => Number((bits >> BigInt(5 * (count - 1 - i))) & 31n))
}

const toBytes = (values: readonly number[]): Uint8Array => {
  const bits = values.reduce((sum, value) => (sum << 5n) | BigInt(value), 0n)
  return fromHex(bits.toString(16).padStart(2 * Math.ceil((values.length * 5) / 8), '0'))
}
