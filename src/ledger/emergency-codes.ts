/** Emergency codes that were given: which hour, for which revision, for every device or for one. Never the codes themselves. */

import { LicError } from '../core/errors.ts'
import type { Happening } from './happening.ts'
import { licenseByCti } from './licenses.ts'
import type { Reader, Tx } from './schema.ts'

export const giveCode = async (tx: Tx, event: Happening<'emergency.given'>): Promise<void> => {
  if (event.license === null) throw new LicError('LEDGER_DAMAGED', 'an emergency code that names no license')
  const { id } = await licenseByCti(tx, event.license)
  const { hour, revisions } = event.data
  const activation = event.activation ?? new Uint8Array()
  for (const revision of revisions) {
    await tx
      .insertInto('emergency_codes')
      .values({ license: id, revision, hour, activation, given_at: event.at, event: event.id })
      .onConflict((conflict) => conflict.columns(['license', 'revision', 'hour', 'activation']).doNothing())
      .execute()
  }
}

/** Hours that codes of a license were given for since then; a code that was given again is one hour. */
export const hoursGivenSince = async (db: Reader, license: number, since: number): Promise<ReadonlySet<number>> => {
  const rows = await db
    .selectFrom('emergency_codes')
    .select('hour')
    .distinct()
    .where('license', '=', license)
    .where('given_at', '>', since)
    .execute()
  return new Set(rows.map(({ hour }) => hour))
}
