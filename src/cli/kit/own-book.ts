/** Stands in for ../own-book.ts in the kit: a sealed machine has no authority, so the root keys are always named. */

import { LicError } from '../../core/errors.ts'

export const withOwnBook = async (): Promise<never> => {
  throw new LicError('USAGE', 'which root public keys are trusted is not said', { hint: 'add --root root.pub' })
}
