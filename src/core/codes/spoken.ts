/**
 * Codes that people speak and type (FORMAT 10): groups of symbols with a check symbol each over GF(32), so that one wrong
 * symbol or two swapped neighbours are always found and the group is named. The constants tell the kinds apart.
 */

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

export const CODE_KINDS = {
  request: { name: 'request', groups: 2, data: 24, constant: 1, unit: 'line' },
  emergency: { name: 'emergency code', groups: 5, data: 4, constant: 7, unit: 'group' },
  release: { name: 'release code', groups: 5, data: 4, constant: 13, unit: 'group' },
  key: { name: 'license key', groups: 4, data: 4, constant: 19, unit: 'group' },
  response: { name: 'typed response', groups: 5, data: 24, constant: 25, unit: 'line' },
  paper: { name: 'paper backup', groups: 3, data: 24, constant: 3, unit: 'line' },
  sealed: { name: 'sealed paper backup', groups: 10, data: 24, constant: 6, unit: 'line' },
} as const satisfies Record<string, Kind>

export type CodeKind = keyof typeof CODE_KINDS

/** Powers of a = 2 in GF(32) with x^5 + x^2 + 1, and their logarithms. */
const POWERS: number[] = [1]
while (POWERS.length < 31) {
  const next = (POWERS.at(-1) as number) << 1
  POWERS.push(next > 31 ? next ^ 0b100101 : next)
}
const LOGS = new Map(POWERS.map((power, log) => [power, log]))
const power = (log: number): number => POWERS[log % 31] as number

/** The check symbol of one group: a^(g + c) + sum of d_i * a^(i + 1). */
const checkOf = (data: readonly number[], group: number, constant: number): number =>
  data.reduce(
    (sum, value, i) => (value === 0 ? sum : sum ^ power((LOGS.get(value) as number) + i + 1)),
    power(group + constant),
  )

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
 * The bytes of a typed code. Tolerant of case, spaces, hyphens, O, I, L and the numbers of lines.
 * @throws LicError CODE_MISTYPED naming the wrong groups or lines (`data.wrong`, from 1), CODE_KIND for a code of another kind
 */
export const unspell = (kind: CodeKind, text: string): Uint8Array => {
  const { name, groups, data, unit } = CODE_KINDS[kind]
  const symbols = normalize(unit === 'line' ? text.replace(/(^|\n)\s*\d{1,2}[.:)]\s*/g, '$1') : text)
  const fits = (each: CodeKind): boolean => {
    const split = splitGroups(each, symbols)
    return split !== undefined && wrongGroups(each, split).length === 0
  }
  const split = splitGroups(kind, symbols)
  const wrong = split && wrongGroups(kind, split)
  if (wrong?.length === 0) return toBytes(valuesOf(symbols).filter((_, i) => (i + 1) % (data + 1) !== 0))
  const other = (Object.keys(CODE_KINDS) as CodeKind[]).find(fits)
  if (other) throw new LicError('CODE_KIND', `this is the ${CODE_KINDS[other].name}, where the ${name} is due`)
  if (wrong) throw mistyped(kind, wrong)
  throw new LicError('CODE_MISTYPED', `the ${name} has ${groups * (data + 1)} characters, this has ${symbols.length}`)
}

/** The error that names the wrong groups or lines, counted from 1. */
export const mistyped = (kind: CodeKind, wrong: readonly number[]): LicError => {
  const { name, unit } = CODE_KINDS[kind]
  const which = `${unit} ${wrong.join(' and ')}`
  return new LicError('CODE_MISTYPED', `${which} of the ${name} is mistyped`, {
    hint: `compare ${which} with the original and type it again`,
    data: { wrong },
  })
}

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
  const values: number[] = []
  let held = 0
  let bits = -spare
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      values.push(held >> bits)
      held &= (1 << bits) - 1
    }
  }
  return values
}

const toBytes = (values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil((values.length * 5) / 8))
  let at = 0
  let held = 0
  let bits = bytes.length * 8 - values.length * 5
  for (const value of values) {
    held = (held << 5) | value
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = held >> bits
    held &= (1 << bits) - 1
  }
  return bytes
}
