/**
 * The plaintext of a key file: one PEM block for the signing key, one for the emergency secret, either may be missing; for
 * a delegated key its certificate and settings behind the signing key (delegation.ts). The signing key comes first and is plain PKCS#8 (RFC 8410), so that `age -d root.key | openssl pkey -text -noout` works.
 * Invariant: what is accepted is written back the same, up to line ends; nothing stands between the blocks.
 */

import { decodeBase64, encodeBase64 } from '../core/base64.ts'
import { concat, equal, fromHex, toHex } from '../core/bytes.ts'
import { type Cbor, decode, encode } from '../core/cbor.ts'
import { LicError } from '../core/errors.ts'
import { ED25519_ALONE, type Foreign, foreignFile, foreignLabel } from '../core/foreign-file.ts'
import { type Delegation, readDelegation, writeSettings } from './delegation.ts'
import { type EmergencySecret, Secret } from './secret.ts'

/** What one key file holds: at least one of the two. */
export interface KeyContents {
  /** Ed25519 seed (RFC 8032 private key), 32 bytes. */
  readonly seed?: Secret
  readonly emergency?: EmergencySecret
  /** Of a delegated key; stands beside a seed, and never beside an emergency secret. */
  readonly delegation?: Delegation
}

const SIGNING = 'PRIVATE KEY'
const EMERGENCY = 'LIC EMERGENCY SECRET'
const CERTIFICATE = 'LIC CERTIFICATE'
const SETTINGS = 'LIC DELEGATION'
const KNOWN: readonly string[] = [SIGNING, EMERGENCY, CERTIFICATE, SETTINGS]

// RFC 8410, 7: version 0, OID 1.3.101.112, an octet string within an octet string.
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420')

/** Content octets of the algorithm identifiers that people have in their drawers, to say what was given instead. */
const FOREIGN: Readonly<Record<string, string>> = {
  '06092a864886f70d0101': 'an RSA key',
  '06072a8648ce3d0201': 'an elliptic curve (ECDSA) key',
  '06032b656e': 'an X25519 key',
  '06032b656f': 'an X448 key',
  '06032b6571': 'an Ed448 key',
}

/** What mends a file that is damaged or cut. */
const AGAIN = 'copy it again from where it is whole, or bring the key back from its backup: lic key import FILE'

/** @param hint for whoever keeps the keys of an authority */
export const invalidKeyFile = (reason: string, cause?: unknown, hint = AGAIN): LicError =>
  new LicError('KEY_FILE_INVALID', `not a usable key file: ${reason}`, { cause, hint })

const strange = ({ what, hint }: Foreign): LicError => invalidKeyFile(`it holds ${what}`, undefined, hint)

/** PKCS#8 DER of an Ed25519 seed, 48 bytes. @throws LicError INVALID_INPUT when the seed is not 32 bytes. */
export const pkcs8 = (seed: Secret): Uint8Array => concat(PKCS8_PREFIX, thirtyTwo(seed))

/** The text of a key file. @throws LicError INVALID_INPUT when there is nothing to write, or lengths or epoch are off. */
export const writeKeyPem = (contents: KeyContents): string => {
  const { seed, emergency, delegation } = contents
  if (seed === undefined && emergency === undefined) throw new LicError('INVALID_INPUT', 'a key file without a key')
  let text = ''
  if (seed !== undefined) text += block(SIGNING, pkcs8(seed))
  if (delegation !== undefined) {
    if (seed === undefined || emergency !== undefined)
      throw new LicError('INVALID_INPUT', 'a delegation stands beside a seed')
    text += block(CERTIFICATE, delegation.certificate)
    text += block(SETTINGS, writeSettings(delegation, thirtyTwo(delegation.idSeed)))
  }
  if (emergency !== undefined) {
    const { epoch, secret } = emergency
    if (!isEpoch(epoch)) throw new LicError('INVALID_INPUT', 'an epoch is a whole number from 0 up')
    text += block(EMERGENCY, encode([epoch, thirtyTwo(secret)]))
  }
  return text
}

/** Reads the text of a key file. @throws LicError KEY_FILE_INVALID, and says what was found instead. */
export const readKeyPem = (text: string): KeyContents => {
  const found = new Map<string, Uint8Array>()
  for (const { label, body } of blocks(text)) {
    if (!KNOWN.includes(label)) {
      const foreign = foreignLabel(label)
      throw foreign ? strange(foreign) : invalidKeyFile(`it holds a block that is not known here, ${label}`)
    }
    if (found.has(label)) throw invalidKeyFile('it holds two keys of one kind')
    found.set(label, body)
  }
  const [seed, emergency] = [found.get(SIGNING), found.get(EMERGENCY)]
  const [certificate, settings] = [found.get(CERTIFICATE), found.get(SETTINGS)]
  if ((certificate === undefined) !== (settings === undefined) || (certificate && (!seed || emergency))) {
    throw invalidKeyFile('a part of what a delegated key needs is missing, or stands beside another key')
  }
  return {
    ...(seed && { seed: readSeed(seed) }),
    ...(emergency && { emergency: readEmergency(emergency) }),
    ...(certificate && settings && { delegation: readDelegation(certificate, settings) }),
  }
}

const thirtyTwo = (secret: Secret): Uint8Array => {
  if (secret.length !== 32) throw new LicError('INVALID_INPUT', 'a private key is 32 bytes')
  return secret.reveal()
}

const isEpoch = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const block = (label: string, bytes: Uint8Array): string => {
  const lines = encodeBase64(bytes).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function* blocks(text: string): Generator<{ label: string; body: Uint8Array }> {
  const pattern = /\s*-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----[ \t]*(?:\r?\n|$)/y
  let found = 0
  while (pattern.lastIndex < text.length && /\S/.test(text.slice(pattern.lastIndex))) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    const [, label, body] = match ?? []
    if (label === undefined || body === undefined) throw notOurs(text.slice(at))
    found++
    yield { label, body: base64(body) }
  }
  if (found === 0) throw invalidKeyFile('it is empty')
}

/** The best guess at a text that is no PEM block of ours. It may be anything at all: nothing of it is repeated. */
const notOurs = (text: string): LicError => {
  const foreign = foreignFile(text)
  if (foreign !== undefined) return strange(foreign)
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)?.[1]
  if (label === undefined)
    return invalidKeyFile('neither an age file nor PEM', undefined, 'lic key list tells the files')
  return invalidKeyFile(text.includes(`-----END ${label}-----`) ? 'a PEM block is damaged' : 'it is cut short')
}

const base64 = (body: string): Uint8Array => {
  try {
    return decodeBase64(body.replace(/[\r\n]/g, ''))
  } catch (error) {
    throw invalidKeyFile('a PEM block is damaged', error)
  }
}

const readSeed = (der: Uint8Array): Secret => {
  const at = PKCS8_PREFIX.length
  if (der.length === at + 32 && equal(der.subarray(0, at), PKCS8_PREFIX)) return new Secret(der.subarray(at))
  const head = toHex(der.subarray(0, 40))
  const foreign = Object.keys(FOREIGN).find((oid) => head.includes(oid))
  if (foreign === undefined) throw invalidKeyFile('its key is not plain Ed25519 PKCS#8')
  throw invalidKeyFile(`it holds ${FOREIGN[foreign]}; Ed25519 is due`, undefined, ED25519_ALONE)
}

const readEmergency = (bytes: Uint8Array): EmergencySecret => {
  let value: Cbor
  try {
    value = decode(bytes)
  } catch (error) {
    throw invalidKeyFile('its emergency secret is damaged', error)
  }
  if (Array.isArray(value) && value.length === 2) {
    const [epoch, secret] = value
    if (isEpoch(epoch) && secret instanceof Uint8Array && secret.length === 32) {
      return { epoch, secret: new Secret(secret) }
    }
  }
  throw invalidKeyFile('its emergency secret is damaged')
}
