/**
 * What the file of a delegated key holds beside the seed (FORMAT 21.1): all that signing takes where there is no ledger. The
 * certificate stands in its own armor, so that `lic inspect` shows what the key may sign; the rest is one CBOR array.
 * Invariant: what is accepted is written back the same. What the certificate says, delegated-key.ts looks at.
 */

import { type Cbor, type CborMap, decode, encode } from '../core/cbor.ts'
import { LicError } from '../core/errors.ts'
import { Secret } from './secret.ts'

export interface Delegation {
  /** Tagged, with all of its chain. */
  readonly certificate: Uint8Array
  /** The root that the chain ends in, 32 bytes: what a license is checked against before it leaves. */
  readonly root: Uint8Array
  /** 32 bytes that license ids are made from (FORMAT 21.2). */
  readonly idSeed: Secret
  /** What license keys begin with, by product. */
  readonly prefixes: ReadonlyMap<string, string>
}

const VERSION = 1

const damaged = (cause?: unknown): LicError =>
  new LicError('KEY_FILE_INVALID', 'not a usable key file: what it holds about the delegation is damaged', {
    cause,
    hint: 'copy it again from where it is whole, or make another: lic key delegate',
  })

/** The settings beside the certificate. @param idSeed revealed by whoever writes the file */
export const writeSettings = ({ root, prefixes }: Delegation, idSeed: Uint8Array): Uint8Array =>
  encode([VERSION, root, idSeed, new Map([...prefixes].sort(([a], [b]) => (a < b ? -1 : 1)))])

/** @throws LicError KEY_FILE_INVALID */
export const readDelegation = (certificate: Uint8Array, settings: Uint8Array): Delegation => {
  let value: Cbor
  try {
    value = decode(settings)
  } catch (error) {
    throw damaged(error)
  }
  if (!Array.isArray(value) || value.length !== 4 || value[0] !== VERSION) throw damaged()
  const [, root, idSeed, prefixes] = value
  if (!isKey(root) || !isKey(idSeed) || !(prefixes instanceof Map)) throw damaged()
  return { certificate, root, idSeed: new Secret(idSeed), prefixes: prefixesIn(prefixes as CborMap) }
}

const prefixesIn = (map: CborMap): ReadonlyMap<string, string> =>
  new Map(
    [...map].map(([product, prefix]) => {
      if (typeof product !== 'string' || typeof prefix !== 'string') throw damaged()
      return [product, prefix]
    }),
  )

const isKey = (value: Cbor | undefined): value is Uint8Array => value instanceof Uint8Array && value.length === 32
