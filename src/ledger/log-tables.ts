/** The tables about the log itself, as schema.ts has the others: its tree, its signed heads, and the copies of the ledger. */

/** A full subtree of the log (tree.ts): a derived table that no event names, made anew from the leaves of `events`. */
export interface TreeNodesTable {
  /** Its leaves are 256 to this power. */
  level: number
  /** Which of its level, from 0. */
  position: number
  hash: Uint8Array
}

/** Heads of the log that were signed; the note is the signed object of the event. */
export interface CheckpointsTable {
  event: number
  size: number
  root: Uint8Array
  /** kid of the audit key. */
  signer: Uint8Array
  at: number
}

/** Copies of the ledger that were made with this program. */
export interface BackupsTable {
  event: number
  at: number
  /** Events in it. */
  size: number
  encrypted: 0 | 1
  /** Whether the key files lie in it. */
  keys: 0 | 1
  /** Whether it was restored and looked through when it was made. */
  verified: 0 | 1
}
