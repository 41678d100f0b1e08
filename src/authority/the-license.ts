/** The license that a person names by its key, the beginning of one, or a key as lists mask it. */

import { maskKey, normalizeKey, unmask } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import { theLicense } from '../ledger/find-license.ts'
import type { License } from '../ledger/licenses.ts'
import type { Reader } from '../ledger/schema.ts'

/** @throws LicError CODE_MISTYPED naming the group, NOT_FOUND, AMBIGUOUS with masked candidates, INVALID_INPUT */
export const licenseNamed = async (db: Reader, brand: BrandScope, key: string): Promise<License> => {
  const masked = unmask(key)
  if (masked === null) return theLicense(db, brand, normalizeKey(key))
  const license = await theLicense(db, brand, normalizeKey(masked.beginning))
  if (maskKey(license.prefix, license.cti).endsWith(masked.end)) return license
  throw new LicError('NOT_FOUND', 'no license in the ledger has this key', {
    hint: 'the beginning is known, the last group is not; look for it: lic find TEXT',
  })
}
