/** How a product stands, for its own pages: what the browser client reads. Nothing secret is in it, and nothing for strangers. */

import { LicError } from '../../core/errors.ts'
import type { Gate } from '../gate.ts'
import type { Usage } from '../metering.ts'
import { type Alert, alertsOf, daysUntil } from './alerts.ts'
import { endOf, isoOf, type LicenseClaim, licenseClaim } from './claim.ts'

export interface StatusReport {
  readonly success: true
  readonly license: LicenseClaim & {
    readonly open: boolean
    /** It is open, and no longer than grace or an emergency code last. */
    readonly warns: boolean
    /** Without a license, by the policy of the product. */
    readonly free: boolean
    readonly licensee: string | null
    readonly kind: string | null
    readonly title: string
    readonly message: string
    readonly action: string | null
    readonly grace_until: string | null
  }
  readonly usage: Readonly<Record<string, UsageReport>>
  /** Begun days count whole; null: it does not end. */
  readonly days_until_expiry: number | null
  /** By name: 0 to 100 and above; of what is limited alone. */
  readonly usage_percentage: Readonly<Record<string, number>>
  readonly alerts: readonly Alert[]
  readonly checked_at: string | null
}

export interface UsageReport {
  readonly used: number
  /** 0 = unlimited. */
  readonly limit: number
  readonly remaining: number | null
  readonly percent: number
  readonly period: string
  readonly resets_at: string | null
}

/** Waits for the counters. Where they cannot be read, nothing is said of what is used. */
export const licenseStatus = async (gate: Gate): Promise<StatusReport> => {
  const usage = await usageOf(gate)
  // Of a feature, a limit and the named users, which may share a name, whatever is nearer to its end.
  const named = usage.filter((each) => !usage.some(({ name, percent }) => name === each.name && percent > each.percent))
  const current = gate.current()
  const { open, warns, free, title, message, action, license, looked, graceEnds } = current
  const end = endOf(current)
  return {
    success: true,
    license: {
      ...licenseClaim(current),
      ...{ open, warns, free, title, message, action },
      licensee: license?.licensee?.name ?? null,
      kind: license?.kind ?? null,
      grace_until: isoOf(graceEnds),
    },
    usage: Object.fromEntries(named.map((each) => [each.name, reportOf(each)])),
    days_until_expiry: end === undefined ? null : daysUntil(end, looked),
    usage_percentage: Object.fromEntries(
      named.filter(({ limit }) => Number.isFinite(limit)).map(({ name, percent }) => [name, percent]),
    ),
    alerts: alertsOf(current, usage),
    checked_at: isoOf(looked),
  }
}

const usageOf = async (gate: Gate): Promise<readonly Usage[]> => {
  try {
    return await gate.usage()
  } catch (error) {
    if (error instanceof LicError) return []
    throw error
  }
}

const reportOf = ({ used, limit, percent, period, resets }: Usage): UsageReport => {
  const limited = Number.isFinite(limit)
  return {
    used,
    limit: limited ? limit : 0,
    remaining: limited ? Math.max(limit - used, 0) : null,
    percent,
    period,
    resets_at: isoOf(resets),
  }
}
