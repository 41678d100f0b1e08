/**
 * Checkpoints of the log (FORMAT 17.2): a tree head as a C2SP signed note, under a key whose certificate allows it. A note
 * may carry signatures of others (witnesses); they are kept and not counted. The text comes from anybody.
 */

import { decodeBase64, encodeBase64 } from './base64.ts'
import { concat, equal, fromHex, toHex, utf8 } from './bytes.ts'
import { type Issuer, issuersOf, type Trust } from './chain.ts'
import { LicError } from './errors.ts'
import { sha256 } from './hash.ts'
import type { TreeHead } from './merkle.ts'
import { OBJECTS } from './objects.ts'

/** A checkpoint taken apart; nothing of it is verified yet. */
export interface Checkpoint extends TreeHead {
  /** kid of the audit key that its origin names. */
  readonly kid: Uint8Array
  readonly origin: string
  /** What the signatures cover. */
  readonly body: string
  readonly signatures: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** A checkpoint that an audit key of a trusted root signed. */
export interface SignedHead extends TreeHead {
  readonly issuer: Issuer
}

/** A note with its body, and room for dozens of witnesses. */
const LONGEST = 65_536
const ALGORITHM = Uint8Array.of(1)
const LINE_FEED = Uint8Array.of(10)

const malformed = (what: string): LicError =>
  new LicError('PROOF_INVALID', `not a checkpoint: ${what}`, {
    hint: 'a checkpoint is what `lic ledger checkpoint` writes; copy it whole, with its last line feed',
  })

/** The origin of a log: its audit key. */
const originOf = (kid: Uint8Array): string => `lic/${toHex(kid)}`

/** The part of a checkpoint that is signed. */
export const checkpointBody = (kid: Uint8Array, { size, root }: TreeHead): string =>
  `${originOf(kid)}\n${size}\n${encodeBase64(root)}\n`

/** The note: the body under a signature of its 64 bytes. @param key the audit key, public */
export const checkpointNote = (
  body: string,
  key: { readonly kid: Uint8Array; readonly bytes: Uint8Array },
  signature: Uint8Array,
): string => {
  const name = originOf(key.kid)
  return `${body}\n\u2014 ${name} ${encodeBase64(concat(keyHash(name, key.bytes), signature))}\n`
}

/** First 4 bytes of SHA-256(name || 0x0A || 0x01 || public key): which key a signature line means. */
const keyHash = (name: string, publicKey: Uint8Array): Uint8Array =>
  sha256(concat(utf8(name), LINE_FEED, ALGORITHM, publicKey)).slice(0, 4)

const BODY = /^(lic\/([0-9a-f]{16})\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n/
const SIGNATURE = /^\u2014 ([^\s+]{1,256}) ([A-Za-z0-9+/]+={0,2})$/u

/**
 * Takes a note apart. One without signatures is a head that nobody vouches for: it stands only beside one that is known.
 * @throws LicError PROOF_INVALID
 */
export const readCheckpoint = (text: string): Checkpoint => {
  if (text.length > LONGEST) throw malformed('it is longer than any')
  const [whole = '', body = '', kid = '', size = '', root = ''] = BODY.exec(text) ?? []
  if (whole === '') throw malformed('it does not begin with origin, size and root hash')
  if (Number(size) > Number.MAX_SAFE_INTEGER) throw malformed('its size is beyond any log')
  const rest = text.slice(whole.length)
  if (rest !== '' && !rest.endsWith('\n')) throw malformed('it does not end with a line feed')
  const lines = rest === '' ? [] : rest.slice(0, -1).split('\n')
  return {
    kid: fromHex(kid),
    origin: `lic/${kid}`,
    size: Number(size),
    root: hashIn(root),
    body,
    signatures: lines.map((line) => {
      const [, name = '', signed = ''] = SIGNATURE.exec(line) ?? []
      if (name === '') throw malformed('a line behind the empty one is no signature')
      return { name, bytes: inBase64(signed) }
    }),
  }
}

const inBase64 = (text: string): Uint8Array => {
  try {
    return decodeBase64(text)
  } catch (cause) {
    throw new LicError('PROOF_INVALID', 'a value in it is not base64', { cause })
  }
}

/** The 32 bytes of a line of base64. @throws LicError PROOF_INVALID */
export const hashIn = (line: string): Uint8Array => {
  const bytes = inBase64(line)
  if (bytes.length !== 32) throw new LicError('PROOF_INVALID', 'a hash in it is not 32 bytes')
  return bytes
}

const KEY_HASH_BYTES = 4

/**
 * Verifies a checkpoint: its origin's key signed it, and that key's certificate names checkpoints.
 * @param trust with the certificate of the audit key among its certificates
 * @throws LicError PROOF_INVALID for text that is none; UNKNOWN_KEY, BAD_SIGNATURE, RIGHTS_EXCEEDED with their stage
 */
export const verifyCheckpoint = (checkpoint: Checkpoint, trust: Trust): SignedHead => {
  const { kid, origin, body, size, root } = checkpoint
  const covered = utf8(body)
  const issuer = issuersOf({ kid, chain: undefined }, trust).find(({ key }) => {
    const hash = keyHash(origin, key.bytes)
    return checkpoint.signatures.some(
      ({ name, bytes }) =>
        name === origin &&
        equal(bytes.subarray(0, KEY_HASH_BYTES), hash) &&
        key.verify(covered, bytes.subarray(KEY_HASH_BYTES)),
    )
  })
  if (!issuer) {
    throw new LicError('BAD_SIGNATURE', 'the checkpoint holds no signature of its own key', { stage: 'signature' })
  }
  if (!issuer.certificates[0]?.types.includes(OBJECTS.checkpoint.type)) {
    throw new LicError('RIGHTS_EXCEEDED', 'the key may not sign checkpoints', { stage: 'rights' })
  }
  return { size, root, issuer }
}
