/** The public door: the verifier, for any runtime. Nothing reachable from here signs, stores, or touches Node. */

export { decodeArmor, isArmor } from './core/codes/armor.ts'
export { formatKey, maskKey, parseKey } from './core/codes/license-key.ts'
export { decodeText, isText } from './core/codes/text.ts'
export { type Action, type ErrorCode, LicError, type Stage } from './core/errors.ts'
export { importPublicKey, type PublicKey, publicKeysFromPem } from './core/keys.ts'
export type { Line, Quantity } from './core/license.ts'
export type { TreeHead } from './core/merkle.ts'
export type { Facts, Standing } from './core/policy.ts'
export { type RevocationList, readRevocationList } from './core/revocation.ts'
export type { GrantedLicense, GrantedLine } from './core/rights.ts'
export { authenticate, type Verdict, type VerifyOptions, verify } from './core/verify.ts'
