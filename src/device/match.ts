/** Which license and which line a person means. */

import { formatKey, normalizeKey } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import type { GrantedLine } from '../core/rights.ts'
import type { Held } from './held.ts'

export type LicenseMatch = (held: Held) => boolean

/** By the beginning of its key. @throws LicError CODE_MISTYPED, INVALID_INPUT */
export const byKey = (given: string): LicenseMatch => {
  const wanted = keyOf(given)
  return ({ license }) => formatKey(license.prefix, license.cti).startsWith(wanted)
}

/** Here is no ledger to find it in. */
const keyOf = (given: string): string => {
  try {
    return normalizeKey(given)
  } catch (error) {
    if (!(error instanceof LicError) || error.code !== 'INVALID_INPUT') throw error
    throw new LicError('INVALID_INPUT', error.message, {
      hint: 'a key looks like EDIT-XXXXX-XXXXX-XXXXX-XXXXX; lic status shows what is installed',
      cause: error,
    })
  }
}

/** @throws LicError ILLEGAL_MOVE when none needs activation, NOT_FOUND, AMBIGUOUS */
export const lineFor = ({ license }: Held, product: string | undefined, among: readonly GrantedLine[]): GrantedLine => {
  const products = among.map((each) => each.product)
  if (product !== undefined) {
    const found = among.find((each) => each.product === product)
    if (found) return found
    throw new LicError('NOT_FOUND', `the license has no line for ${product}`, {
      hint: `it is for ${[...license.lines.values()].map((each) => each.product).join(', ')}`,
    })
  }
  const [only] = among
  if (only === undefined) {
    throw new LicError('ILLEGAL_MOVE', 'this license needs no activation', { hint: 'lic status shows that it stands' })
  }
  if (among.length === 1) return only
  throw new LicError('AMBIGUOUS', `the license is for ${products.join(', ')}`, {
    hint: 'name one with --product',
    data: { products },
  })
}
