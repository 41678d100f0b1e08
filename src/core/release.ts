/**
 * Giving a place up (FORMAT 12.3, 12.4): a device keeps 100 random bits, a request carries their hash, and the release code
 * shows the bits. Invariant: nobody but the device can make the code, and the vendor can check it.
 */

import { equal } from './bytes.ts'
import { encodeBase32 } from './codes/base32.ts'
import { spell } from './codes/spoken.ts'
import { typedCode } from './codes/typed.ts'
import { LicError } from './errors.ts'
import { hashOf } from './hash.ts'

/** A secret r of 100 bits at the low end of 13 bytes, from as many random ones. */
export const releaseSecret = (random: (length: number) => Uint8Array): Uint8Array => {
  const r = random(13)
  r[0] = (r[0] as number) & 0x0f
  return r
}

/** trunc80(H("lic-release-1", cti, r)), 10 bytes. */
export const releaseAnchor = (cti: Uint8Array, r: Uint8Array): Uint8Array =>
  hashOf('lic-release-1', cti, r).slice(0, 10)

/** `M082Y-0C20R-A1G74-104GH-M2RCP` */
export const formatRelease = (r: Uint8Array): string => spell('release', r).join('-')

/**
 * The secret that a release code shows, checked against the anchor.
 * @throws LicError CODE_MISTYPED naming the group, CODE_KIND, BAD_SIGNATURE when it is another device's
 */
export const openRelease = (code: string, cti: Uint8Array, anchor: Uint8Array): Uint8Array => {
  const r = typedCode('release', code)
  if (equal(releaseAnchor(cti, r), anchor)) return r
  throw new LicError('BAD_SIGNATURE', 'the release code does not belong to this activation', {
    hint: 'compare the activation id on both sides',
  })
}

/** What both sides call an activation by: the first 8 symbols of its release anchor (FORMAT 10.5). */
export const activationId = (anchor: Uint8Array): string => encodeBase32(anchor.subarray(0, 5))
