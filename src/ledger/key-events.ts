/** What happens to keys after they were made and certified: part of the closed table of events, under its rules. */

import type { KeyRole } from './schema.ts'

export interface KeyCreated {
  readonly role: KeyRole
  readonly name?: string | null
  /** Absent for the emergency secret. */
  readonly publicKey?: Uint8Array | null
  /** Where the key file was put. */
  readonly file?: string | null
  /** Of an emergency secret. */
  readonly epoch?: number | null
}

/** The event's signed object is the certificate. */
export interface KeyCertified {
  readonly signer: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
}

/** The event's entity is the next root, its signed object the link from the one before. */
export interface KeyLinked {
  /** kid of the root that signed the link. */
  readonly signer: Uint8Array
}

/** A copy of the private half left its home: a page to print, or a file. */
export interface KeyCopied {
  readonly page?: boolean | null
  readonly file?: boolean | null
  /** Under a passphrase of its own. */
  readonly sealed?: boolean | null
  /** The page was read back, and holds that key. */
  readonly proven?: boolean | null
}

/** It signs no more; what it signed stands. */
export type KeyRetired = Readonly<Record<string, never>>

/**
 * From `at` on somebody else may have had the key. What the log held before is told by its size and root then, for a key that
 * signs; an epoch of the emergency secret has neither, and is dead.
 */
export interface KeyCompromised {
  readonly at: number
  readonly treeSize?: number | null
  readonly treeRoot?: Uint8Array | null
}

/** The event's entity is `bundle`, its signed object the bundle. Lists are all that the bundle says, not what is new in it. */
export interface TrustPublished {
  readonly version: number
  /** Of the root that signed it. */
  readonly signer: Uint8Array
  readonly lifted?: readonly Uint8Array[] | null
  readonly ended?: readonly (readonly [kid: Uint8Array, time: number])[] | null
}

/** By their types; a part of EventData. */
export interface KeyEvents {
  readonly 'key.created': KeyCreated
  readonly 'key.certified': KeyCertified
  readonly 'key.linked': KeyLinked
  readonly 'key.copied': KeyCopied
  readonly 'key.retired': KeyRetired
  readonly 'key.compromised': KeyCompromised
}
