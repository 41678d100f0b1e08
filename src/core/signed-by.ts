/**
 * The signature of any signed object (FORMAT 18.5), whatever it says: its key, up to a trusted root, may sign its type, and
 * did so within its certificates' windows. For whoever looks at objects rather than uses them.
 */

import { type Issuer, issuersOf, type Trust } from './chain.ts'
import { type Signed, toBeSigned } from './cose.ts'
import { LicError } from './errors.ts'
import { anObject, OBJECTS } from './objects.ts'
import { checkTimes } from './rights.ts'

/** @throws LicError UNKNOWN_KEY, BAD_SIGNATURE, RIGHTS_EXCEEDED, LICENSE_INVALID, with a stage */
export const signedBy = (signed: Signed, trust: Trust): Issuer => {
  const covered = toBeSigned(signed.protected, signed.payload)
  const issuer = issuersOf(signed, trust).find(({ key }) => key.verify(covered, signed.signature))
  if (!issuer)
    throw new LicError('BAD_SIGNATURE', `the signature of the ${signed.type} is wrong`, { stage: 'signature' })
  const { type, root } = OBJECTS[signed.type]
  const [own] = issuer.certificates
  if (own ? !own.types.includes(type) : !root) {
    throw new LicError('RIGHTS_EXCEEDED', `the key may not sign ${anObject(signed.type)}`, { stage: 'rights' })
  }
  const issued = signed.claims.get(6)
  if (typeof issued === 'number') checkTimes(issued, issuer)
  return issuer
}
