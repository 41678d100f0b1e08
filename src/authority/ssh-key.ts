/**
 * Ed25519 keys as OpenSSH writes them (RFC 4253, 6.6; RFC 8709): the blob, its fingerprint as `ssh-add -l` prints it, and
 * the line of a `.pub` file. Public halves only. Invariant: one spelling of a blob; anything around or behind is refused.
 */

import { decodeBase64, encodeBase64 } from '../core/base64.ts'
import { concat, equal, utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { sha256 } from '../core/hash.ts'

/** The one kind of key whose signatures are plain Ed25519; those of `sk-` keys cover more than what is signed. */
export const KEY_TYPE = 'ssh-ed25519'

/** The blob up to the 32 bytes of the key: the type and the key, each behind its length in four bytes. */
const HEAD = concat(Uint8Array.of(0, 0, 0, KEY_TYPE.length), utf8(KEY_TYPE), Uint8Array.of(0, 0, 0, 32))

/** 51 bytes. @param publicKey 32 bytes */
export const keyBlob = (publicKey: Uint8Array): Uint8Array => concat(HEAD, publicKey)

/** The 32 bytes of the key in a blob; undefined for a blob of any other kind. */
export const keyInBlob = (blob: Uint8Array): Uint8Array | undefined =>
  blob.length === HEAD.length + 32 && equal(blob.subarray(0, HEAD.length), HEAD) ? blob.slice(HEAD.length) : undefined

/** `SHA256:` and 43 characters, as `ssh-add -l` and `ssh-keygen -l` print it. */
export const fingerprint = (publicKey: Uint8Array): string =>
  `SHA256:${encodeBase64(sha256(keyBlob(publicKey))).replace(/=+$/, '')}`

/** The line of a `.pub` file, with its line feed. */
export const sshLine = (publicKey: Uint8Array, comment: string): string =>
  `${KEY_TYPE} ${encodeBase64(keyBlob(publicKey))} ${comment}\n`

/** Whether a text is the line of a `.pub` file, of whatever kind. */
export const isSshLine = (text: string): boolean => /^\s*(ssh|ecdsa|sk)-[\w@.-]+ AAAA/.test(text)

/** The key in the line of a `.pub` file, 32 bytes. @throws LicError INVALID_INPUT for keys of other kinds */
export const readSshLine = (text: string): Uint8Array => {
  const [type = '', base64 = ''] = text.trim().split(/\s+/)
  const found = type === KEY_TYPE ? keyInBlob(bytesOf(base64)) : undefined
  if (found !== undefined) return found
  throw new LicError('INVALID_INPUT', `an SSH key of the kind ${type.slice(0, 40)}, where ${KEY_TYPE} is due`, {
    hint: 'make one: ssh-keygen -t ed25519 -f FILE',
  })
}

const bytesOf = (base64: string): Uint8Array => {
  try {
    return decodeBase64(base64)
  } catch {
    return new Uint8Array()
  }
}
