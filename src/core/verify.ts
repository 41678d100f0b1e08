/**
 * Verification of a license, as FORMAT 18 tells it: decode, type, chain, signature, rights, time, policy.
 * Forged is not refused: what fails before policy throws; a genuine license gets a verdict, with itself attached.
 */

import { type Issuer, issuersOf, type Trust } from './chain.ts'
import { open, type Signed, toBeSigned } from './cose.ts'
import { type ErrorCode, LicError } from './errors.ts'
import { readLicense } from './license.ts'
import { decide, type Facts, type Standing } from './policy.ts'
import { checkTimes, type GrantedLicense, grantLicense } from './rights.ts'

export type { Facts } from './policy.ts'

export interface VerifyOptions extends Trust, Facts {}

interface Genuine {
  readonly license: GrantedLicense
  readonly signed: Signed
  /** The signer and its certificates, its own first. */
  readonly issuer: Issuer
}

export type Verdict = Genuine &
  (
    | (Standing & { readonly ok: true })
    | { readonly ok: false; readonly code: ErrorCode; readonly reason: string; readonly at?: number | undefined }
  )

/**
 * Verifies a license for one product.
 * @param bytes the tagged COSE_Sign1 object, as in a `.lic` file
 * @returns a verdict about a genuine license: `ok` with its line, or the code that refuses it
 * @throws LicError with a stage: LICENSE_INVALID, UNSUPPORTED_CLAIM, UNKNOWN_KEY, BAD_SIGNATURE, RIGHTS_EXCEEDED
 */
export const verify = (bytes: Uint8Array, options: VerifyOptions): Verdict => {
  const genuine = authenticate(bytes, options)
  return { ...genuine, ...decide(genuine.license, genuine.issuer, options) }
}

/** The same without policy: whose it is and what it says, whatever the time and product. Throws like `verify`. */
export const authenticate = (bytes: Uint8Array, trust: Trust): Genuine => {
  const signed = open(bytes)
  const license = readLicense(signed)
  const issuers = issuersOf(signed, trust)
  const issuer = checkSignature(signed, issuers)
  const granted = grantLicense(license, issuer)
  checkTimes(license.issuedAt, issuer)
  return { license: granted, signed, issuer }
}

/** The issuer whose key made the signature; several of equal kid are tried one after the other. */
const checkSignature = (signed: Signed, issuers: readonly Issuer[]): Issuer => {
  const covered = toBeSigned(signed.protected, signed.payload)
  for (const issuer of issuers) if (issuer.key.verify(covered, signed.signature)) return issuer
  throw new LicError('BAD_SIGNATURE', 'the signature does not match the license', { stage: 'signature' })
}
