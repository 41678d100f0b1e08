/** The activation that a person names by its id, the first eight symbols of its release anchor, or the beginning of one. */

import { decodeBase32, normalize } from '../core/codes/base32.ts'
import { LicError } from '../core/errors.ts'
import { activationId } from '../core/release.ts'
import { type Activation, activationsBetween } from '../ledger/activations.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import type { Reader } from '../ledger/schema.ts'

/** Symbols of a whole anchor, and those of them that are shown. */
const SYMBOLS = 16
/** Enough candidates to show. */
const MOST = 5

/** @throws LicError NOT_FOUND, AMBIGUOUS with `data.candidates`, CODE_MISTYPED, INVALID_INPUT */
export const activationNamed = async (db: Reader, brand: BrandScope, named: string): Promise<Activation> => {
  const symbols = normalize(named)
  if (symbols.length === 0 || symbols.length > SYMBOLS) {
    throw new LicError('INVALID_INPUT', 'an activation is named by the 8 characters of its id', {
      hint: 'see them: lic activation list KEY',
    })
  }
  const range = ['0', 'Z'].map((filler) => decodeBase32(symbols.padEnd(SYMBOLS, filler))) as [Uint8Array, Uint8Array]
  const found = await activationsBetween(db, brand, range, MOST)
  const [one] = found
  if (one === undefined) {
    throw new LicError('NOT_FOUND', `no activation has the id ${symbols}`, {
      hint: 'see them: lic activation list KEY',
    })
  }
  if (found.length === 1) return one
  throw new LicError('AMBIGUOUS', 'several activations begin so', {
    hint: `type more of it: ${found.map(({ anchor }) => activationId(anchor)).join(', ')}`,
    data: { candidates: found.map(({ anchor }) => activationId(anchor)) },
  })
}
