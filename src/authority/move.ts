/**
 * `lic suspend`, `reinstate`, `revoke`, `cancel`: a license, or one line of it, changes its state, and the next revocation
 * list says so. Invariant: what was done to a line alone outlives what is done to the license as a whole.
 */

import { toHex } from '../core/bytes.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { STATUSES } from '../core/status.ts'
import type { EventType, StatusData } from '../ledger/event-types.ts'
import { record } from '../ledger/events.ts'
import { eventsOf, type PastEvent } from '../ledger/history.ts'
import { type License, licenseByCti } from '../ledger/licenses.ts'
import { linesOf } from '../ledger/lines.ts'
import { findRevision, revisionsOf } from '../ledger/revisions.ts'
import type { LicenseState, Reader, Tx } from '../ledger/schema.ts'
import { isByPrefix } from '../ledger/status-indexes.ts'
import { type Authority, stamp, write } from './authority.ts'
import { type DeviceReach, devicesWithin } from './device-reach.ts'
import { handOver } from './hand-over.ts'
import { type Reach, reachOf } from './reach.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { checkState, lineFor, type StandingLine, standingLines } from './standing.ts'
import { checkMove, illegalMove, STATE_AFTER, type Verb } from './states.ts'
import { licenseNamed } from './the-license.ts'

export type Move = Exclude<Verb, 'renew' | 'change' | 'transfer'>

export interface MoveInput {
  readonly key: string
  /** Moves the line for this product alone; absent = the license. */
  readonly product?: string | undefined
  readonly reason: string
  readonly idempotencyKey?: string | undefined
}

export interface Moved {
  readonly key: string
  readonly masked: string
  readonly id: string
  /** The line that was moved alone; null: the license. */
  readonly product: string | null
  readonly from: LicenseState
  readonly state: LicenseState
  readonly expires: number | null
  /** How far what is out there reaches; null when the signed license was erased. */
  readonly reach: Reach | null
  /** The devices of what was withdrawn, with how long each goes on by itself. */
  readonly devices: readonly DeviceReach[]
}

const EVENTS = {
  suspend: 'license.suspended',
  reinstate: 'license.reinstated',
  revoke: 'license.revoked',
  cancel: 'license.cancelled',
} as const satisfies Record<Move, EventType>

/** What each state means to a verifier. */
const STATUS_OF: Readonly<Record<LicenseState, (typeof STATUSES)[number]>> = {
  active: 'valid',
  suspended: 'suspended',
  revoked: 'revoked',
  cancelled: 'revoked',
  superseded: 'revoked',
}

/** @throws LicError NOT_FOUND, ILLEGAL_MOVE, CONFLICT, CLOCK_SUSPECT, and as the ledger does */
export const move = async (authority: Authority, verb: Move, input: MoveInput): Promise<Moved> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf(verb, idempotencyKey, asked)
  return write(authority, async (tx) => {
    const answered = await earlierAnswer(tx, request, authority.brand)
    if (answered !== null) return firstAnswer(tx, answered)
    const { row, lines, line, from, state } = await foreseen(tx, authority, verb, input)
    const statuses = line ? statusesOf([line], () => STATUS_OF[state]) : statusesUnder(state, lines)
    await record(
      tx,
      {
        ...stamp(authority),
        type: EVENTS[verb],
        entity: row.cti,
        brand: row.brand,
        customer: row.customer,
        ...(line && { line: line.number }),
        reason: input.reason,
        ...(request && { idempotency: request }),
        data: { statuses },
      },
      authority.random,
    )
    return answer(tx, row, line, { from, state, at: authority.now() })
  })
}

/** What would happen, for a question before it does. @throws LicError as `move` */
export const foreseeMove = async (
  authority: Authority,
  verb: Move,
  input: Pick<MoveInput, 'key' | 'product'>,
): Promise<Moved> => {
  const { db } = authority.ledger
  const { row, line, from, state } = await foreseen(db, authority, verb, input)
  return answer(db, row, line, { from, state, at: authority.now() })
}

interface Foreseen {
  readonly row: License
  readonly lines: readonly StandingLine[]
  /** Present when the move is this line's alone. */
  readonly line: StandingLine | undefined
  readonly from: LicenseState
  readonly state: LicenseState
}

const foreseen = async (
  db: Reader,
  { brand }: Authority,
  verb: Move,
  { key, product }: Pick<MoveInput, 'key' | 'product'>,
): Promise<Foreseen> => {
  const row = await licenseNamed(db, brand, key)
  const lines = await standingLines(db, row)
  const [only] = lines.length === 1 ? lines : []
  const named = product === undefined ? only : lineFor(lines, product)
  // The only line there is stands for the license, unless something was done to it while it had company.
  const line = named === only && only?.state === 'active' ? undefined : named
  if (line === undefined || (product === undefined && row.state !== 'active')) {
    return { row, lines, line: undefined, from: row.state, state: await checkState(db, row, verb) }
  }
  // What the license is goes before what its lines are: nothing happens to a line of a cancelled one.
  if (row.state !== 'active') throw illegalMove(row.state, verb)
  if (isByPrefix(line.index.index) && lines.length > 1) {
    throw illegalMove(
      row.state,
      verb,
      'the line',
      'it was made under a grant, and lists name such a license as a whole',
    )
  }
  return { row, lines, line, from: line.state, state: checkMove(line.state, verb, `the line ${line.product}`) }
}

const statusesOf = (
  lines: readonly StandingLine[],
  statusOf: (line: StandingLine) => (typeof STATUSES)[number],
): readonly StatusData[] =>
  lines.flatMap((line) => {
    const status = STATUSES.indexOf(statusOf(line))
    const indexes = line.earlier === undefined ? [line.index] : [line.index, line.earlier]
    return indexes.flatMap((each) => (each.status === status ? [] : [{ index: each.index, status }]))
  })

/**
 * What a state of the license means for each line: only the newest index of a line follows it (an older one was revoked
 * when a revision took something away), and a line that was revoked or suspended by itself stays so.
 */
const statusesUnder = (state: LicenseState, lines: readonly StandingLine[]): readonly StatusData[] =>
  statusesOf(lines, (line) => {
    if (state === 'active') return STATUS_OF[line.state]
    return line.state === 'revoked' ? 'revoked' : STATUS_OF[state]
  })

/** What was answered when this event was recorded, whatever has happened to the license since. */
const firstAnswer = async (tx: Tx, event: number): Promise<Moved> => {
  const row = await tx.selectFrom('events').select('entity_id').where('id', '=', event).executeTakeFirstOrThrow()
  const license = await licenseByCti(tx, row.entity_id)
  const past = (await eventsOf(tx, 'license', license.cti)).filter(({ id }) => id <= event)
  const number = past.at(-1)?.line ?? null
  const states = past.filter(({ line }: PastEvent) => line === number).flatMap(({ type }) => STATE_AFTER[type] ?? [])
  const revision = (await revisionsOf(tx, license.id)).findLast((each) => each.event <= event)
  const line = ((await linesOf(tx, [license.id])).get(license.id) ?? []).find((each) => each.number === number)
  const then = { ...license, revision: revision?.number ?? license.revision, expires: revision?.expires ?? null }
  const [from = 'active', state = 'active'] = ['active' as const, ...states].slice(-2)
  return answer(tx, then, line, { from, state, at: past.at(-1)?.at ?? 0 })
}

const answer = async (
  db: Reader,
  row: License,
  line: { readonly number: number; readonly product: string } | undefined,
  { from, state, at }: { readonly from: LicenseState; readonly state: LicenseState; readonly at: number },
): Promise<Moved> => {
  const bytes = (await findRevision(db, row.id, row.revision))?.bytes
  const license = bytes ? handOver(bytes).license : undefined
  const withdrawn = [...(license?.lines ?? [])].filter(([number]) => line === undefined || number === line.number)
  const reach =
    license === undefined
      ? null
      : reachOf(
          license,
          withdrawn.map(([, each]) => each),
          at,
        )
  return {
    key: formatKey(row.prefix, row.cti),
    masked: maskKey(row.prefix, row.cti),
    id: toHex(row.cti),
    product: line?.product ?? null,
    from,
    state,
    expires: row.expires,
    reach,
    devices:
      reach === null
        ? []
        : await devicesWithin(
            db,
            row,
            withdrawn.map(([number]) => number),
            reach,
            at,
          ),
  }
}
