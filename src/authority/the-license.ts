/** The license that a person names by its key or the beginning of one. */

import { normalizeKey } from '../core/codes/license-key.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import { theLicense } from '../ledger/find-license.ts'
import type { License } from '../ledger/licenses.ts'
import type { Reader } from '../ledger/schema.ts'

/** @throws LicError CODE_MISTYPED naming the group, NOT_FOUND, AMBIGUOUS with masked candidates, INVALID_INPUT */
export const licenseNamed = (db: Reader, brand: BrandScope, key: string): Promise<License> =>
  theLicense(db, brand, normalizeKey(key))
