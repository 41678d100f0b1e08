/** The state machine of a license: which verb may be used in which state, and where it leads. One table, no other rules. */

import { LicError } from '../core/errors.ts'
import type { LicenseState } from '../ledger/schema.ts'

/** From each state, the verbs that are legal and the state they lead to. `cancelled` and `superseded` are final. */
export const MOVES = {
  active: {
    renew: 'active',
    change: 'active',
    transfer: 'superseded',
    suspend: 'suspended',
    revoke: 'revoked',
    cancel: 'cancelled',
  },
  suspended: { reinstate: 'active', revoke: 'revoked', cancel: 'cancelled' },
  revoked: { reinstate: 'active', cancel: 'cancelled' },
  cancelled: {},
  superseded: {},
} as const satisfies Record<LicenseState, Partial<Record<string, LicenseState>>>

export const VERBS = ['renew', 'change', 'transfer', 'suspend', 'reinstate', 'revoke', 'cancel'] as const
export type Verb = (typeof VERBS)[number]

/** What is given for a license and leaves it where it is: while it is active, and not else. */
const SERVICES = ['respond', 'emergency'] as const
export type Service = (typeof SERVICES)[number]

const isService = (verb: Verb | Service): verb is Service => SERVICES.some((each) => each === verb)

/** What to say to someone whose license is in a state that the verb does not start from. */
const ADVICE: Readonly<Record<LicenseState, string>> = {
  active: 'it is active already',
  suspended: 'end the suspension first: lic reinstate KEY --reason R',
  revoked: 'take the revocation back first: lic reinstate KEY --reason R',
  cancelled: 'a cancelled license stays so; issue a new one: lic issue',
  superseded: 'a license that was transferred lives on under its new key',
}

/** The state that `verb` leads to. @param what the license, or a line of it. @throws LicError ILLEGAL_MOVE naming both */
export const checkMove = (state: LicenseState, verb: Verb | Service, what = 'the license'): LicenseState => {
  if (isService(verb) && state === 'active') return state
  const to = (MOVES[state] as Partial<Record<Verb | Service, LicenseState>>)[verb]
  if (to) return to
  throw illegalMove(state, verb, what)
}

export const illegalMove = (
  state: LicenseState,
  verb: Verb | Service,
  what = 'the license',
  hint = ADVICE[state],
): LicError => new LicError('ILLEGAL_MOVE', `${verb}: ${what} is ${state}`, { hint, data: { state, verb } })

/** What an event makes of the license, or of the line that it names. */
export const STATE_AFTER: Partial<Record<string, LicenseState>> = {
  'license.suspended': 'suspended',
  'license.reinstated': 'active',
  'license.revoked': 'revoked',
  'license.cancelled': 'cancelled',
}
