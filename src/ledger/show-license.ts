/** Everything the book knows of one license, for `lic show`. */

import { type Customer, theCustomer } from './customers.ts'
import { eventsOfLicense, type PastEvent } from './history.ts'
import { type LicenseStatus, statusAt } from './license-status.ts'
import { ctiPrefix, type License, licenseOf } from './licenses.ts'
import { type Line, linesOf } from './lines.ts'
import { type Revision, revisionsOf } from './revisions.ts'
import type { Reader } from './schema.ts'
import { type StatusIndex, statusIndexesOf } from './status-indexes.ts'
import { type KeptUsage, usageOf } from './usage-reports.ts'

export interface LicenseDetail extends License {
  readonly status: LicenseStatus
  readonly holder: Customer
  /** The license that it took the place of, and the one that took its own. */
  readonly before: License | null
  readonly after: License | null
  /** Those taken away too, marked. */
  readonly lines: readonly Line[]
  /** First to last, each with its signed bytes. */
  readonly revisions: readonly Revision[]
  readonly statusIndexes: readonly StatusIndex[]
  /** What its devices say that they counted. */
  readonly usage: readonly KeptUsage[]
  /** Oldest first. */
  readonly events: readonly PastEvent[]
}

/** At `now`, unix seconds. */
export const showLicense = async (db: Reader, license: License, now: number): Promise<LicenseDetail> => ({
  ...license,
  status: statusAt(license, now),
  holder: await theCustomer(db, null, license.customer),
  before: await otherLicense(db, license.replaces),
  after: await otherLicense(db, license.replacedBy),
  lines: (await linesOf(db, [license.id])).get(license.id) ?? [],
  revisions: await revisionsOf(db, license.id),
  statusIndexes: await statusIndexesOf(db, license.id),
  usage: await usageOf(db, license.id),
  events: await eventsOfLicense(db, license.cti),
})

/** Null: none is named, or the one that is named is not in this ledger. */
const otherLicense = async (db: Reader, cti: Uint8Array | null): Promise<License | null> => {
  if (cti === null) return null
  const query = db.selectFrom('licenses').selectAll().where('cti_prefix', '=', ctiPrefix(cti))
  const row = await query.where('cti', '=', cti).executeTakeFirst()
  return row === undefined ? null : licenseOf(row)
}
