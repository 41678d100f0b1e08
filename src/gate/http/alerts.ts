/** What a user should be told without asking: limits that are nearly used up, an end that comes near, a gate that warns. */

import type { Current } from '../current.ts'
import type { Usage } from '../metering.ts'
import { dayOf } from '../states.ts'

export interface Alert {
  /** The same for the same news, so that a page can put it away. */
  readonly id: string
  readonly type: 'usage' | 'expiry' | 'state'
  readonly severity: 'warning' | 'critical'
  readonly title: string
  readonly message: string
}

/** Percent of a limit, and days before the end, from which on it is told. */
const USED = { warning: 75, critical: 90 } as const
const LEFT = { warning: 30, critical: 7 } as const
const DAY = 86_400

/** Days until then, begun ones whole; never below 0. */
export const daysUntil = (at: number, now: number): number => Math.max(0, Math.ceil((at - now) / DAY))

const usageAlert = ({ name, kind, used, limit, percent, resets }: Usage): readonly Alert[] => {
  const severity = percent >= USED.critical ? 'critical' : percent >= USED.warning ? 'warning' : undefined
  if (severity === undefined || !Number.isFinite(limit)) return []
  const words = kind === 'users' ? 'seats of named users' : name.replaceAll('_', ' ')
  const beginning = words.charAt(0).toUpperCase() + words.slice(1)
  return [
    {
      id: `usage:${kind}:${name}:${USED[severity]}`,
      type: 'usage',
      severity,
      title: percent >= 100 ? `${beginning}: the limit is reached` : `${beginning}: ${Math.floor(percent)} % used`,
      message: `${used} of ${limit} are used${resets === undefined ? '' : `; there is more on ${isoMinute(resets)}`}.`,
    },
  ]
}
const isoMinute = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' at ')} UTC`

const expiryAlert = ({ state, ends, looked }: Current): readonly Alert[] => {
  // Grace and emergency speak for themselves.
  if (state !== 'active' || ends === undefined) return []
  const days = daysUntil(ends, looked)
  const severity = days <= LEFT.critical ? 'critical' : days <= LEFT.warning ? 'warning' : undefined
  if (severity === undefined) return []
  return [
    {
      id: `expiry:${LEFT[severity]}`,
      type: 'expiry',
      severity,
      title: `The license ends in ${days === 1 ? '1 day' : `${days} days`}`,
      message: `It ends on ${dayOf(ends)}. Renew it, and install the new one before.`,
    },
  ]
}

const stateAlert = ({ state, open, warns, title, message }: Current): readonly Alert[] =>
  open && !warns ? [] : [{ id: `state:${state}`, type: 'state', severity: 'critical', title, message }]

const ORDER = ['critical', 'warning'] as const

/** Worst first. */
export const alertsOf = (current: Current, usage: readonly Usage[]): readonly Alert[] =>
  [...stateAlert(current), ...expiryAlert(current), ...usage.flatMap(usageAlert)].sort(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  )
