/**
 * The envelope: COSE_Sign1 with CWT claims, taken apart and put together (FORMAT 3). Knows nothing of licenses.
 * Invariant: what `open` returns came through the strict gate, envelope, protected header and payload each on its own.
 */

import { ED25519 } from './algorithms.ts'
import { concat } from './bytes.ts'
import { type Cbor, type CborMap, decode, encode, gate, itemLength, type Limits, OBJECT_LIMITS } from './cbor.ts'
import { LicError } from './errors.ts'
import { invalid } from './fields.ts'
import { sha256 } from './hash.ts'
import { type ObjectName, objectName } from './objects.ts'

/** A signed object taken apart; nothing of it is verified yet. */
export interface Signed {
  readonly protected: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  /** 8 bytes that select the signer's key. */
  readonly kid: Uint8Array
  /** The signer's certificate as an untagged COSE_Sign1 array, where it travels along (FORMAT 6.1). */
  readonly chain: Uint8Array | undefined
  /** The claims of the payload, -65537 included. */
  readonly claims: CborMap
  readonly type: ObjectName
}

/** The private claim that holds the fields. */
export const FIELDS = -65537
const TAG_18 = 0xd2
const LIST_TYPE = 'application/statuslist+cwt'

const malformed = (message: string): LicError => new LicError('LICENSE_INVALID', message, { stage: 'decode' })

/**
 * Takes a tagged object apart.
 * @throws LicError LICENSE_INVALID (stage decode, or type when field 0 names no type).
 */
export const open = (bytes: Uint8Array, limits: Limits = OBJECT_LIMITS): Signed => {
  if (bytes.length > limits.bytes) throw malformed(`larger than ${limits.bytes} bytes`)
  if (bytes[0] !== TAG_18) throw malformed('not a signed object: COSE tag 18 is missing')
  return openArray(bytes.subarray(1), limits)
}

/** Takes an untagged object apart, as certificates stand in a chain. Throws like `open`. */
export const openArray = (bytes: Uint8Array, limits: Limits = OBJECT_LIMITS): Signed => {
  gate(bytes, limits)
  if (bytes[0] !== 0x84) throw malformed('not a COSE_Sign1 array of four')
  const headerEnd = 1 + itemLength(bytes, 1)
  const unprotectedEnd = headerEnd + itemLength(bytes, headerEnd)
  const payloadEnd = unprotectedEnd + itemLength(bytes, unprotectedEnd)
  const header = byteString(bytes, 1, headerEnd)
  const payload = byteString(bytes, unprotectedEnd, payloadEnd)
  const signature = byteString(bytes, payloadEnd, bytes.length)
  if (signature.length !== ED25519.signatureBytes) throw malformed('a signature that is not 64 bytes')
  const { kid, isList } = readHeader(header, limits)
  const chain = chainOf(bytes.subarray(headerEnd, unprotectedEnd))

  const claims = decode(payload, limits)
  const fields = claims instanceof Map ? (claims as CborMap).get(FIELDS) : undefined
  if (!(fields instanceof Map)) throw invalid('the payload is not a claims map with fields')
  const number = (fields as CborMap).get(0)
  const type = typeof number === 'number' ? objectName(number) : undefined
  if (!type) throw invalid('the object names no known type')
  if (isList && type !== 'revocationList') throw malformed('the protected header of a revocation list')
  if (!isList && type === 'revocationList') throw invalid('a revocation list without its protected header')
  return { protected: header, payload, signature, kid, chain, claims: claims as CborMap, type }
}

/** The bytes that a signature covers (RFC 9052, 4.4). */
export const toBeSigned = (header: Uint8Array, payload: Uint8Array): Uint8Array =>
  concat(SIGNATURE1, byteStringHead(header.length), header, EMPTY, byteStringHead(payload.length), payload)

const SIGNATURE1 = Uint8Array.from([0x84, ...encode('Signature1')])
const EMPTY = Uint8Array.of(0x40)

/** The protected header of a type under a key; always the first identifier of the algorithm. */
export const protectedHeader = (type: ObjectName, kid: Uint8Array): Uint8Array =>
  encode(
    new Map<number, Cbor>([
      [1, ED25519.cose[0]],
      [4, kid],
      ...(type === 'revocationList' ? [[16, LIST_TYPE] as const] : []),
    ]),
  )

/** Puts an object together: tagged, or untagged where it goes into a chain. */
export const assemble = (
  object: Pick<Signed, 'protected' | 'payload' | 'signature' | 'chain'>,
  { tagged = true } = {},
): Uint8Array =>
  concat(
    Uint8Array.from(tagged ? [TAG_18, 0x84] : [0x84]),
    byteStringHead(object.protected.length),
    object.protected,
    object.chain ? concat(Uint8Array.of(0xa1, 0x0d), object.chain) : Uint8Array.of(0xa0),
    byteStringHead(object.payload.length),
    object.payload,
    byteStringHead(object.signature.length),
    object.signature,
  )

/** What an object is known by (FORMAT 3.3), 32 bytes; the same whether or not a chain travels along. */
export const objectHash = (object: Pick<Signed, 'protected' | 'payload' | 'signature'>): Uint8Array =>
  sha256(
    concat(
      OBJECT1,
      byteStringHead(object.protected.length),
      object.protected,
      byteStringHead(object.payload.length),
      object.payload,
      byteStringHead(object.signature.length),
      object.signature,
    ),
  )

/** The deterministic encoding of `["lic-object-1", protected, payload, signature]` begins with this. */
const OBJECT1 = Uint8Array.of(0x84, ...encode('lic-object-1'))

/** Splits a CBOR sequence into its items, each gated alone (FORMAT 2.4). @throws LicError LICENSE_INVALID */
export const splitSequence = (bytes: Uint8Array): Uint8Array[] => {
  const items: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] === TAG_18 ? 1 : 0
    const end = at + tag + itemLength(bytes, at + tag)
    items.push(bytes.subarray(at, end))
    at = end
  }
  return items
}

const readHeader = (header: Uint8Array, limits: Limits): { kid: Uint8Array; isList: boolean } => {
  const map = decode(header, limits)
  if (!(map instanceof Map)) throw malformed('a protected header that is not a map')
  const algorithm = map.get(1)
  if (!ED25519.cose.some((each) => each === algorithm)) throw malformed('a signature algorithm other than Ed25519')
  const kid = map.get(4)
  if (!(kid instanceof Uint8Array) || kid.length !== 8) throw malformed('a kid that is not 8 bytes')
  const isList = map.get(16) === LIST_TYPE
  if (map.size !== (isList ? 3 : 2)) throw malformed('a protected header with other entries than alg and kid')
  return { kid, isList }
}

const chainOf = (unprotected: Uint8Array): Uint8Array | undefined => {
  if (unprotected[0] === 0xa0) return undefined
  if (unprotected[0] === 0xa1 && unprotected[1] === 0x0d && unprotected[2] === 0x84) return unprotected.subarray(2)
  throw malformed('an unprotected header with other entries than a certificate')
}

/** The content of the byte string that fills [from, end) of gated bytes. */
const byteString = (bytes: Uint8Array, from: number, end: number): Uint8Array => {
  const head = bytes[from] as number
  if (head >> 5 !== 2) throw malformed('an envelope part that is not a byte string')
  const info = head & 31
  return bytes.subarray(from + (info < 24 ? 1 : 1 + (1 << (info - 24))), end)
}

const byteStringHead = (length: number): Uint8Array =>
  length < 24
    ? Uint8Array.of(0x40 | length)
    : length < 0x100
      ? Uint8Array.of(0x58, length)
      : length < 0x10000
        ? Uint8Array.of(0x59, length >> 8, length & 0xff)
        : Uint8Array.of(0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff)
