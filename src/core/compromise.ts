/**
 * What still stands under a compromised key (FORMAT 11.4). Whoever stole it writes the iat, so only what was seen before the
 * cut-off counts: by this device, or by the vendor's log. One rule for licenses and for everything else that is signed.
 */

import { equal } from './bytes.ts'
import type { Issuer } from './chain.ts'
import type { TreeHead } from './merkle.ts'
import type { Compromise } from './revocation.ts'

/**
 * Whether something signed stands, although these keys are compromised.
 * @param recordedAt when this device recorded it, unix seconds
 * @param provenIn heads of the vendor's log in which it is proven to stand
 */
export const stands = (
  { keys }: Pick<Issuer, 'keys'>,
  compromised: readonly Compromise[],
  recordedAt?: number | undefined,
  provenIn: readonly TreeHead[] = [],
): boolean =>
  compromised.every(
    ([kid, cutoff, size, root]) =>
      !keys.some((key) => equal(key.kid, kid)) ||
      (recordedAt ?? cutoff) < cutoff ||
      provenIn.some((head) => head.size === size && equal(head.root, root)),
  )
