/**
 * The states of a gate as one table: whether the product opens, and what its user should see; and the state that each verdict
 * comes to. Invariant: every code that can be said of a license or of its place has exactly one state, and a code that is in
 * no row opens nothing.
 */

import { ERRORS } from '../core/error-table.ts'
import type { Action, ErrorCode } from '../core/errors.ts'

/** What the words of a state speak of. Days are ISO dates, UTC. */
export interface Told {
  readonly product: string
  /** When the license ends or ended, a lease or an emergency code ends; the time that a refusal turns on. */
  readonly day: string | undefined
  /** When grace ends. */
  readonly until: string | undefined
  /** The reason that the judgement gave. */
  readonly reason: string
}

interface Row {
  readonly opens: boolean
  readonly title: string
  readonly message: (told: Told) => string
  /** Absent: as the table of codes says. */
  readonly action?: Action
}

const on = (day: string | undefined): string => (day === undefined ? '' : ` on ${day}`)
const since = (day: string | undefined): string => (day === undefined ? '' : ` since ${day}`)

/** Best first: of several licenses that do not stand the best is spoken of. */
export const STATES = {
  active: {
    opens: true,
    title: 'Licensed',
    message: ({ product, day }) => `${product} is licensed${day === undefined ? '' : ` until ${day}`}.`,
  },
  grace: {
    opens: true,
    title: 'The license has ended',
    message: ({ day, until }) => `The license ended${on(day)}. Everything works until ${until}: renew it before.`,
    action: 'renew',
  },
  emergency: {
    opens: true,
    title: 'Running by an emergency code',
    message: ({ day }) => `An emergency code keeps this running until ${day}. Set the license right before.`,
    action: 'contact',
  },
  'activation-required': {
    opens: false,
    title: 'Activation required',
    message: ({ reason }) => `The license is installed, but ${reason}.`,
  },
  'lease-ended': {
    opens: false,
    title: 'Activation required',
    message: ({ day }) => `The activation of this device was given until ${day}. Activate it again.`,
  },
  'wrong-device': {
    opens: false,
    title: 'Activation required',
    message: ({ reason }) => `The license does not run on this device: ${reason}. Activate it here.`,
  },
  expired: {
    opens: false,
    title: 'The license has expired',
    message: ({ day }) => `The license expired${on(day)}. Your data is kept: install a renewed license to go on.`,
  },
  'check-overdue': {
    opens: false,
    title: 'A check of the license is overdue',
    message: ({ day }) =>
      `The license asks for newer word from the vendor${since(day)}. Install a revocation list, or let this machine fetch one.`,
  },
  'clock-rolled-back': {
    opens: false,
    title: 'The clock is wrong',
    message: ({ day }) =>
      `The clock of this machine is behind a time that is known to have passed${on(day)}. Set it right.`,
  },
  'not-yet-valid': {
    opens: false,
    title: 'The license has not begun',
    message: ({ day }) => `The license begins${on(day)}.`,
  },
  'not-covered': {
    opens: false,
    title: 'This version is not covered',
    message: ({ reason }) =>
      `The license does not cover this version: ${reason}. Renew it, or install an earlier version.`,
  },
  'host-too-large': {
    opens: false,
    title: 'This machine is larger than its license',
    message: ({ reason }) => `The license is for a smaller machine: ${reason}.`,
  },
  restricted: {
    opens: false,
    title: 'The license does not hold here',
    message: ({ reason }) => `The license is restricted: ${reason}.`,
  },
  suspended: {
    opens: false,
    title: 'The license is suspended',
    message: () => 'The vendor has suspended the license. Your data is kept; ask the vendor.',
  },
  'test-license': {
    opens: false,
    title: 'A test license',
    message: () => 'The license is for tests, and this is no test build. Install the license that you bought.',
  },
  'key-compromised': {
    opens: false,
    title: 'The license must be replaced',
    message: () => 'The key that signed the license was stolen. Ask the vendor for a license under the new key.',
  },
  revoked: {
    opens: false,
    title: 'The license was revoked',
    message: () => 'The vendor has revoked the license. Your data is kept; ask the vendor.',
  },
  'wrong-product': {
    opens: false,
    title: 'A license for another product',
    message: ({ product, reason }) => `No license for ${product} is installed: ${reason}.`,
  },
  invalid: {
    opens: false,
    title: 'The license is not valid',
    message: ({ reason }) => `What is installed is no license that can be believed: ${reason}.`,
  },
  missing: {
    opens: false,
    title: 'Activation',
    message: ({ product }) => `No license for ${product} is installed. Install the one that you were sent.`,
  },
  unreadable: {
    opens: false,
    title: 'The license cannot be read',
    message: ({ reason }) => `What this machine remembers of its license cannot be read: ${reason}.`,
    action: 'contact',
  },
} as const satisfies Readonly<Record<string, Row>>

export type GateState = keyof typeof STATES

/** Best first. */
export const STATE_NAMES = Object.keys(STATES) as readonly GateState[]

/** The state of each verdict. What is in no row here is about the place of the license, and is `unreadable`. */
export const STATE_OF = {
  LICENSE_MISSING: 'missing',
  ACTIVATION_REQUIRED: 'activation-required',
  LEASE_ENDED: 'lease-ended',
  DEVICE_MISMATCH: 'wrong-device',
  LICENSE_EXPIRED: 'expired',
  LICENSE_NOT_YET_VALID: 'not-yet-valid',
  REVOCATION_CHECK_OVERDUE: 'check-overdue',
  CLOCK_ROLLED_BACK: 'clock-rolled-back',
  VERSION_NOT_COVERED: 'not-covered',
  SEATS_EXHAUSTED: 'host-too-large',
  RESTRICTED: 'restricted',
  LICENSE_SUSPENDED: 'suspended',
  TEST_LICENSE: 'test-license',
  KEY_COMPROMISED: 'key-compromised',
  LICENSE_REVOKED: 'revoked',
  LICENSE_CANCELLED: 'revoked',
  LICENSE_SUPERSEDED: 'revoked',
  WRONG_PRODUCT: 'wrong-product',
  CUSTOMER_MISMATCH: 'invalid',
  NOT_IN_LEDGER: 'invalid',
  LICENSE_INVALID: 'invalid',
  UNKNOWN_KEY: 'invalid',
  BAD_SIGNATURE: 'invalid',
  RIGHTS_EXCEEDED: 'invalid',
  UNSUPPORTED_CLAIM: 'invalid',
} as const satisfies { readonly [C in ErrorCode]?: GateState }

export const stateOf = (code: ErrorCode): GateState =>
  Object.hasOwn(STATE_OF, code) ? STATE_OF[code as keyof typeof STATE_OF] : 'unreadable'

export interface Words {
  readonly title: string
  readonly message: string
  readonly action: Action | null
}

/** What a user should see. */
export const wordsOf = (state: GateState, code: ErrorCode | undefined, told: Told): Words => {
  const { title, message, action }: Row = STATES[state]
  const byCode = code === undefined ? undefined : 'action' in ERRORS[code] ? ERRORS[code].action : undefined
  return { title, message: message(told), action: action ?? byCode ?? null }
}

/** An ISO date, UTC. */
export const dayOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at * 1000).toISOString().slice(0, 10)
