/** What a product asks with each request: may it do this. Answered from the value of the last look, without waiting for anything. */

import { type ErrorCode, LicError } from '../core/errors.ts'
import type { Current } from './current.ts'
import type { GateFacts } from './options.ts'
import { type Facts, restrictionOf } from './restrictions.ts'
import { STATES } from './states.ts'
import type { Standing } from './view.ts'

export interface Permission {
  readonly ok: boolean
  /** RESTRICTED, or the code of a gate that is closed. */
  readonly code: ErrorCode | undefined
  readonly message: string
}

export interface Entitled {
  /** Whether a feature is on; with `asking`, for whoever asks: by a license that holds there. */
  has(feature: string, asking?: Facts): boolean
  /** A named limit or the value of a feature: 0 for none, Infinity for unlimited, as a feature without a value is. */
  limit(name: string): number
  /** Names of the product's own to features, for a page: which of them are on. */
  flags<N extends string>(features: Readonly<Record<N, string>>): Readonly<Record<N, boolean>>
  /** As `has`. @throws LicError FEATURE_NOT_LICENSED, or the code of a gate that is closed */
  requireFeature(feature: string, asking?: Facts): void
  /** The tier, or one above it by the signed ladder. @throws LicError INSUFFICIENT_LICENSE_TIER, or the code of a gate that is closed */
  requireTier(tier: string, asking?: Facts): void
  /** Whether a license holds for whoever asks: country, domain, address, with what the product said at the start. */
  permits(facts: Facts): Permission
}

export const entitled = (current: () => Current, facts: GateFacts, lines: () => readonly Standing[]): Entitled => {
  const closed = ({ open, code, message, state }: Current): LicError | undefined =>
    open ? undefined : new LicError(code ?? 'LICENSE_MISSING', message, { data: { state } })
  /** Of those that stand, the lines that hold for whoever asks. */
  const holding = (asking: Facts | undefined): readonly Standing[] => {
    const all: Facts = { ...facts, ...asking }
    return lines().filter(
      ({ state, line }) =>
        STATES[state].opens && (asking === undefined || restrictionOf(line.restrictions, all) === undefined),
    )
  }
  const isOn = (feature: string, asking: Facts | undefined): boolean => {
    const { features, looked, free } = current()
    if (!features.has(feature)) return false
    if (asking === undefined || free) return true
    return holding(asking).some(({ line }) => {
      const own = line.features.get(feature)
      return own !== undefined && (own.expires === undefined || looked < own.expires)
    })
  }
  return {
    has: isOn,
    limit: (name) => {
      const { limits, features } = current()
      const entitlement = limits.get(name) ?? features.get(name)
      return entitlement === undefined ? 0 : entitlement.value || Number.POSITIVE_INFINITY
    },
    flags: (features) => {
      const { features: on } = current()
      const names = Object.entries(features) as [keyof typeof features, string][]
      return Object.fromEntries(names.map(([name, feature]) => [name, on.has(feature)])) as Record<
        keyof typeof features,
        boolean
      >
    },
    requireFeature: (feature, asking) => {
      const now = current()
      if (isOn(feature, asking)) return
      throw (
        closed(now) ??
        new LicError('FEATURE_NOT_LICENSED', `the license does not have ${feature}`, {
          data: { feature, tier: now.license?.tier ?? null },
        })
      )
    },
    requireTier: (tier, asking) => {
      const now = current()
      const shut = closed(now)
      if (shut) throw shut
      const has = holding(asking).some(({ line }) => line.tier === tier || line.ladder?.includes(tier) === true)
      if (has) return
      throw new LicError('INSUFFICIENT_LICENSE_TIER', `${tier} or a tier above it is needed`, {
        data: { required: tier, tier: now.license?.tier ?? null },
      })
    },
    permits: (asking) => {
      const shut = closed(current())
      if (shut) return { ok: false, code: shut.code, message: shut.message }
      const all: Facts = { ...facts, ...asking }
      const standing = lines().filter(({ state }) => STATES[state].opens)
      const reasons = standing.map(({ line }) => restrictionOf(line.restrictions, all))
      // One license that holds there is enough.
      const [reason] = reasons
      if (reason === undefined || reasons.includes(undefined)) return { ok: true, code: undefined, message: '' }
      return { ok: false, code: 'RESTRICTED', message: `The license is restricted: ${reason}.` }
    },
  }
}
