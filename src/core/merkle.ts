/**
 * The Merkle tree of the ledger's log (FORMAT 17.1; RFC 6962, 2.1): hashes of leaves and nodes, the root over many leaves,
 * and whether one of them is in a tree. Knows nothing of events: a leaf is bytes.
 */

import { concat, equal } from './bytes.ts'
import { sha256 } from './hash.ts'

/** The hash of one leaf, 32 bytes: SHA-256(0x00 || bytes). */
export const leafHash = (bytes: Uint8Array): Uint8Array => sha256(concat(LEAF, bytes))
const LEAF = Uint8Array.of(0)

/** The hash of a node over its two children, 32 bytes: SHA-256(0x01 || left || right). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(concat(NODE, left, right))
const NODE = Uint8Array.of(1)

/** The root over leaf hashes in their order; of none it is the hash of nothing. Holds one hash a level, not all of them. */
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
  return (
    complete.reduceRight<Uint8Array | undefined>(
      (right, left) => (right === undefined ? left : nodeHash(left, right)),
      undefined,
    ) ?? sha256(new Uint8Array())
  )
}

/** Where a leaf stands in a tree, and the hashes that lead from it to the root, the nearest first. */
export interface InclusionProof {
  /** From 0. */
  readonly index: number
  /** 32 bytes each. */
  readonly path: readonly Uint8Array[]
}

/** Whether the leaf with this hash stands there in the tree of `size` leaves with this root (RFC 9162, 2.1.3.2). */
export const isIncluded = (
  leaf: Uint8Array,
  { index, path }: InclusionProof,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
): boolean => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false
  let [at, last] = [index, size - 1]
  let hash = leaf
  for (const sibling of path) {
    if (last === 0 || sibling.length !== 32) return false
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash)
      // A node without a right neighbour goes up as it is.
      for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2)
    } else hash = nodeHash(hash, sibling)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(hash, root)
}
