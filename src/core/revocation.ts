/** The signed revocation list (FORMAT 11): a Token Status List with what must reach every device beside it. */

import { Inflate } from 'fflate'
import { toHex } from './bytes.ts'
import { type Cbor, encode, LIST_LIMITS } from './cbor.ts'
import { type Issuer, issuersOf, type Trust } from './chain.ts'
import { FIELDS, open, type Signed, toBeSigned } from './cose.ts'
import { LicError } from './errors.ts'
import {
  byBytes,
  byNumber,
  bytes,
  invalid,
  list,
  matching,
  optional,
  record,
  required,
  TIME,
  type Type,
  type TypeOf,
  tuple,
  uint,
} from './fields.ts'
import { checkMoment } from './moment.ts'
import { OBJECTS, otherObject } from './objects.ts'
import { checkTimes } from './rights.ts'
import { PLACES, STATUSES, type Status } from './status.ts'

const INFLATED_LIMIT = PLACES / 4
const AHEAD_LIMIT = 86_400

/** `[kid, cut-off in unix seconds, tree size, root hash]` (FORMAT 11.3). */
const COMPROMISE = tuple<[kid: Uint8Array, cutoff: number, treeSize: number, root: Uint8Array]>(
  bytes(8),
  TIME,
  uint(),
  bytes(32),
)
export type Compromise = TypeOf<typeof COMPROMISE>

const LIST_FIELDS = record({
  type: required(0, uint(4, 4)),
  number: required(1, TIME),
  compromised: required(2, list(COMPROMISE, { min: 0, order: (a, b) => byBytes(a[0], b[0]) })),
  anchors: required(3, list(bytes(10), { min: 0, order: byBytes })),
  deadEpochs: required(4, list(uint(), { min: 0, order: byNumber })),
  revoked: optional(5, list(bytes(5), { order: byBytes })),
  suspended: optional(6, list(bytes(5), { order: byBytes })),
})

/** `{"lst": zlib stream, "bits": 2}`; its keys are text, so it is no record. */
const STATUS_LIST: Type<Uint8Array> = {
  read: (value, name) => {
    const map = value instanceof Map ? (value as ReadonlyMap<string, Cbor>) : undefined
    const lst = map?.get('lst')
    if (map?.size !== 2 || map.get('bits') !== 2 || !(lst instanceof Uint8Array))
      throw invalid(`${name} is not a status list of 2 bits`)
    return lst
  },
  write: (lst) =>
    new Map<string, Cbor>([
      ['lst', lst],
      ['bits', 2],
    ]),
}

const LIST_CLAIMS = record(
  {
    subject: required(2, matching(/^lic:list:(0|[1-9][0-9]{0,3})$/)),
    expires: optional(4, TIME),
    issuedAt: required(6, TIME),
    zlib: required(65533, STATUS_LIST),
    ttl: optional(65534, uint(0xffffffff)),
    fields: required(FIELDS, LIST_FIELDS),
  },
  { open: false },
)
type Claims = TypeOf<typeof LIST_CLAIMS>

/** What a list says, before it is packed. `zlib` is the compressed bit string of its 2^20 places. */
export type ListContent = Omit<Claims, 'fields' | 'subject'> &
  Omit<TypeOf<typeof LIST_FIELDS>, 'type'> & { readonly list: number }

/** A verified list. Times are unix seconds; `number` is the time of publishing, by which lists are ordered. */
export interface RevocationList extends Omit<ListContent, 'zlib'> {
  readonly bytes: Uint8Array
  /** The key that signed it. */
  readonly issuer: Issuer
  /** The status at a place (0 to 2^20 - 1) of this list. @throws LicError LICENSE_INVALID for the unassigned status 3 */
  statusAt(place: number): Status
}

/** What a list says, nothing of it verified: to show. @throws LicError LICENSE_INVALID, UNSUPPORTED_CLAIM */
export const readListClaims = (signed: Pick<Signed, 'claims'>): Claims =>
  LIST_CLAIMS.read(signed.claims, 'revocation list')

/** The payload bytes of a list. */
export const writeRevocationList = ({ list: number, ...content }: ListContent): Uint8Array =>
  encode(LIST_CLAIMS.write({ ...content, subject: `lic:list:${number}`, fields: { ...content, type: 4 } }))

export interface ListFacts extends Trust {
  /** Unix seconds; a list more than a day ahead of it is refused. */
  readonly now: number
}

/**
 * Verifies and reads a revocation list.
 * @throws LicError with a stage, as `verify` does; CLOCK_ROLLED_BACK (stage policy) for one more than a day ahead of `now`.
 */
export const readRevocationList = (bytes: Uint8Array, facts: ListFacts): RevocationList => {
  checkMoment('now', facts.now)
  const signed = open(bytes, LIST_LIMITS)
  if (signed.type !== 'revocationList') throw otherObject('revocationList', signed)
  const { fields, subject, zlib, ...claims } = LIST_CLAIMS.read(signed.claims, 'revocation list')
  const { type: _, ...own } = fields
  const number = Number(subject.slice('lic:list:'.length))
  if (number > 4095) throw invalid('a list number above 4095')
  if (own.number > claims.issuedAt) throw invalid('a list published after it was signed')
  const issuers = issuersOf(signed, facts)
  const covered = toBeSigned(signed.protected, signed.payload)
  const issuer = issuers.find(({ key }) => key.verify(covered, signed.signature))
  if (!issuer)
    throw new LicError('BAD_SIGNATURE', 'the signature of the revocation list does not match', { stage: 'signature' })
  if (!issuer.certificates[0]?.types.includes(OBJECTS.revocationList.type)) {
    throw new LicError('RIGHTS_EXCEEDED', 'the key may not sign revocation lists', { stage: 'rights' })
  }
  checkTimes(claims.issuedAt, issuer)
  if (claims.issuedAt > facts.now + AHEAD_LIMIT) {
    throw new LicError('CLOCK_ROLLED_BACK', 'the revocation list lies more than a day ahead of the clock', {
      stage: 'policy',
    })
  }
  const bits = inflate(zlib)
  return {
    ...claims,
    ...own,
    list: number,
    bytes,
    issuer,
    statusAt: (place) => {
      const status = STATUSES[((bits[place >> 2] ?? 0) >> ((place & 3) * 2)) & 3]
      if (!status) throw invalid('the list holds a status that is not assigned')
      return status
    },
  }
}

/** Reads a zlib stream (RFC 1950) that fills its bytes exactly. @throws LicError LICENSE_INVALID */
const inflate = (zlib: Uint8Array): Uint8Array => {
  const [method = 0, flags = 0] = zlib
  const isZlib =
    zlib.length >= 8 &&
    (method & 15) === 8 &&
    method >> 4 <= 7 &&
    (flags & 32) === 0 &&
    (method * 256 + flags) % 31 === 0
  const deflated = zlib.subarray(2, -4)
  const out = isZlib ? inflateRaw(deflated) : undefined
  // The inflater stops at the last block. Only when no byte can be spared does nothing stand behind it.
  if (!out || inflateRaw(deflated.subarray(0, -1))) throw invalid('a status list that is not one whole zlib stream')
  if (toHex(zlib.subarray(-4)) !== adler32(out)) throw invalid('a status list with a wrong checksum')
  return out
}

/** Undefined for what is no complete stream. The input goes in by small pieces, so a bomb is stopped within half a megabyte. */
const inflateRaw = (deflated: Uint8Array): Uint8Array | undefined => {
  const out = new Uint8Array(INFLATED_LIMIT)
  let length = 0
  const stream = new Inflate((chunk) => {
    if (length + chunk.length > INFLATED_LIMIT) throw invalid('a status list that inflates beyond 262144 bytes')
    out.set(chunk, length)
    length += chunk.length
  })
  try {
    for (let at = 0; at < deflated.length; at += 512)
      stream.push(deflated.subarray(at, at + 512), at + 512 >= deflated.length)
  } catch (error) {
    if (error instanceof LicError) throw error
    return undefined
  }
  return deflated.length > 0 ? out.subarray(0, length) : undefined
}

/** The checksum of RFC 1950, as 8 hexadecimal digits; the inflater does not check it. */
const adler32 = (data: Uint8Array): string => {
  let a = 1
  let b = 0
  for (const byte of data) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return ((b * 65536 + a) >>> 0).toString(16).padStart(8, '0')
}
