/** Points in time as callers pass them in. JavaScript passes anything, and what is no number compares as neither early nor late. */

import { LicError } from './errors.ts'

/** @throws LicError INVALID_INPUT for anything but seconds since 1970 */
export const checkMoment = (name: string, value: number): void => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new LicError('INVALID_INPUT', `${name} is not a time in seconds since 1970`)
  }
}
