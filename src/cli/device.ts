/**
 * A customer's device for a command: where its state lies, and what is said of it. Nothing here, nor in the commands that use
 * it, loads a ledger, a driver or a key: a sealed machine has none.
 */

import { toHex } from '../core/bytes.ts'
import { LIST_LIMITS } from '../core/cbor.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { open, splitSequence } from '../core/cose.ts'
import { activationId, releaseAnchor } from '../core/release.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { GrantedLicense } from '../core/rights.ts'
import type { TrustBundle } from '../core/trust-bundle.ts'
import { type Device, openDevice, placesOf } from '../device/device.ts'
import type { Held } from '../device/held.ts'
import { byKey, type LicenseMatch } from '../device/match.ts'
import type { Tombstone } from '../device/state/content.ts'
import type { Context } from './context.ts'
import { isoTime } from './moment.ts'

export interface DeviceFlags {
  readonly state: string | undefined
  readonly system: boolean
}

export const deviceHere = async (context: Context, { state, system }: DeviceFlags): Promise<Device> => {
  const { io, dryRun } = context
  const places = placesOf(io, { state, system })
  const machine = await io.machine()
  return openDevice({ places, shared: system, machine, now: () => io.now(), random: (n) => io.random(n), dryRun })
}

export const matchOf = (key: string | undefined): LicenseMatch | undefined =>
  key === undefined ? undefined : byKey(key)

/** The objects of a sequence, each one known by its type. @throws LicError LICENSE_INVALID */
export const objectsIn = (bytes: Uint8Array): readonly Uint8Array[] => {
  const items = splitSequence(bytes)
  for (const item of items) open(item, LIST_LIMITS)
  return items
}

/** How a license is named in JSON and on a page. */
export const nameOf = ({ prefix, cti, licensee }: GrantedLicense) => ({
  key: formatKey(prefix, cti),
  id: toHex(cti),
  licensee: licensee?.name ?? null,
})
export const maskedOf = ({ license: { prefix, cti } }: Held): string => maskKey(prefix, cti)
/** Enough of a key to name it on the command line: as much as the mask shows before its gap. */
export const begunOf = ({ license }: Held): string => begun(license)
export const begun = ({ prefix, cti }: Pick<GrantedLicense, 'prefix' | 'cti'>): string =>
  formatKey(prefix, cti).split('-').slice(0, 2).join('-')

export const listData = ({ list, number, issuedAt }: RevocationList) => ({
  list,
  number: isoTime(number),
  issued: isoTime(issuedAt),
})

export const bundleData = ({ version, issuedAt, issuer }: TrustBundle) => ({
  version,
  issued: isoTime(issuedAt),
  root: toHex(issuer.key.kid),
})

/** A place that was given up here. */
export const givenUpData = ({ cti, prefix, product, secret, at }: Tombstone) => ({
  key: formatKey(prefix, cti),
  product,
  activation: activationId(releaseAnchor(cti, secret)),
  at: isoTime(at),
})

/** What was left aside of lists and bundles, one sentence each. */
export const leftAside = ({
  oldLists,
  stolenLists = [],
  oldBundles = [],
}: {
  readonly oldLists: readonly RevocationList[]
  readonly stolenLists?: readonly RevocationList[]
  readonly oldBundles?: readonly TrustBundle[]
}): readonly string[] => [
  ...oldLists.map((list) => `the revocation list of ${isoTime(list.number)}, or a newer one, is here already`),
  ...stolenLists.map((list) => `the revocation list of ${isoTime(list.number)} is left aside: its key was compromised`),
  ...oldBundles.map(({ version }) => `a trust bundle as new as version ${version} is here already`),
]

/** The clock as the machine shows it, in UTC and where the machine stands. */
export const clockTexts = (now: number): { readonly utc: string; readonly local: string } => {
  const at = new Date(now * 1000)
  const minutes = -at.getTimezoneOffset()
  const two = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0')
  const shifted = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, 19)
  const offset =
    minutes === 0 ? '+00:00' : `${minutes < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`
  return { utc: isoTime(now) ?? '', local: `${shifted}${offset}` }
}
