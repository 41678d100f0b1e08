/** "There is one already": ids and slugs are one ledger's, whatever brand they belong to; what a brand hides is not shown. */

import { LicError } from '../core/errors.ts'

/** @param what "customer", "product", "brand" @param seen whether the brand that is asked for would show it */
export const taken = (what: string, name: string, seen: boolean): LicError =>
  new LicError('CONFLICT', `there is a ${what} ${name} already`, {
    hint: seen ? `lic ${what} show ${name}` : `choose another ${what === 'customer' ? 'id' : 'slug'}`,
  })
