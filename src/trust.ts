/**
 * The second public door: what a verifier is told of keys after a product was built (trust bundles), and what speaks for a
 * license under a stolen key (issue proofs). Apart from the first, so that who needs neither loads neither.
 */

export { issueProof } from './core/issue-proof.ts'
export type { InclusionProof } from './core/merkle.ts'
export { readTrustBundle, type TrustBundle, withBundles, withoutLifted } from './core/trust-bundle.ts'
