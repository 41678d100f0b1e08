/**
 * A code as a person typed it (FORMAT 10): what is wrong with it is said as exactly as its check symbols tell: a code of another
 * kind by its name; a group or line that is mistyped, left out, too short or too long by its number.
 */

import { LicError } from '../errors.ts'
import { ALPHABET, isStrict, noSymbol, strict } from './base32.ts'
import { type Misread, misread } from './misread.ts'
import { recognise } from './recognise.ts'
import { areMistyped, CODE_KINDS, type CodeKind, checkOf, mistyped, numbersGone, theyAre, unspell } from './spoken.ts'

/**
 * The bytes of a typed code, as `unspell` reads them.
 * @throws LicError CODE_MISTYPED naming the groups or lines that are wrong or missing (`data.wrong`, from 1); CODE_KIND for a code
 * of another kind (`data.kind`)
 */
export const typedCode = (kind: CodeKind, text: string): Uint8Array => {
  try {
    return unspell(kind, text)
  } catch (error) {
    if (!(error instanceof LicError) || error.code !== 'CODE_MISTYPED') throw error
    const wrong = error.data?.wrong
    checkKind(kind, text, Array.isArray(wrong) ? wrong.length : undefined)
    throw wrong === undefined ? unlike(kind, numbersGone(kind, text)) : error
  }
}

/** The numbered lines of a code out of what the vendor's command prints around them, or a mail; undefined when there are none. */
export const numberedLines = (text: string): string | undefined => {
  const lines = text.split('\n').filter((line) => /^\s*\d{1,2}[.:)](?:\s*\S){20,30}\s*$/.test(line))
  return lines.length > 0 ? lines.join('\n') : undefined
}

/**
 * @param wrong how many groups of the kind that is due are wrong; absent: it has another length
 * @throws LicError CODE_KIND (`data.kind`: a kind of code, or `text`) when the text fits another kind better
 */
export const checkKind = (due: CodeKind, text: string, wrong = Number.POSITIVE_INFINITY): void => {
  const other = recognise(text)
  if (other === undefined) return
  if (other.form !== 'code') throw kindError('a signed object as text', 'text', due)
  const { kind, wrong: others } = other
  // One slip is forgiven where four groups are right: less may be chance.
  const isOther = others.length === 0 || (others.length === 1 && CODE_KINDS[kind].groups > 4)
  if (kind !== due && isOther && others.length < wrong) throw kindError(`the ${CODE_KINDS[kind].name}`, kind, due)
}

const kindError = (what: string, kind: CodeKind | 'text', due: CodeKind): LicError =>
  new LicError('CODE_KIND', `this is ${what}, where the ${CODE_KINDS[due].name} is due`, { data: { kind } })

/** For symbols that are not as many as are due, or are none. */
const unlike = (kind: CodeKind, text: string): LicError => {
  const { name, groups, data, unit } = CODE_KINDS[kind]
  const size = data + 1
  const symbols = strict(text)
  // Short groups fit by chance now and then, as in a path.
  const least = unit === 'line' ? 1 : 3
  const found =
    inLines(kind, text) ?? misread({ symbols: symbols.length, groups, size, least, groupAt: groupIn(kind, symbols) })
  if (!found) {
    if (!isStrict(symbols)) return noSymbol(symbols)
    return new LicError('CODE_MISTYPED', `the ${name} has ${groups * size} characters, this has ${symbols.length}`, {
      hint: `type all of its ${groups} ${unit}s of ${size} characters`,
    })
  }
  const missing = found.filter(({ length }) => length === 0).map(({ group }) => group + 1)
  const others = found.filter(({ length }) => length !== 0).map(({ group }) => group + 1)
  const told = [
    ...(isStrict(symbols) ? [] : [noSymbol(symbols).message]),
    ...(missing.length > 0 ? [`${theyAre(kind, missing)} missing`] : []),
    ...(others.length > 0 ? [areMistyped(kind, others)] : []),
    ...found.flatMap(({ group, length = size }) =>
      length === size || length === 0 ? [] : [`${unit} ${group + 1} has ${length} characters of ${size}`],
    ),
  ]
  return mistyped(
    kind,
    found.map(({ group }) => group + 1),
    told.join('; '),
  )
}

/** Where the text has the lines that are due, each is wrong or right by itself. Undefined: it has not, or none is right. */
const inLines = (kind: CodeKind, text: string): readonly Misread[] | undefined => {
  const { groups, data, unit } = CODE_KINDS[kind]
  const lines = text
    .split('\n')
    .map(strict)
    .filter((line) => line !== '')
  if (unit !== 'line' || lines.length !== groups) return undefined
  const isRight = (line: string, group: number): boolean => line.length === data + 1 && groupIn(kind, line)(0) === group
  const found = lines.flatMap((line, group) => (isRight(line, group) ? [] : [{ group, length: line.length }]))
  return found.length < groups ? found : undefined
}

/** Which group the symbols from a place on are: the check symbols of a kind tell its groups apart. */
const groupIn = (kind: CodeKind, symbols: string): ((from: number) => number | undefined) => {
  const { groups, data, constant } = CODE_KINDS[kind]
  const empty = Array.from({ length: groups }, (_, group) => checkOf([], group, constant))
  return (from) => {
    const values = Array.from(symbols.slice(from, from + data + 1), (symbol) => ALPHABET.indexOf(symbol))
    const [part, check] = [values.slice(0, data), values[data]]
    if (check === undefined || values.includes(-1)) return undefined
    const group = empty.indexOf(check ^ checkOf(part, 0, 0) ^ 1)
    return group < 0 ? undefined : group
  }
}
