/**
 * An answer in five typed lines (FORMAT 12.7): only what the device does not know already, and the signature. The device
 * rebuilds the payload from its pending request or its installed license, so both forms are the same signed bytes.
 */

import { type Activation, type Extension, judgeAnswer, writeAnswer } from './answers.ts'
import { concat, equal } from './bytes.ts'
import { type CborMap, decode } from './cbor.ts'
import { readCertificate } from './certificate.ts'
import type { Issuer, Trust } from './chain.ts'
import { spell } from './codes/spoken.ts'
import { typedCode } from './codes/typed.ts'
import { open, openArray, protectedHeader, type Signed } from './cose.ts'
import { LicError } from './errors.ts'
import { invalid } from './fields.ts'
import { kidOf } from './keys.ts'
import type { Request } from './request.ts'
import type { GrantedLicense } from './rights.ts'

const BYTES = 75
const HOUR = 3600
/** 119 years: ten bits beside it are left for the number of a place. */
const MAX_HOURS = 0xfffff
const FORM = 2 ** 30
const PLACE = 2 ** 20
export const TYPED_FORMS = { activation: 1, 'activation with clock': 2, extension: 3 } as const
export type TypedForm = keyof typeof TYPED_FORMS

export interface TypedResponse {
  readonly form: TypedForm
  readonly issuedAt: number
  /** Number of the place; 0 = not told. */
  readonly place: number
  /** Hours; 0 = no end. */
  readonly term: number
  /** First 3 bytes of the signer's kid. */
  readonly kidPrefix: Uint8Array
  readonly signature: Uint8Array
}

/** Seconds to whole hours: what the typed form can say. @throws LicError LICENSE_INVALID for a time between, or too long */
export const termOf = (issuedAt: number, expires: number | undefined): number => {
  if (expires === undefined) return 0
  const hours = (expires - issuedAt) / HOUR
  if (Number.isInteger(hours) && hours >= 1 && hours <= MAX_HOURS) return hours
  throw invalid('a typed answer ends a whole number of hours after it was signed')
}

const number = (value: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256)

/** `1. XXXXX ...` to `5.`, as people read them out. */
export const typedLines = (response: TypedResponse): readonly string[] =>
  spell('response', writeTyped(response)).map((line, i) => `${i + 1}. ${line.match(/.{5}/g)?.join(' ')}`)

export const writeTyped = ({ form, place, term, issuedAt, kidPrefix, signature }: TypedResponse): Uint8Array =>
  concat(number(TYPED_FORMS[form] * FORM + place * PLACE + term, 4), number(issuedAt, 4), kidPrefix, signature)

/** @throws LicError LICENSE_INVALID */
export const readTyped = (bytes: Uint8Array): TypedResponse => {
  if (bytes.length !== BYTES) throw invalid(`a typed answer has ${BYTES} bytes, this has ${bytes.length}`)
  const value = (from: number, to: number): number =>
    bytes.subarray(from, to).reduce((sum, byte) => sum * 256 + byte, 0)
  const first = value(0, 4)
  const form = (Object.keys(TYPED_FORMS) as TypedForm[]).find((name) => TYPED_FORMS[name] === Math.floor(first / FORM))
  if (form === undefined) throw invalid('a typed answer of a form that is not known here')
  const place = Math.floor(first / PLACE) % (FORM / PLACE)
  const term = first % PLACE
  if (form === 'extension' && term === 0) throw invalid('an extension without an end')
  if (form === 'extension' && place !== 0) throw invalid('an extension with the number of a place')
  return { form, place, term, issuedAt: value(4, 8), kidPrefix: bytes.slice(8, 11), signature: bytes.slice(11) }
}

/** @throws LicError CODE_MISTYPED naming the lines, CODE_KIND, LICENSE_INVALID */
export const parseTyped = (text: string): TypedResponse => readTyped(typedCode('response', text))

const expiresOf = ({ issuedAt, term }: TypedResponse): number | undefined =>
  term === 0 ? undefined : issuedAt + term * HOUR

/** What it says of a pending request. */
export const typedActivation = (response: TypedResponse, cti: Uint8Array, request: Request): Activation => ({
  issuedAt: response.issuedAt,
  expires: expiresOf(response),
  cti,
  device: request.device,
  anchor: request.anchor,
  line: request.line,
  clock: response.form === 'activation with clock' ? true : undefined,
  place: response.place === 0 ? undefined : response.place,
})

/** What it says of an installed license. */
export const typedExtension = (response: TypedResponse, cti: Uint8Array, revision: number): Extension => ({
  issuedAt: response.issuedAt,
  expires: expiresOf(response) ?? 0,
  cti,
  revision,
})

/** An answer that a device can rebuild: to one of its requests, or for its license. */
export type Candidate =
  | { readonly name: 'activation'; readonly value: Activation }
  | { readonly name: 'extension'; readonly value: Extension }

/** The object that was signed, rebuilt under a key that the device knows. */
export const rebuilt = ({ signature }: TypedResponse, kid: Uint8Array, { name, value }: Candidate): Signed => {
  const payload = name === 'activation' ? writeAnswer(name, value) : writeAnswer(name, value)
  return {
    protected: protectedHeader(name, kid),
    payload,
    signature,
    kid,
    chain: undefined,
    claims: decode(payload) as CborMap,
    type: name,
  }
}

/** What a typed answer can be for this device. */
export const candidates = (
  response: TypedResponse,
  { cti, revision }: Pick<GrantedLicense, 'cti' | 'revision'>,
  pending: readonly Request[],
): readonly Candidate[] =>
  response.form === 'extension'
    ? [{ name: 'extension', value: typedExtension(response, cti, revision) }]
    : pending.map((request) => ({ name: 'activation', value: typedActivation(response, cti, request) }))

export interface OpenTyped {
  readonly candidate: Candidate
  readonly signed: Signed
  readonly issuer: Issuer
}

/**
 * Verifies a typed answer: the first of what it can be whose signature fits, under the certificates that the device holds.
 * @throws LicError UNKNOWN_KEY when no certificate is for its key; BAD_SIGNATURE when it answers nothing of this device
 */
export const openTyped = (
  response: TypedResponse,
  trust: Trust,
  license: GrantedLicense,
  pending: readonly Request[],
): OpenTyped => {
  const kids = (trust.certificates ?? [])
    .map((bytes) => (bytes[0] === 0xd2 ? open : openArray)(bytes))
    // Links are supplied among them.
    .flatMap((signed) => (signed.type === 'certificate' ? [kidOf(readCertificate(signed).publicKey)] : []))
    .filter((kid) => equal(kid.subarray(0, 3), response.kidPrefix))
  if (kids.length === 0) {
    throw new LicError('UNKNOWN_KEY', 'the typed answer was signed by a key that this device has no certificate of', {
      stage: 'chain',
      hint: 'ask the vendor for the answer as QR code or file: it carries the certificate',
    })
  }
  for (const candidate of candidates(response, license, pending)) {
    for (const kid of kids) {
      const signed = rebuilt(response, kid, candidate)
      try {
        const judged =
          candidate.name === 'activation'
            ? judgeAnswer(candidate.name, signed, candidate.value, trust, license)
            : judgeAnswer(candidate.name, signed, candidate.value, trust, license)
        return { candidate, signed, issuer: judged.issuer }
      } catch (error) {
        if (!(error instanceof LicError) || error.code !== 'BAD_SIGNATURE') throw error
      }
    }
  }
  throw new LicError('BAD_SIGNATURE', 'the typed answer fits no request of this device and no license on it', {
    stage: 'signature',
    hint: 'show the request again and compare it with the one that was sent: lic request',
  })
}
