/** SHA-256, and the one way that lic hashes structured data (FORMAT 2.6): never a plain concatenation. */

import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { type Cbor, encode } from './cbor.ts'

export const sha256 = (bytes: Uint8Array): Uint8Array => nobleSha256(bytes)

/** SHA-256 over the deterministic CBOR array `[tag, ...items]`; the tag keeps hashes of different kinds apart. 32 bytes. */
export const hashOf = (tag: string, ...items: readonly Cbor[]): Uint8Array => sha256(encode([tag, ...items]))
