/**
 * What a revocation list says of a license (FORMAT 11.2, 11.3, 11.7). Apart from the reading of lists, so that who has no list
 * loads no inflater.
 */

import { equal } from './bytes.ts'
import type { RevocationList } from './revocation.ts'

export const STATUSES = ['valid', 'revoked', 'suspended'] as const
export type Status = (typeof STATUSES)[number]

/** A status index is `list * PLACES + place`. */
export const PLACES = 2 ** 20

/** What a list says of a license named by its cti (FORMAT 11.3, fields 5 and 6). */
export const statusOfCti = ({ revoked, suspended }: RevocationList, cti: Uint8Array): Status => {
  const prefix = cti.subarray(0, 5)
  if (revoked?.some((each) => equal(each, prefix))) return 'revoked'
  return suspended?.some((each) => equal(each, prefix)) ? 'suspended' : 'valid'
}
