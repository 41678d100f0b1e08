/** The door `lic/authority`: what a key holder's own programs and a product's tests build on. */

export { addCustomer } from './add-customer.ts'
export { addBrand, addProduct } from './add-product.ts'
export { type Authority, write } from './authority.ts'
export { type EphemeralAuthority, ephemeralAuthority } from './ephemeral.ts'
export { type HandedLicense, handOver } from './hand-over.ts'
export { init } from './init.ts'
export { type IssueInput, issue } from './issue.ts'
export { type MoveInput, move } from './move.ts'
export { openAuthority } from './open.ts'
export { publishRevocations } from './publish-revocations.ts'
export { type RenewInput, renew } from './renew.ts'
