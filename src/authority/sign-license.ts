/** The last steps that every new revision takes: emergency anchor, the verifier's own rules, signature. */

import { OBJECT_LIMITS } from '../core/cbor.ts'
import { anchorOf, spanOf } from '../core/emergency.ts'
import { LicError } from '../core/errors.ts'
import { type License, writeAndRead } from '../core/license.ts'
import { type Holder, type LicenseTemplate, licenseTemplate } from '../core/license-template.ts'
import { checkTimes, grantLicense } from '../core/rights.ts'
import type { RevisionData } from '../ledger/event-types.ts'
import type { SignedObject } from '../ledger/signed-objects.ts'
import { secretOf } from './secret-away.ts'
import { beforeSigning, type SigningKey, type Unsigned, unsigned } from './sign-object.ts'

export interface SignedLicense extends SignedObject {
  /** Read back from what was signed. */
  readonly license: License
}

/** A license that every reader takes, as far as its signature. */
export interface UnsignedLicense {
  /** Read back from what is to be signed. */
  readonly license: License
  readonly payload: Uint8Array
  readonly object: Unsigned
}

/**
 * A revision, ready to be signed: all refusals are here. With `emergency` it gets a chain of its own (FORMAT 14), which
 * costs a hash an hour covered.
 * @throws LicError RIGHTS_EXCEEDED when a verifier would refuse it under this key; INVALID_INPUT; NO_EMERGENCY
 */
export const readyLicense = (license: License, key: SigningKey, emergency: boolean): UnsignedLicense => {
  const complete = emergency ? { ...license, anchor: anchorFor(license, key) } : license
  const written = beforeSigning(() => {
    grantLicense(complete, key.issuer)
    checkTimes(complete.issuedAt, key.issuer)
    return writeAndRead(complete)
  })
  return inLimits(written, key)
}

const inLimits = (
  { payload, license }: { readonly payload: Uint8Array; readonly license: License },
  key: SigningKey,
): UnsignedLicense => {
  const object = unsigned('license', payload, key.signer, key.chain)
  const { bytes: limit } = OBJECT_LIMITS
  if (object.length > limit) {
    throw new LicError('INVALID_INPUT', `the license would be ${object.length} bytes, and ${limit} is the limit`, {
      hint: 'issue fewer lines or features under one key',
    })
  }
  return { license, payload, object }
}

/**
 * Makes licenses of the same terms ready, one after the other: what the first was found to be, the others are, but for whose
 * they are. @param whole the license of a holder, asked for when it is not written like the first
 * @throws LicError as `readyLicense`
 */
export const readyAlike = (key: SigningKey): ((holder: Holder, whole: () => License) => UnsignedLicense) => {
  let alike: LicenseTemplate | undefined
  return (holder, whole) => {
    if (alike === undefined) {
      const ready = readyLicense(whole(), key, false)
      alike = licenseTemplate(ready.payload, ready.license)
      return ready
    }
    const template = alike
    return inLimits(
      beforeSigning(() => template(holder)),
      key,
    )
  }
}

/** Signs a revision. @throws LicError as `readyLicense`, and as the signer does */
export const signLicense = async (license: License, key: SigningKey, emergency: boolean): Promise<SignedLicense> => {
  const ready = readyLicense(license, key, emergency)
  return { ...ready.object.signed(await key.signer.sign(ready.object.toSign)), license: ready.license }
}

const anchorFor = (license: License, key: SigningKey): License['anchor'] => {
  const emergency = secretOf(key)
  if (!emergency) {
    throw new LicError(
      'NO_EMERGENCY',
      'beside the key lies no emergency secret in use, and the license is to have an anchor',
      {
        hint: 'bring it back: lic key import FILE; or make the next: lic key rotate emergency; or choose a tier without emergency codes',
      },
    )
  }
  const subject = { cti: license.cti, revision: license.revision }
  return anchorOf(emergency, subject, spanOf(license.issuedAt, license.expires))
}

/** A revision as the ledger keeps it beside the signed bytes. */
export const revisionData = (license: License, kid: Uint8Array): RevisionData => {
  const { anchor } = license
  return {
    number: license.revision,
    expires: license.expires ?? null,
    issuedAt: license.issuedAt,
    starts: license.starts ?? null,
    signer: kid,
    ...(anchor && { anchor: { epoch: anchor[0], base: anchor[1], n: anchor[2] } }),
  }
}
