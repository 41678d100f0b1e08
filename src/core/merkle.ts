/**
 * The Merkle tree of the ledger's log (FORMAT 17.1; RFC 6962, 2.1): hashes of leaves and nodes, and roots. Works on leaf
 * hashes: a leaf is bytes, whatever they say.
 */

import { concat } from './bytes.ts'
import { sha256 } from './hash.ts'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** The hash of one entry's bytes. */
export const leafHash = (bytes: Uint8Array): Uint8Array => sha256(concat(LEAF, bytes))
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(concat(NODE, left, right))

/** A state of the log: how many entries, and the root over them. */
export interface TreeHead {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** The root over leaf hashes in their order; of none it is the hash of nothing. Holds one hash a level. */
export const rootOf = (leaves: Iterable<Uint8Array>): Uint8Array => {
  // Complete subtrees from the left, the largest first: the bits of the count say how large each is.
  const complete: Uint8Array[] = []
  let count = 0
  for (const leaf of leaves) {
    let hash = leaf
    for (let bits = count; bits % 2 === 1; bits = Math.floor(bits / 2))
      hash = nodeHash(complete.pop() as Uint8Array, hash)
    complete.push(hash)
    count += 1
  }
  if (count === 0) return sha256(new Uint8Array())
  return complete.reduceRight((right, left) => nodeHash(left, right))
}
