/** `lic suspend`, `reinstate`, `revoke`, `cancel`: a license changes its state, and the next revocation list says so. */

import { toHex } from '../core/bytes.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { STATUSES } from '../core/status.ts'
import type { EventType, LicenseMoved } from '../ledger/event-types.ts'
import { record } from '../ledger/events.ts'
import { eventsOf } from '../ledger/history.ts'
import { type License, licenseByCti } from '../ledger/licenses.ts'
import { revisionsOf } from '../ledger/revisions.ts'
import type { LicenseState, Tx } from '../ledger/schema.ts'
import { type StatusIndex, statusIndexesOf } from '../ledger/status-indexes.ts'
import { type Authority, stamp, write } from './authority.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { checkMove, type Verb } from './states.ts'
import { licenseNamed } from './the-license.ts'

export type Move = Exclude<Verb, 'renew'>

export interface MoveInput {
  readonly key: string
  readonly reason: string
  readonly idempotencyKey?: string | undefined
}

export interface Moved {
  readonly key: string
  readonly masked: string
  readonly id: string
  readonly from: LicenseState
  readonly state: LicenseState
  readonly expires: number | null
}

const EVENTS = {
  suspend: 'license.suspended',
  reinstate: 'license.reinstated',
  revoke: 'license.revoked',
  cancel: 'license.cancelled',
} as const satisfies Record<Move, EventType>

const STATE_AFTER: Partial<Record<string, LicenseState>> = {
  [EVENTS.suspend]: 'suspended',
  [EVENTS.reinstate]: 'active',
  [EVENTS.revoke]: 'revoked',
  [EVENTS.cancel]: 'cancelled',
}

/** What each state means to a verifier. */
const STATUS_OF: Partial<Record<LicenseState, (typeof STATUSES)[number]>> = {
  suspended: 'suspended',
  revoked: 'revoked',
  cancelled: 'revoked',
}

/** @throws LicError NOT_FOUND, ILLEGAL_MOVE, CONFLICT, CLOCK_SUSPECT, and as the ledger does */
export const move = async (authority: Authority, verb: Move, input: MoveInput): Promise<Moved> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf(verb, idempotencyKey, asked)
  return write(authority, async (tx) => {
    const answered = await earlierAnswer(tx, request)
    if (answered !== null) return firstAnswer(tx, answered)
    const row = await licenseNamed(tx, authority.brand, input.key)
    const state = checkMove(row.state, verb)
    await record(
      tx,
      {
        ...stamp(authority),
        type: EVENTS[verb],
        entity: row.cti,
        brand: row.brand,
        customer: row.customer,
        reason: input.reason,
        ...(request && { idempotency: request }),
        data: await statusesAfter(tx, row, state),
      },
      authority.random,
    )
    return answer(await licenseByCti(tx, row.cti), row.state)
  })
}

/** What would happen, for a question before it does. */
export const foreseeMove = async ({ ledger, brand }: Authority, verb: Move, key: string): Promise<Moved> => {
  const row = await licenseNamed(ledger.db, brand, key)
  return answer({ ...row, state: checkMove(row.state, verb) }, row.state)
}

/** What was answered when this event was recorded, whatever has happened to the license since. */
const firstAnswer = async (tx: Tx, event: number): Promise<Moved> => {
  const row = await tx.selectFrom('events').select('entity_id').where('id', '=', event).executeTakeFirstOrThrow()
  const license = await licenseByCti(tx, row.entity_id)
  const past = (await eventsOf(tx, 'license', license.cti)).filter(({ id }) => id <= event)
  const states = past.flatMap(({ type }) => STATE_AFTER[type] ?? [])
  const revision = (await revisionsOf(tx, license.id)).findLast((each) => each.event <= event)
  return answer(
    { ...license, state: states.at(-1) ?? 'active', expires: revision?.expires ?? null },
    states.at(-2) ?? 'active',
  )
}

const answer = ({ prefix, cti, state, expires }: License, from: LicenseState): Moved => ({
  key: formatKey(prefix, cti),
  masked: maskKey(prefix, cti),
  id: toHex(cti),
  from,
  state,
  expires,
})

/**
 * The status of every index that changes. Only the newest index of each line follows the state: an older one was revoked
 * when a revision took something away, and stays so.
 */
const statusesAfter = async (tx: Tx, row: License, state: LicenseState): Promise<LicenseMoved> => {
  const all = await statusIndexesOf(tx, row.id)
  const newest = new Map<number, StatusIndex>()
  for (const each of all) {
    const known = newest.get(each.line)
    if (!known || each.revision > known.revision) newest.set(each.line, each)
  }
  const status = STATUSES.indexOf(STATUS_OF[state] ?? 'valid')
  return {
    statuses: [...newest.values()].filter((each) => each.status !== status).map(({ index }) => ({ index, status })),
  }
}
