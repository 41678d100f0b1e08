/** What events say that are about the log itself: its signed heads, and the copies that were made of the ledger. */

/** The event's signed object is the note; its entity the kid of the audit key. The head is that of the log before it. */
export interface CheckpointSigned {
  readonly size: number
  readonly root: Uint8Array
}

/** A copy of the ledger was made. The event's entity is the authority. Texts: file, where it was written. */
export interface BackupMade {
  /** Events in the copy, and the root over them. */
  readonly size: number
  readonly root: Uint8Array
  /** SHA-256 of the file. */
  readonly file: Uint8Array
  readonly encrypted?: boolean | null
  readonly keys?: boolean | null
  /** It was restored into a place of its own and looked through. */
  readonly verified?: boolean | null
}

/** The ledger was restored from a copy with this head. The event's entity is the authority. */
export interface BackupRestored {
  readonly size: number
  readonly root: Uint8Array
}
