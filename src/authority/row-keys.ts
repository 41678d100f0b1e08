/**
 * Idempotency keys for rows that bring none: the same row again, in the same run or another, has the same key. They stand
 * in the log for ever, and rows name people: what they are made of is hashed under a secret that only the holder of the
 * issuing key can make, so that nobody who reads the log can try names. Invariant: the key says nothing of the row.
 */

import { utf8 } from '../core/bytes.ts'
import { encodeBase32 } from '../core/codes/base32.ts'
import { hashOf } from '../core/hash.ts'
import { requestOf } from './repeat.ts'
import type { SigningKey } from './sign-object.ts'

/** What the issuing key signs here is no CBOR, and so no part of any object. */
const MESSAGE = utf8('lic row keys 1')

/** A secret that is the same as long as the issuing key is (Ed25519 is deterministic). */
export const rowSecret = async ({ signer }: SigningKey): Promise<Uint8Array> =>
  hashOf('lic-row-secret-1', await signer.sign(MESSAGE))

/** What two rows have in common when they ask for the same, 32 bytes. For this process only. */
export const rowHash = (verb: string, asked: object): Uint8Array =>
  requestOf(verb, '', asked)?.requestHash ?? new Uint8Array(32)

/** @param times which of the equal rows of a file it is, from 1 @param prefix tells one purchase from the next */
export const rowKey = (secret: Uint8Array, prefix: string, hash: Uint8Array, times: number): string =>
  `${prefix}:${encodeBase32(hashOf('lic-row-key-1', secret, hash, times)).slice(0, 26)}`
