/** Whether a request may go on, asked in the words of HTTP. Each answer is undefined for yes, or why not. */

import { LicError } from '../../core/errors.ts'
import type { Lease } from '../../device/counters/counters.ts'
import type { Current } from '../current.ts'
import type { Permission } from '../entitled.ts'
import type { Gate } from '../gate.ts'
import type { Facts } from '../restrictions.ts'
import { isBelow, readingsOf } from './paths.ts'
import { belowTier, closed, malformed, RETRY, type Refusal, restricted, usedUp, withoutFeature } from './refusal.ts'
import { type GateSource, isAlwaysOpen, type Rules } from './rules.ts'

/** @param target as it stands in the request line: the path with its query, or a whole URL */
export const byPath = <R>(gate: Gate, rules: Rules<R>, target: string, request: R): Refusal | undefined => {
  if (isAlwaysOpen(rules, target)) return undefined
  const current = gate.current()
  const readings = readingsOf(target)
  if (readings === undefined) return malformed(current)
  if (!current.open) return closed(current)
  const asking = rules.facts?.(request)
  const { ok, code, message } = asking === undefined ? ANYWHERE : gate.permits(asking)
  if (!ok) return restricted(current, code ?? 'RESTRICTED', message)
  for (const [prefix, feature] of rules.features) {
    const refusal = readings.some((path) => isBelow(path, prefix)) ? byFeature(gate, feature, asking) : undefined
    if (refusal) return refusal
  }
  return undefined
}

const ANYWHERE: Permission = { ok: true, code: undefined, message: '' }

/** @param asking what restrictions are held against: a license gives nothing where it does not hold */
export const byFeature = (gate: Gate, feature: string, asking?: Facts): Refusal | undefined => {
  if (gate.has(feature, asking)) return undefined
  const current = gate.current()
  if (!current.open) return closed(current)
  return gate.has(feature) ? elsewhere(current) : withoutFeature(current, feature)
}

export const byTier = (gate: Gate, tier: string, asking?: Facts): Refusal | undefined => {
  if (hasTier(gate, tier, asking)) return undefined
  const current = gate.current()
  if (!current.open) return closed(current)
  return hasTier(gate, tier) ? elsewhere(current) : belowTier(current, tier)
}

const hasTier = (gate: Gate, tier: string, asking?: Facts): boolean => {
  try {
    gate.requireTier(tier, asking)
    return true
  } catch (error) {
    if (!(error instanceof LicError)) throw error
    return false
  }
}

const elsewhere = (current: Current): Refusal =>
  restricted(current, 'RESTRICTED', 'The license that has it does not hold here.')

export interface Use {
  readonly refusal: Refusal | undefined
  /** Gives a place among several at once back; once the request is answered. */
  readonly release: (() => void) | undefined
}

/**
 * Uses a limit or a metered feature once; one on what goes on at once is held while the request is answered.
 * @throws LicError USAGE for a limit without a period, of which a request uses nothing
 */
export const byUse = async (gate: Gate, name: string, asking?: Facts): Promise<Use> => {
  const { limits, features } = gate.current()
  const isLimit = limits.has(name)
  const entitlement = limits.get(name) ?? features.get(name)
  if (!isLimit && entitlement && !gate.has(name, asking)) {
    return { refusal: elsewhere(gate.current()), release: undefined }
  }
  if (entitlement?.period === 'concurrent') {
    const { lease, ...counted } = await gate.hold(name)
    if (lease) return { refusal: undefined, release: () => void givenBack(lease) }
    // A place may be free at any moment.
    return { refusal: usedUp(gate.current(), { ...counted, retryAfter: RETRY }), release: undefined }
  }
  if (entitlement?.value !== undefined && entitlement.period === 'none') {
    throw new LicError('USAGE', `${name} has no period, so no request uses it up: say how many there are, with count`)
  }
  const counted = await (isLimit ? gate.count(name) : gate.consume(name))
  return { refusal: counted.ok ? undefined : usedUp(gate.current(), counted), release: undefined }
}

/** A place that cannot be given back now is free again at the next sign of life of this process, or when that stays out. */
export const givenBack = async (lease: Lease): Promise<void> => {
  try {
    await lease.release()
  } catch (error) {
    if (!(error instanceof LicError)) throw error
  }
}

/** Without waiting where the gate is at hand. */
export const withGate = <R, T>(source: GateSource<R>, request: R, work: (gate: Gate) => T): T | Promise<Awaited<T>> => {
  if (typeof source !== 'function') return work(source)
  const found = source(request)
  return found instanceof Promise ? (found.then(work) as Promise<Awaited<T>>) : work(found)
}
