/**
 * A license by its spelled key or the beginning of one. Nothing spelled is stored: sixteen of the key's symbols are the
 * 80 bits of cti (FORMAT 10.4), so a beginning is a range of numbers on an index that is there anyway.
 */

import { LicError } from '../core/errors.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { type License, licenseOf } from './licenses.ts'
import type { Reader } from './schema.ts'

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const GROUP = 5
const SYMBOLS = 16
const INDEXED = 8
/** Enough candidates to show. */
const MOST = 5

interface Spelled {
  readonly prefix: string
  /** The symbols that carry bits, without the check symbol of each group. */
  readonly symbols: string
}

/** Takes upper case with hyphens, as the command line has normalised it. */
const spelled = (text: string): Spelled => {
  const match = /^([A-Z][A-Z0-9]{1,7})-([0-9A-HJKMNP-TV-Z-]+)$/.exec(text)
  const typed = match?.[2]?.replaceAll('-', '') ?? ''
  if (match?.[1] === undefined || typed.length === 0 || typed.length > (SYMBOLS / 4) * GROUP) {
    throw new LicError('INVALID_INPUT', 'this is not a license key or the beginning of one', {
      hint: 'a key looks like EDIT-XXXXX-XXXXX-XXXXX-XXXXX',
    })
  }
  return { prefix: match[1], symbols: [...typed].filter((_, i) => i % GROUP !== GROUP - 1).join('') }
}

/** The least or greatest cti that begins with `symbols`. */
const bound = (symbols: string, filler: '0' | 'Z'): bigint =>
  [...symbols.padEnd(SYMBOLS, filler)].reduce((sum, symbol) => sum * 32n + BigInt(CROCKFORD.indexOf(symbol)), 0n)

const ctiBytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 10 }, (_, i) => Number((value >> BigInt(8 * (9 - i))) & 0xffn))

/** Licenses whose key begins so: none, one, or the first few of several. */
export const findLicenses = async (db: Reader, brand: BrandScope, text: string): Promise<readonly License[]> => {
  const { prefix, symbols } = spelled(text)
  const [least, greatest] = [bound(symbols, '0'), bound(symbols, 'Z')]
  let query = db
    .selectFrom('licenses')
    .selectAll()
    .where('cti_prefix', '>=', Number(least >> 40n))
    .where('cti_prefix', '<=', Number(greatest >> 40n))
    .where('prefix', '=', prefix)
    .where(ofBrand('licenses.brand', brand, 'filters'))
  if (symbols.length > INDEXED) query = query.where('cti', '>=', ctiBytes(least)).where('cti', '<=', ctiBytes(greatest))
  return (await query.orderBy('cti_prefix').limit(MOST).execute()).map(licenseOf)
}

/**
 * The one license whose key is, or begins with, `text`.
 * @param masked spells a license's key for a message, its middle left out
 * @throws LicError NOT_FOUND, AMBIGUOUS with masked `data.candidates`, INVALID_INPUT for what is no key
 */
export const theLicense = async (
  db: Reader,
  brand: BrandScope,
  text: string,
  masked: (license: License) => string,
): Promise<License> => {
  const found = await findLicenses(db, brand, text)
  const [one] = found
  if (one === undefined) {
    throw new LicError('NOT_FOUND', 'no license in the ledger has this key', { hint: 'find it: lic list --email E' })
  }
  if (found.length === 1) return one
  const candidates = found.map(masked)
  throw new LicError('AMBIGUOUS', 'several keys begin so', {
    hint: `type more of it: ${candidates.join(', ')}`,
    data: { candidates },
  })
}
