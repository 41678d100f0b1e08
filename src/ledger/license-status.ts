/** What a license is at a moment: the state that was recorded, and the two that follow from the clock and activations. */

import type { License } from './licenses.ts'
import type { LicenseState } from './schema.ts'

export type LicenseStatus = LicenseState | 'pending' | 'expired'

/** Every status, for a command line to check what was typed. */
export const LICENSE_STATUSES: readonly LicenseStatus[] = [
  'active',
  'pending',
  'expired',
  'suspended',
  'revoked',
  'cancelled',
  'superseded',
]

/** At `now`, unix seconds. A recorded state goes before expiry, expiry before waiting for the first activation. */
export const statusAt = (license: License, now: number): LicenseStatus => {
  if (license.state !== 'active') return license.state
  if (license.expires !== null && license.expires <= now) return 'expired'
  return license.activationRequired && license.firstActivatedAt === null ? 'pending' : 'active'
}
