/**
 * The third public door: what a vendor's proof shows (FORMAT 17.4, 17.5), for a license whose key was compromised later. Apart
 * from the first, so that who takes no proofs loads nothing for them.
 */

export { isProof, type Proofs, provenHeads } from './core/log-proof.ts'
export type { TreeHead } from './core/merkle.ts'
