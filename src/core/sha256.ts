/** SHA-256, portable. Its twin with the same interface is `native/sha256.ts`; package.json's `imports` chooses. */

import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** 32 bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array => nobleSha256(bytes)
