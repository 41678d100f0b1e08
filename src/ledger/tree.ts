/**
 * The Merkle tree over the log, as it is stored. Leaves stand in `events`, in the order of their places; beside them is
 * kept every node whose subtree is full and has 256, 256^2, 256^3 ... leaves: one small row for 256 events, written when
 * the subtree is full and never again. Everything between is worked out from at most 255 hashes a level.
 * Invariant: a node is the root of the leaves below it; so all nodes can be made anew from `events`.
 */

import { LicError } from '../core/errors.ts'
import { consistencyRanges, inclusionRanges, type Range, rootOf, type TreeHead } from '../core/merkle.ts'
import { insertRows } from './compiled.ts'
import type { Reader, Tx } from './schema.ts'
import { logSize } from './sequence.ts'

/** Children of a stored node; hashes of one level that are read at a time. */
export const FAN = 256
/** Leaves that are read together when all nodes are made anew. */
const AT_ONCE = FAN * 64

/** Leaves below a node of a level. */
export const spanOf = (level: number): number => FAN ** level

/** The end of the log as one transaction knows it, which alone writes. */
interface End {
  readonly size: number
  /** Those at the end that no stored node covers, as many of them as this transaction has added. */
  readonly leaves: readonly Uint8Array[]
}
const ends = new WeakMap<Tx, End>()

/**
 * Makes room in the log for events that are about to be recorded, and stores the nodes that become full with them.
 * @param leaves their hashes, in their order
 * @returns the place of the first
 */
export const extendTree = async (tx: Tx, leaves: readonly Uint8Array[]): Promise<number> => {
  const end = ends.get(tx) ?? { size: await logSize(tx), leaves: [] }
  const size = end.size + leaves.length
  const all = [...end.leaves, ...leaves]
  const [whole, stored] = [size - (size % FAN), end.size - (end.size % FAN)]
  if (whole === stored) ends.set(tx, { size, leaves: all })
  else {
    const before = await hashesAt(tx, 0, stored, size - all.length)
    const rest = size - whole
    ends.set(tx, { size, leaves: rest === 0 ? [] : all.slice(-rest) })
    await storeNodes(tx, stored, [...before, ...all.slice(0, all.length - rest)])
  }
  return end.size
}

/** @param from where the leaves begin, a multiple of 256, as is how many they are */
const storeNodes = async (tx: Tx, from: number, leaves: readonly Uint8Array[]): Promise<void> => {
  const rows: { level: number; position: number; hash: Uint8Array }[] = []
  // What is new on a level, and where it begins.
  let [at, hashes] = [from, leaves]
  for (let level = 1; ; level++) {
    const [first, end] = [Math.floor(at / FAN), Math.floor((at + hashes.length) / FAN)]
    if (first === end) break
    const below = [...(await hashesAt(tx, level - 1, first * FAN, at)), ...hashes]
    const full = Array.from({ length: end - first }, (_, i) => rootOf(below.slice(i * FAN, (i + 1) * FAN)))
    rows.push(...full.map((hash, i) => ({ level, position: first + i, hash })))
    ;[at, hashes] = [first, full]
  }
  await insertRows(tx, 'tree_nodes', rows)
}

/** Makes all nodes of a log of `size` events anew. */
export const rebuildTree = async (tx: Tx, size: number): Promise<void> => {
  ends.delete(tx)
  await tx.deleteFrom('tree_nodes').execute()
  for (let from = 0; from < size; from += AT_ONCE) {
    const whole = Math.min(from + AT_ONCE, size - (size % FAN))
    if (whole > from) await storeNodes(tx, from, await hashesAt(tx, 0, from, whole))
  }
}

/** @throws LicError LEDGER_DAMAGED when one is missing */
const hashesAt = async (db: Reader, level: number, from: number, to: number): Promise<readonly Uint8Array[]> => {
  if (from === to) return []
  const rows =
    level === 0
      ? await db
          .selectFrom('events')
          .select('leaf as hash')
          .where('place', '>=', from)
          .where('place', '<', to)
          .orderBy('place')
          .execute()
      : await db
          .selectFrom('tree_nodes')
          .select('hash')
          .where('level', '=', level)
          .where('position', '>=', from)
          .where('position', '<', to)
          .orderBy('position')
          .execute()
  if (rows.length === to - from) return rows.map(({ hash }) => hash)
  throw new LicError('LEDGER_DAMAGED', `the tree over the log is not whole between events ${from} and ${to}`, {
    hint: 'lic ledger verify names what is wrong; lic ledger rebuild makes the tree anew where the events are whole',
    data: { level, from, to },
  })
}

/** The hash of a subtree. `from` is a multiple of every power of 256 that the range spans. */
const hashOf = async (db: Reader, [from, to]: Range): Promise<Uint8Array> => {
  let level = 0
  while (spanOf(level + 1) <= to - from) level++
  const span = spanOf(level)
  const full = Math.floor(to / span)
  const hashes = await hashesAt(db, level, from / span, full)
  return rootOf(full * span === to ? hashes : [...hashes, await hashOf(db, [full * span, to])])
}

const hashesOf = async (db: Reader, ranges: readonly Range[]): Promise<readonly Uint8Array[]> => {
  const hashes: Uint8Array[] = []
  for (const range of ranges) hashes.push(await hashOf(db, range))
  return hashes
}

/** The head that the log had when it had `size` events, of which it still has as many. */
export const treeHead = async (db: Reader, size: number): Promise<TreeHead> => ({
  size,
  root: size === 0 ? rootOf([]) : await hashOf(db, [0, size]),
})

/** The hashes that show that the event at `place` stands in the log of `size` events (RFC 6962, 2.1.1). */
export const inclusionPath = (db: Reader, place: number, size: number): Promise<readonly Uint8Array[]> =>
  hashesOf(db, inclusionRanges(place, size))

/** The hashes that show that the log of `size` events begins with that of `old` (RFC 6962, 2.1.2). */
export const consistencyPath = (db: Reader, old: number, size: number): Promise<readonly Uint8Array[]> =>
  hashesOf(db, consistencyRanges(old, size))
