/**
 * The second public door: what a verifier is told of keys after a product was built. Apart from the first, so that who takes
 * no trust bundles loads nothing for them.
 */

export { readTrustBundle, type TrustBundle, withBundles, withoutLifted } from './core/trust-bundle.ts'
