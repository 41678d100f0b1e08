/**
 * The Merkle tree of the ledger's log (FORMAT 17.1; RFC 6962, 2.1): hashes, roots, and proofs checked against roots alone.
 * Works on leaf hashes; what a proof consists of is told as ranges of leaves, whose hashes the ledger looks up.
 */

import { concat, equal } from './bytes.ts'
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

export const sameHead = (a: TreeHead, b: TreeHead): boolean => a.size === b.size && equal(a.root, b.root)

/** The root over these hashes: of leaves, or of whole subtrees of one size, the last of which may be smaller. */
export const rootOf = (hashes: readonly Uint8Array[]): Uint8Array => {
  if (hashes.length === 0) return sha256(new Uint8Array())
  let level = hashes
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Uint8Array, level[i + 1]]
      above.push(right === undefined ? left : nodeHash(left, right))
    }
    level = above
  }
  return level[0] as Uint8Array
}

/** The root of a growing list of leaves, for whoever reads all of them once: it holds one hash a level. */
export class Frontier {
  /** Roots of complete subtrees, largest first, by the ones in the binary number of the size. */
  readonly #stack: Uint8Array[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  add(leaf: Uint8Array): void {
    let hash = leaf
    for (let n = this.#size; n % 2 === 1; n = (n - 1) / 2) hash = nodeHash(this.#stack.pop() as Uint8Array, hash)
    this.#stack.push(hash)
    this.#size++
  }

  root(): Uint8Array {
    if (this.#stack.length === 0) return rootOf([])
    return this.#stack.reduceRight((right, left) => nodeHash(left, right))
  }
}

/** Leaves `from` to before `to`: a subtree whose hash is part of a proof. */
export type Range = readonly [from: number, to: number]

/** The largest power of two below `size`, for sizes of two and more. */
const splitOf = (size: number): number => {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

/** The subtrees beside the way from a leaf to the root of a tree, the leaf's sibling first. */
export const inclusionRanges = (index: number, size: number): readonly Range[] => {
  const ranges: Range[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + splitOf(to - from)
    if (index < middle) {
      ranges.unshift([middle, to])
      to = middle
    } else {
      ranges.unshift([from, middle])
      from = middle
    }
  }
  return ranges
}

/** The subtrees that show that a tree of `size` leaves begins with one of `old` (RFC 6962, 2.1.2). */
export const consistencyRanges = (old: number, size: number): readonly Range[] => {
  if (old === 0 || old === size) return []
  const ranges: Range[] = []
  let [from, to, whole] = [0, size, true]
  while (old < to) {
    const middle = from + splitOf(to - from)
    if (old <= middle) {
      ranges.unshift([middle, to])
      to = middle
    } else {
      ranges.unshift([from, middle])
      from = middle
      whole = false
    }
  }
  // What remains is a subtree of both; where it is the old tree itself, the verifier has its root.
  return whole ? ranges : [[from, to], ...ranges]
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** Whether `leaf` stands at `index` of the tree. Never throws. */
export const includes = (
  { size, root }: TreeHead,
  index: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
): boolean => {
  if (!isCount(size) || !isCount(index) || index >= size || !areHashes([leaf, root, ...path])) return false
  const ranges = inclusionRanges(index, size)
  if (ranges.length !== path.length) return false
  const hash = ranges.reduce((own, [from], i) => {
    const other = path[i] as Uint8Array
    return from > index ? nodeHash(own, other) : nodeHash(other, own)
  }, leaf)
  return equal(hash, root)
}

/** Whether the tree `next` begins with the tree `old`. Never throws. */
export const extendsHead = (old: TreeHead, next: TreeHead, path: readonly Uint8Array[]): boolean => {
  if (!isCount(old.size) || !isCount(next.size) || old.size > next.size) return false
  if (!areHashes([old.root, next.root, ...path])) return false
  if (old.size === 0) return path.length === 0 && equal(old.root, rootOf([]))
  const ranges = consistencyRanges(old.size, next.size)
  if (ranges.length !== path.length) return false
  if (old.size === next.size) return equal(old.root, next.root)
  // The first hash is a subtree of both; subtrees that end within the old tree lead to its root too.
  const [first = old.root, rest, restRanges] =
    ranges[0]?.[0] === old.size ? [old.root, path, ranges] : [path[0], path.slice(1), ranges.slice(1)]
  let [before, after] = [first, first]
  for (const [i, [from]] of restRanges.entries()) {
    const hash = rest[i] as Uint8Array
    if (from >= old.size) after = nodeHash(after, hash)
    else {
      before = nodeHash(hash, before)
      after = nodeHash(hash, after)
    }
  }
  return equal(before, old.root) && equal(after, next.root)
}

const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === 32)
