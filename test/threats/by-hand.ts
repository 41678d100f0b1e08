/**
 * Signed objects put together by hand, with Node's own Ed25519 and no verb of the authority: so that tests can sign what
 * no key of lic ever would.
 */

import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { zlibSync } from 'fflate'
import { encode } from '../../src/core/cbor.ts'
import { type Certificate, writeCertificate } from '../../src/core/certificate.ts'
import { assemble, protectedHeader, toBeSigned } from '../../src/core/cose.ts'
import { kidOf } from '../../src/core/keys.ts'
import { type License, writeLicense } from '../../src/core/license.ts'
import { OBJECTS, type ObjectName } from '../../src/core/objects.ts'
import { writeRevocationList } from '../../src/core/revocation.ts'
import { counted } from '../ledger/book.ts'

export const NOW = 1_800_000_000
export const YEAR = 365 * 86_400

export interface Key {
  readonly secret: KeyObject
  readonly publicKey: Uint8Array
  /** Its certificate, untagged; a root has none. */
  readonly chain?: Uint8Array
}

export const newKey = (): Key => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { secret: privateKey, publicKey: Uint8Array.from(spki.subarray(-32)) }
}

/** What `seal` in src/authority does, for any payload under any key. */
export const sealed = (
  type: ObjectName,
  payload: Uint8Array,
  key: Key,
  {
    tagged = true,
    kid = kidOf(key.publicKey),
    chain = key.chain,
  }: { tagged?: boolean; kid?: Uint8Array; chain?: Uint8Array | undefined } = {},
): Uint8Array => {
  const header = protectedHeader(type, kid)
  const signature = Uint8Array.from(sign(null, toBeSigned(header, payload), key.secret))
  return assemble({ protected: header, payload, signature, chain }, { tagged })
}

export const numbers = (...names: readonly ObjectName[]): readonly number[] => names.map((name) => OBJECTS[name].type)

export const certificatePayload = (key: Key, rights: Partial<Certificate>): Uint8Array =>
  writeCertificate({
    starts: NOW - YEAR,
    expires: NOW + YEAR,
    publicKey: key.publicKey,
    types: numbers('license'),
    ...rights,
  })

export const certified = (key: Key, rights: Partial<Certificate>, by: Key): Key => ({
  ...key,
  chain: sealed('certificate', certificatePayload(key, rights), by, { tagged: false }),
})

export const LINE = {
  product: 'editor',
  tier: 'basic',
  kind: 'subscription',
  metric: 'seat',
  activation: 'none',
  deviceRule: 15,
} as const

export const license = (more: Partial<License> = {}): Uint8Array =>
  writeLicense({
    customer: 'acme',
    expires: NOW + 86_400,
    issuedAt: NOW,
    cti: counted('tamper')(10),
    prefix: 'EDIT',
    lines: new Map([[0, LINE]]),
    revision: 1,
    grace: 48,
    ...more,
  })

export const list = (): Uint8Array =>
  writeRevocationList({
    list: 0,
    issuedAt: NOW,
    zlib: zlibSync(new Uint8Array(1), { level: 9 }),
    number: NOW,
    compromised: [],
    anchors: [],
    deadEpochs: [],
  })

export const fields = (type: number, ...more: readonly (readonly [number, never])[]) =>
  new Map<number, never>([[0, type as never], ...more])
export const claims = (...entries: readonly (readonly [number, unknown])[]): Uint8Array =>
  encode(new Map(entries) as never)
export const coseKey = (publicKey: Uint8Array) =>
  new Map<number, unknown>([
    [
      1,
      new Map<number, unknown>([
        [1, 1],
        [-1, 6],
        [-2, publicKey],
      ]),
    ],
  ])
export const bytes = (n: number) => new Uint8Array(n).fill(7)
