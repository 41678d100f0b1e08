/** A root and an issuing key of fixed seeds, for tests that sign what no authority would. Never trust them. */

import { Secret } from '../../src/authority/secret.ts'
import { fileSigner, type LocalSigner } from '../../src/authority/signer.ts'
import { type Certificate, writeCertificate } from '../../src/core/certificate.ts'
import { assemble, protectedHeader, toBeSigned } from '../../src/core/cose.ts'
import { importPublicKey, kidOf } from '../../src/core/keys.ts'
import type { ObjectName } from '../../src/core/objects.ts'

const signerOf = (byte: number): LocalSigner => fileSigner(new Secret(new Uint8Array(32).fill(byte)))
export const ROOT = signerOf(0x51)
export const ISSUING = signerOf(0x52)
export const roots = [importPublicKey(ROOT.publicKey)]

/** A signed object, tagged; with `chain` it carries a certificate. */
export const signed = (type: ObjectName, payload: Uint8Array, signer: LocalSigner, chain?: Uint8Array): Uint8Array => {
  const header = protectedHeader(type, kidOf(signer.publicKey))
  return assemble({ protected: header, payload, signature: signer.sign(toBeSigned(header, payload)), chain })
}

/** A certificate for the issuing key, untagged as chains hold it. Absent caps: may sign everything, at any time. */
export const certified = (caps: Partial<Certificate> = {}): Uint8Array => {
  const certificate: Certificate = {
    starts: 0,
    expires: 0xffffffff,
    publicKey: ISSUING.publicKey,
    types: [1, 2, 3, 7, 10],
    perpetual: true,
    ...caps,
  }
  return signed('certificate', writeCertificate(certificate), ROOT).subarray(1)
}
