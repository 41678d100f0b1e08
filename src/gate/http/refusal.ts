/**
 * Why a request is turned away, as one value that becomes JSON, a page or the closing of a socket. The codes that programs see
 * are few: what is wrong with a license that does not stand is LICENSE_INVALID, and `reason` has the code of the verdict.
 */

import { ERRORS } from '../../core/error-table.ts'
import type { Action, ErrorCode } from '../../core/errors.ts'
import type { Current, Landing } from '../current.ts'
import type { Counted } from '../metering.ts'
import type { GateState } from '../states.ts'

export type RefusalCode =
  | 'LICENSE_MISSING'
  | 'LICENSE_INVALID'
  | 'FEATURE_NOT_LICENSED'
  | 'INSUFFICIENT_LICENSE_TIER'
  | 'USAGE_LIMIT_EXCEEDED'
  /** What is limited cannot be counted now, so it is not granted. */
  | 'USAGE_NOT_COUNTED'
  /** The path is none, or hides what it is. */
  | 'INVALID_INPUT'

export interface Refusal {
  readonly code: RefusalCode
  /** The code of the verdict. */
  readonly reason: ErrorCode
  readonly status: 400 | 403 | 429 | 503
  readonly state: GateState
  /** Where a visitor is led; undefined when the gate is open. */
  readonly landing: Landing | undefined
  readonly title: string
  readonly message: string
  readonly suggestion: string
  readonly action: Action | null
  /** Particulars: feature, tier, limit, used, and the like. */
  readonly details: Readonly<Record<string, string | number | null>>
  /** Seconds. */
  readonly retryAfter: number | undefined
}

const SUGGESTIONS: Readonly<Record<Action, string>> = {
  activate: 'Open the activation page, and install the license or the answer of the vendor there.',
  renew: 'Renew the license, and install the new one on the activation page.',
  upgrade: 'Upgrade to a license that has it.',
  contact: 'Ask the vendor, and install what you are sent on the activation page.',
}

const actionOf = (code: ErrorCode): Action | null => ('action' in ERRORS[code] ? ERRORS[code].action : null)
const wordsOf = (name: string): string => name.replaceAll('_', ' ')

export const closed = ({ state, code, title, message, action, landing }: Current): Refusal => ({
  code: state === 'missing' ? 'LICENSE_MISSING' : 'LICENSE_INVALID',
  reason: code ?? 'LICENSE_MISSING',
  status: 403,
  state,
  landing,
  title,
  // Why something on this machine cannot be read is no matter of whoever asks from outside.
  message: state === 'unreadable' ? 'What this machine remembers of its license cannot be read.' : message,
  suggestion: SUGGESTIONS[action ?? 'activate'],
  action: action ?? 'activate',
  details: {},
  retryAfter: undefined,
})

/** What an open gate does not grant. */
const denied = ({ state }: Current, more: Omit<Refusal, 'state' | 'landing' | 'retryAfter'>): Refusal => ({
  ...more,
  state,
  landing: undefined,
  retryAfter: undefined,
})

export const withoutFeature = (current: Current, feature: string): Refusal =>
  denied(current, {
    ...{ code: 'FEATURE_NOT_LICENSED', reason: 'FEATURE_NOT_LICENSED', status: 403 },
    title: 'Not in the license',
    message: `The license does not have ${wordsOf(feature)}.`,
    suggestion: SUGGESTIONS.upgrade,
    action: 'upgrade',
    details: { feature, tier: current.license?.tier ?? null },
  })

export const belowTier = (current: Current, required: string): Refusal =>
  denied(current, {
    ...{ code: 'INSUFFICIENT_LICENSE_TIER', reason: 'INSUFFICIENT_LICENSE_TIER', status: 403 },
    title: 'A higher tier is needed',
    message: `This needs ${wordsOf(required)} or a tier above it${
      current.license === undefined ? '' : `; the license has ${current.license.tierTitle}`
    }.`,
    suggestion: SUGGESTIONS.upgrade,
    action: 'upgrade',
    details: { required, tier: current.license?.tier ?? null },
  })

export const restricted = (current: Current, reason: ErrorCode, message: string): Refusal =>
  denied(current, {
    ...{ code: 'LICENSE_INVALID', reason, status: 403 },
    title: 'The license does not hold here',
    message,
    suggestion: SUGGESTIONS.contact,
    action: actionOf(reason),
    details: {},
  })

/** @param counted of a wish that was not granted */
export const usedUp = (current: Current, { name, code, message, used, limit, ...counted }: Counted): Refusal => {
  if (!current.open) return closed(current)
  if (code === 'FEATURE_NOT_LICENSED') return withoutFeature(current, name)
  const { resets, retryAfter } = counted
  if (code !== 'USAGE_LIMIT_EXCEEDED') {
    return {
      ...denied(current, {
        ...{ code: 'USAGE_NOT_COUNTED', reason: code ?? 'UNEXPECTED', status: 503 },
        title: 'It cannot be counted now',
        message: 'What is limited is not granted while it cannot be counted.',
        suggestion: 'Try again in a moment; whoever looks after this machine sees why in its log.',
        action: null,
        details: { limit: name },
      }),
      retryAfter: RETRY,
    }
  }
  const day = resets === undefined ? undefined : new Date(resets * 1000).toISOString()
  return {
    ...denied(current, {
      ...{ code: 'USAGE_LIMIT_EXCEEDED', reason: code, status: 429 },
      title: 'A limit is reached',
      message: `The license allows ${limit} of ${wordsOf(name)}, and ${used} are used.`,
      suggestion: day === undefined ? SUGGESTIONS.upgrade : `Wait until ${day}, or upgrade.`,
      action: 'upgrade',
      details: { limit: name, allowed: limit, used, resets_at: day ?? null },
    }),
    retryAfter,
  }
}

/** Seconds after which it may be tried again where nobody knows better. */
export const RETRY = 5

export const malformed = (current: Current): Refusal => ({
  ...denied(current, {
    ...{ code: 'INVALID_INPUT', reason: 'INVALID_INPUT', status: 400 },
    title: 'Not a path',
    message: 'What was asked for is not the path of a request.',
    suggestion: 'Ask for a path as RFC 3986 has it.',
    action: null,
    details: {},
  }),
})
