/** The closed table of signature algorithms (FORMAT 5). It has one row, and everything that is particular to it stands here. */

import { isPublicKey, signatureCheck } from '#ed25519'
import { fromHex } from './bytes.ts'

export const ED25519 = {
  name: 'Ed25519',
  /** COSE identifiers that mean it: EdDSA, which is written, and Ed25519 (RFC 9864), which is read too. */
  cose: [-8, -19],
  /** COSE_Key: kty OKP, crv Ed25519. */
  keyType: 1,
  curve: 6,
  publicKeyBytes: 32,
  signatureBytes: 64,
  /** SPKI (RFC 8410) up to the key itself. */
  spkiPrefix: fromHex('302a300506032b6570032100'),
  isPublicKey,
  signatureCheck,
} as const
