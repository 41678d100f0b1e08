/**
 * A license as it stands: its row in the book, and the signed revision that is in force. Where a verb is about one line,
 * the line is named by its product. What a line is by itself follows from the events that name it.
 */

import { maskKey } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import type { Line, License as Signed } from '../core/license.ts'
import { STATUSES } from '../core/status.ts'
import { eventsOf } from '../ledger/history.ts'
import { type License, licenseByCti } from '../ledger/licenses.ts'
import { linesOf } from '../ledger/lines.ts'
import { findRevision } from '../ledger/revisions.ts'
import type { LicenseState, Reader } from '../ledger/schema.ts'
import { isByPrefix, type StatusIndex, statusIndexesOf } from '../ledger/status-indexes.ts'
import type { Authority } from './authority.ts'
import { handOver } from './hand-over.ts'
import { checkMove, illegalMove, type Service, STATE_AFTER, type Verb } from './states.ts'
import { formatTime } from './term.ts'
import { licenseNamed } from './the-license.ts'

/** Its place in STATUSES. */
export const REVOKED = STATUSES.indexOf('revoked')

export interface StandingLine {
  readonly number: number
  readonly product: string
  /** The newest index that it was dealt; below zero where it was dealt none. */
  readonly index: StatusIndex
  /** Of the revision that was signed without one, where a later one was dealt an index, and nothing was taken away since. */
  readonly earlier: StatusIndex | undefined
  /** What was done to this line alone. */
  readonly state: LicenseState
}

/** The lines that a license has, those taken away left out. */
export const standingLines = async (db: Reader, row: License): Promise<readonly StandingLine[]> => {
  const newest = new Map<number, StatusIndex>()
  const all = await statusIndexesOf(db, row.id)
  const byKey = all.find(({ index }) => isByPrefix(index))
  for (const each of all) {
    const known = newest.get(each.line)
    if (each !== byKey && (!known || each.revision > known.revision)) newest.set(each.line, each)
  }
  const states = await ownStates(db, row)
  const lines = (await linesOf(db, [row.id])).get(row.id) ?? []
  return lines.flatMap(({ number, product, removed }) => {
    const index = newest.get(number) ?? byKey
    if (removed !== null || index === undefined) return []
    const earlier = index === byKey || byKey?.status === REVOKED ? undefined : byKey
    return [{ number, product, index, earlier, state: states.get(number) ?? 'active' }]
  })
}

const ownStates = async (db: Reader, { cti }: License): Promise<ReadonlyMap<number, LicenseState>> => {
  const states = new Map<number, LicenseState>()
  for (const { type, line } of await eventsOf(db, 'license', cti)) {
    const state = STATE_AFTER[type]
    if (line !== null && state !== undefined) states.set(line, state)
  }
  return states
}

/** The line for a product. @throws LicError NOT_FOUND naming the lines that there are */
export const lineFor = <L extends { readonly product?: string | undefined }>(
  lines: readonly L[],
  product: string,
): L => {
  const line = lines.find((each) => each.product === product)
  if (line) return line
  throw new LicError('NOT_FOUND', `the license has no line for ${product}`, {
    hint: `it has: ${lines.map((each) => each.product).join(', ')}`,
    data: { candidates: lines.map((each) => each.product) },
  })
}

/** The state that `verb` leads to. @throws LicError ILLEGAL_MOVE, which for a license that was transferred names the other */
export const checkState = async (db: Reader, { state, replacedBy }: License, verb: Verb): Promise<LicenseState> => {
  if (state !== 'superseded' || replacedBy === null) return checkMove(state, verb)
  const { prefix, cti } = await licenseByCti(db, replacedBy)
  throw illegalMove(state, verb, 'the license', `it was transferred, and lives on as ${maskKey(prefix, cti)}`)
}

/** A revision cannot be signed after its own end. @throws LicError ILLEGAL_MOVE */
export const checkNotEnded = (row: License, verb: Verb | Service, expires: number | undefined, now: number): void => {
  if (expires === undefined || expires > now) return
  const hint = `renew it first: lic renew KEY --for 1y${verb === 'change' ? '; or give it another end: --expires 1y' : ''}`
  throw new LicError('ILLEGAL_MOVE', `${verb}: the license ended on ${formatTime(expires)}`, {
    hint,
    data: { state: row.state, verb },
  })
}

export interface Standing {
  readonly row: License
  /** As signed; lines that were cancelled since are left out. */
  readonly license: Signed
  readonly lines: readonly StandingLine[]
}

/**
 * @param products lines that the verb is about; absent = the license as a whole
 * @throws LicError NOT_FOUND, AMBIGUOUS, ILLEGAL_MOVE when the license, or one of the lines, is not in a state for the verb
 */
export const standingFor = async (
  db: Reader,
  authority: Authority,
  verb: Verb,
  key: string,
  products: readonly string[] = [],
): Promise<Standing> => standingOf(db, await licenseNamed(db, authority.brand, key), verb, products)

/** The same of a license that was found. */
export const standingOf = async (
  db: Reader,
  row: License,
  verb: Verb | Service,
  products: readonly string[] = [],
): Promise<Standing> => {
  checkMove(row.state, verb)
  const standing = await standingAsIs(db, row, verb)
  for (const product of products) checkMove(lineFor(standing.lines, product).state, verb, `the line ${product}`)
  return standing
}

/** The same, in whatever state it is. @throws LicError NOT_FOUND when what was signed was erased */
export const standingAsIs = async (db: Reader, row: License, verb = 'this'): Promise<Standing> => {
  const bytes = (await findRevision(db, row.id, row.revision))?.bytes
  if (!bytes) {
    throw new LicError('NOT_FOUND', `the signed license is not in the ledger any more, so ${verb} cannot build on it`, {
      hint: 'issue a new license: lic issue',
    })
  }
  const { license } = handOver(bytes)
  const lines = await standingLines(db, row)
  const numbers = new Set(lines.map(({ number }) => number))
  const standing: [number, Line][] = [...license.lines].filter(([number]) => numbers.has(number))
  return { row, license: { ...license, lines: new Map(standing) }, lines }
}
