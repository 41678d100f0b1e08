/** Certificates of keys and links between roots: their schemas and what each says alone (FORMAT 6.2-6.4, 7.1). */

import { ED25519 } from './algorithms.ts'
import { type Cbor, type CborMap, encode } from './cbor.ts'
import { FIELDS, type Signed } from './cose.ts'
import {
  byNumber,
  byText,
  bytes,
  choice,
  defaulted,
  invalid,
  list,
  MARK,
  mapOf,
  optional,
  record,
  required,
  TIME,
  type Type,
  type TypeOf,
  text,
  uint,
} from './fields.ts'
import { coseKey } from './keys.ts'
import { CODE, checkLine, HOURS, LINE, quantitiesOf } from './license.ts'

/** An Ed25519 key as COSE_Key and nothing else; the point itself is checked at import. */
const COSE_KEY: Type<Uint8Array> = {
  read: (value, name) => {
    const map = value instanceof Map ? (value as CborMap) : undefined
    if (map?.get(1) !== ED25519.keyType || map.get(-1) !== ED25519.curve || map.size !== 3)
      throw invalid(`${name} is not an Ed25519 key`)
    return bytes(ED25519.publicKeyBytes).read(map.get(-2) as Cbor, name)
  },
  write: coseKey,
}
/** The claim cnf (RFC 8747): `{1: COSE_Key}` and nothing else. */
const CONFIRMATION: Type<Uint8Array> = {
  read: (value, name) => {
    const map = value instanceof Map ? (value as CborMap) : undefined
    if (map?.size !== 1) throw invalid(`${name} does not hold exactly one key`)
    return COSE_KEY.read(map.get(1) as Cbor, name)
  },
  write: (publicKey) => new Map([[1, coseKey(publicKey)]]),
}

const GRANT = record({
  line: required(0, LINE),
  /** Maximum term in hours. */
  term: required(1, HOURS),
  grace: defaulted(2, HOURS, 48),
  fresh: optional(3, uint(0xffffffff)),
  test: optional(4, MARK),
})
export type Grant = TypeOf<typeof GRANT>

const CERTIFICATE_FIELDS = record({
  type: required(0, uint(2, 2)),
  types: required(1, list(uint(), { order: byNumber })),
  products: optional(2, list(CODE, { order: byText })),
  tiers: optional(3, list(CODE, { order: byText })),
  /** Maximum term (exp - iat) in hours. */
  term: optional(4, HOURS),
  /** Maximum grace in hours. */
  grace: optional(5, HOURS),
  perpetual: optional(6, MARK),
  only: optional(7, choice(['test', 'live'], 1)),
  grants: optional(8, mapOf(uint(255), GRANT, 256)),
  reseller: optional(9, text()),
  count: optional(10, uint()),
})

const CERTIFICATE_CLAIMS = record(
  {
    expires: required(4, TIME),
    starts: required(5, TIME),
    publicKey: required(8, CONFIRMATION),
    fields: required(FIELDS, CERTIFICATE_FIELDS),
  },
  { open: false },
)

const LINK_CLAIMS = record(
  {
    issuedAt: required(6, TIME),
    publicKey: required(8, CONFIRMATION),
    fields: required(FIELDS, record({ type: required(0, uint(8, 8)) })),
  },
  { open: false },
)

type Fields = TypeOf<typeof CERTIFICATE_FIELDS>

/** What a certificate says of a key: window in unix seconds, object types, caps or grants. `publicKey` is 32 unchecked bytes. */
export type Certificate = Omit<Fields, 'type'> & {
  readonly starts: number
  readonly expires: number
  readonly publicKey: Uint8Array
}

export interface RootLink {
  readonly issuedAt: number
  /** 32 bytes, unchecked: the next root. */
  readonly publicKey: Uint8Array
}

/** Reads an opened certificate. @throws LicError LICENSE_INVALID or UNSUPPORTED_CLAIM (stage type) */
export const readCertificate = (signed: Signed): Certificate => {
  const { fields, ...claims } = CERTIFICATE_CLAIMS.read(signed.claims, 'certificate')
  const { type: _, ...own } = fields
  const certificate: Certificate = { ...claims, ...own }
  checkCertificate(certificate)
  return certificate
}

/** The payload bytes of a certificate. @throws LicError LICENSE_INVALID for one that no reader would take. */
export const writeCertificate = (certificate: Certificate): Uint8Array => {
  checkCertificate(certificate)
  const { starts, expires, publicKey, ...own } = certificate
  return encode(CERTIFICATE_CLAIMS.write({ starts, expires, publicKey, fields: { ...own, type: 2 } }))
}

export const readRootLink = (signed: Signed): RootLink => {
  const { issuedAt, publicKey } = LINK_CLAIMS.read(signed.claims, 'root link')
  return { issuedAt, publicKey }
}

/** The payload bytes of a link to the next root. */
export const writeRootLink = ({ issuedAt, publicKey }: RootLink): Uint8Array =>
  encode(LINK_CLAIMS.write({ issuedAt, publicKey, fields: { type: 8 } }))

const checkCertificate = ({ starts, expires, grants }: Certificate): void => {
  if (expires <= starts) throw invalid('a certificate expires before it begins')
  for (const { line } of grants?.values() ?? []) {
    if (line.product === undefined || line.tier === undefined) throw invalid('a grant without product or tier')
    if (line.expires !== undefined || line.statusIndex !== undefined || line.grant !== undefined) {
      throw invalid('a grant with an expiry, a status index or a grant of its own')
    }
    if (quantitiesOf(line).some(({ expires }) => expires !== undefined)) {
      throw invalid('a grant with an expiry of a feature')
    }
    checkLine(line, undefined)
  }
}
