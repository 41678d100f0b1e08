/** SHA-256, and the one way that lic hashes structured data (FORMAT 2.6): never a plain concatenation. */

import { sha256 } from '#sha256'
import { type Cbor, encode } from './cbor.ts'

export { sha256 }

/** SHA-256 over the deterministic CBOR array `[tag, ...items]`; the tag keeps hashes of different kinds apart. 32 bytes. */
export const hashOf = (tag: string, ...items: readonly Cbor[]): Uint8Array => sha256(encode([tag, ...items]))
