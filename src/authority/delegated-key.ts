/**
 * A delegated key, opened from its file alone: no ledger, no network. Invariant: whoever holds one of these has checked that
 * the seed is the one that was certified, and that the chain ends in the root that the file names.
 */

import { equal, toHex } from '../core/bytes.ts'
import type { Certificate, Grant } from '../core/certificate.ts'
import { issuersOf } from '../core/chain.ts'
import { LicError } from '../core/errors.ts'
import { importPublicKey, kidOf } from '../core/keys.ts'
import type { KeyContents } from './key-pem.ts'
import type { Secret } from './secret.ts'
import type { SigningKey } from './sign-object.ts'
import { fileSigner, type LocalSigner } from './signer.ts'

export interface DelegatedKey extends SigningKey {
  readonly signer: LocalSigner
  /** Its own, the first of the chain. */
  readonly certificate: Certificate
  readonly grants: ReadonlyMap<number, Grant>
  /** What license ids are made from (FORMAT 21.2). */
  readonly idSeed: Secret
  /** What license keys begin with, by product. */
  readonly prefixes: ReadonlyMap<string, string>
}

/** What helps whoever has another file than one of these. */
export const DELEGATED =
  'give the file that the vendor made, whole: lic key delegate --name ci --tiers trial --products P --out ci.key'

/** @throws LicError KEY_FILE_INVALID for another kind of key, and for parts that do not belong together */
export const delegatedKey = ({ seed, delegation }: KeyContents): DelegatedKey => {
  if (!seed || !delegation) {
    throw new LicError('KEY_FILE_INVALID', 'the key is none that was delegated: it holds no certificate', {
      hint: DELEGATED,
    })
  }
  const signer = fileSigner(seed)
  const kid = kidOf(signer.publicKey)
  const chain = delegation.certificate.subarray(1)
  const issuer = certified(() => issuersOf({ kid, chain }, { roots: [importPublicKey(delegation.root)] })[0])
  const [certificate] = issuer?.certificates ?? []
  if (!issuer || !certificate?.grants || !equal(issuer.key.bytes, signer.publicKey)) {
    throw new LicError('KEY_FILE_INVALID', `the certificate beside the key ${toHex(kid)} delegates nothing to it`, {
      hint: DELEGATED,
    })
  }
  const { grants } = certificate
  const { idSeed, prefixes } = delegation
  return { signer, kid, issuer, chain, certificate, grants, idSeed, prefixes }
}

/** What fails here was not found in a license: no verification failed. */
const certified = <T>(check: () => T): T => {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    throw new LicError('KEY_FILE_INVALID', `the certificate beside the key does not hold: ${error.message}`, {
      hint: DELEGATED,
      cause: error,
    })
  }
}
