/**
 * An issue proof (FORMAT 17.4): an event of the vendor's log, and the hashes that lead from it to the root of the tree. Apart
 * from the rules that ask for it, so that who shows no proof loads no tree. Invariant: what it shows is shown of one object.
 */

import { equal } from './bytes.ts'
import { type CborMap, decode } from './cbor.ts'
import type { IssueProof } from './compromise.ts'
import { objectHash } from './cose.ts'
import { LicError } from './errors.ts'
import { type InclusionProof, isIncluded, leafHash } from './merkle.ts'

/** @param event the bytes of the event that recorded the object; like all of a proof, from whoever shows it */
export const issueProof = (event: Uint8Array, inclusion: InclusionProof): IssueProof => {
  const leaf = leafHash(event)
  const recorded = objectIn(event)
  return {
    shows: (object, tree) =>
      recorded !== undefined && equal(recorded, objectHash(object)) && isIncluded(leaf, inclusion, tree),
  }
}

const LONGEST_EVENT = { bytes: 256 * 1024 }
/** Where an event holds the hash of what it recorded. */
const OBJECT = 16

const objectIn = (event: Uint8Array): Uint8Array | undefined => {
  try {
    const map = decode(event, LONGEST_EVENT)
    const object = map instanceof Map ? (map as CborMap).get(OBJECT) : undefined
    return object instanceof Uint8Array ? object : undefined
  } catch (error) {
    if (error instanceof LicError) return undefined
    throw error
  }
}
