/**
 * A license by its spelled key or the beginning of one. Nothing spelled is stored: sixteen of the key's symbols are the
 * 80 bits of cti (FORMAT 10.4), so a beginning is a range of numbers on an index that is there anyway.
 */

import { valuesOf } from '../core/codes/base32.ts'
import { maskKey, normalizeKey, parseKey, unmask } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { ctiPrefix, type License, licenseOf } from './licenses.ts'
import type { Reader } from './schema.ts'

/** Enough candidates to show. */
const MOST = 5
/** Symbols of a whole key without its check symbols: 5 bits each. */
const SYMBOLS = 16

/** What `text` can be the key of: everything from one cti to another. */
interface Range {
  /** Empty: any. */
  readonly prefix: string
  readonly least: Uint8Array
  readonly greatest: Uint8Array
}

const rangeOf = (text: string): Range => {
  const whole = wholeKey(text)
  if (whole !== null) return { prefix: whole.prefix, least: whole.cti, greatest: whole.cti }
  const [prefix = '', ...groups] = normalizeKey(text).split('-')
  // The fifth of a group is its check symbol.
  const symbols = groups.map((group) => group.slice(0, 4)).join('')
  if (symbols.length === 0) throw new LicError('INVALID_INPUT', 'a prefix alone names no license')
  return { prefix, least: bound(symbols, 0n), greatest: bound(symbols, 31n) }
}

/** A key that needs no completing, with or without its prefix; null for the beginning of one. */
const wholeKey = (text: string): ReturnType<typeof parseKey> | null => {
  try {
    return parseKey(text)
  } catch {
    return null
  }
}

/** The least or greatest cti that begins with `symbols`. */
const bound = (symbols: string, filler: bigint): Uint8Array => {
  let value = valuesOf(symbols).reduce((sum, symbol) => sum * 32n + BigInt(symbol), 0n)
  for (let i = symbols.length; i < SYMBOLS; i++) value = value * 32n + filler
  return Uint8Array.from({ length: 10 }, (_, i) => Number((value >> BigInt(8 * (9 - i))) & 0xffn))
}

/**
 * Licenses whose key is, or begins with, `text`: none, one, or the first few of several.
 * @throws LicError INVALID_INPUT, CODE_MISTYPED for what is no key
 */
export const findLicenses = async (
  db: Reader,
  brand: BrandScope,
  text: string,
  most = MOST,
): Promise<readonly License[]> => {
  const { prefix, least, greatest } = rangeOf(text)
  let query = db
    .selectFrom('licenses')
    .selectAll()
    .where('cti_prefix', '>=', ctiPrefix(least))
    .where('cti_prefix', '<=', ctiPrefix(greatest))
    .where('cti', '>=', least)
    .where('cti', '<=', greatest)
    .where(ofBrand('licenses.brand', brand, 'filters'))
  if (prefix !== '') query = query.where('prefix', '=', prefix)
  return (await query.orderBy('cti_prefix').limit(most).execute()).map(licenseOf)
}

/**
 * The one license whose key is, or begins with, `text`.
 * @throws LicError NOT_FOUND, AMBIGUOUS with masked `data.candidates`, INVALID_INPUT, CODE_MISTYPED for what is no key
 */
export const theLicense = async (db: Reader, brand: BrandScope, text: string): Promise<License> => {
  const found = await findLicenses(db, brand, text)
  const [one] = found
  if (one === undefined) {
    throw new LicError('NOT_FOUND', 'no license in the ledger has this key', {
      hint: 'look for it: lic find TEXT',
    })
  }
  if (found.length === 1) return one
  const candidates = found.map((license) => maskKey(license.prefix, license.cti))
  throw new LicError('AMBIGUOUS', 'several keys begin so', {
    hint: `type more of it: ${candidates.join(', ')}`,
    data: { candidates },
  })
}

/** The license that a request names by the first five bytes of its id. @throws LicError NOT_FOUND */
export const licenseByPrefix = async (db: Reader, brand: BrandScope, prefix: Uint8Array): Promise<License> => {
  const query = db.selectFrom('licenses').selectAll().where('cti_prefix', '=', ctiPrefix(prefix))
  const row = await query.where(ofBrand('licenses.brand', brand, 'filters')).executeTakeFirst()
  if (row) return licenseOf(row)
  throw new LicError('NOT_FOUND', 'the request is for a license that is not in the ledger', {
    hint: 'compare the key on the device with: lic list',
  })
}

/**
 * Licenses that a text of any kind names: none where it is no key, nor the beginning or the masked form of one. `mistyped`
 * is the error of a text that was meant for a key.
 */
export const licensesNamed = async (
  db: Reader,
  brand: BrandScope,
  text: string,
): Promise<{ readonly licenses: readonly License[]; readonly mistyped?: LicError }> => {
  try {
    const masked = unmask(text)
    if (masked === null) return { licenses: await findLicenses(db, brand, text) }
    const found = await findLicenses(db, brand, masked.beginning)
    return { licenses: found.filter(({ prefix, cti }) => maskKey(prefix, cti).endsWith(masked.end)) }
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    if (error.code === 'INVALID_INPUT') return { licenses: [] }
    if (error.code === 'CODE_MISTYPED') return { licenses: [], mistyped: error }
    throw error
  }
}
