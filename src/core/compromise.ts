/**
 * What still stands under a compromised key (FORMAT 11.4). Whoever stole it writes the iat, so only what was seen before the
 * cut-off counts: by this device, or by the vendor's log. One rule for licenses and for everything else that is signed.
 */

import { equal } from './bytes.ts'
import type { Issuer } from './chain.ts'
import type { Signed } from './cose.ts'
import type { Compromise } from './revocation.ts'

/** Shows that an object was in the vendor's log (FORMAT 17.4); made by `issueProof`. */
export interface IssueProof {
  /** Whether this object stands in the tree of `size` leaves with this root. */
  shows(object: Signed, tree: { readonly size: number; readonly root: Uint8Array }): boolean
}

/**
 * Whether something signed stands, although these keys are compromised.
 * @param recordedAt when this device recorded it, unix seconds
 */
export const stands = (
  { signed, issuer }: { readonly signed: Signed; readonly issuer: Issuer },
  compromised: readonly Compromise[],
  recordedAt?: number | undefined,
  proof?: IssueProof | undefined,
): boolean =>
  compromised.every(
    ([kid, cutoff, size, root]) =>
      !issuer.keys.some((key) => equal(key.kid, kid)) ||
      (recordedAt ?? cutoff) < cutoff ||
      proof?.shows(signed, { size, root }),
  )
