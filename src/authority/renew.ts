/** `lic renew`: a new revision of the same license that ends later. Everything else in it stays as it was signed. */

import { LicError } from '../core/errors.ts'
import type { License } from '../core/license.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import type { Authority } from './authority.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { endOf, endsOf, withEnds } from './line-ends.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { reviseIn } from './revise.ts'
import { lineFor, standingFor } from './standing.ts'
import { addTerm, formatDay, parseExpiry, parseTerm, parseTime } from './term.ts'
import { writeSigned } from './write-signed.ts'

export interface RenewInput {
  /** The key, or a beginning that only it has. */
  readonly key: string
  /** Renews the line for this product alone; absent = the license. */
  readonly product?: string | undefined
  /** A term, counted from the old end while the license runs or is in grace, else from now. */
  readonly for?: string | undefined
  /** A date, or `never`. */
  readonly until?: string | undefined
  /** Where `for` counts from instead. */
  readonly from?: string | undefined
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** @throws LicError NOT_FOUND, ILLEGAL_MOVE, INVALID_INPUT, RIGHTS_EXCEEDED, CONFLICT, CLOCK_SUSPECT, and as keys do */
export const renew = async (authority: Authority, input: RenewInput): Promise<HandedLicense> => {
  const { idempotencyKey, ...asked } = input
  const request = requestOf('renew', idempotencyKey, asked)
  const { ledger } = authority
  const products = input.product === undefined ? [] : [input.product]
  const answered = await earlierAnswer(ledger.db, request, authority.brand)
  if (answered !== null) return handOver((await signedObject(ledger.db, answered)).bytes)
  await standingFor(ledger.db, authority, 'renew', input.key, products)
  return writeSigned(authority, 'issuing', async (tx, key) => {
    const again = await earlierAnswer(tx, request, authority.brand)
    if (again !== null) return handOver((await signedObject(tx, again)).bytes)
    const standing = await standingFor(tx, authority, 'renew', input.key, products)
    const { license: old } = standing
    const { handed } = await reviseIn(tx, authority, key, standing, {
      type: 'license.renewed',
      revised: renewal(old, input, authority.now()),
      emergency: old.anchor !== undefined,
      reason: input.reason,
      request,
    })
    return handed
  })
}

/** The license with the end that was asked for: every line of it, or the one that is named. @throws LicError INVALID_INPUT, USAGE */
export const renewal = (old: License, input: RenewInput, now: number): License => {
  const end = newEnd(old, input, now)
  const renewed = [...old.lines].filter(([, line]) => input.product === undefined || line.product === input.product)
  return withEnds(old, new Map(renewed.map(([number]) => [number, end])))
}

/** When what is renewed ends now: the line that is named, or the license with its last line. Undefined: never. */
const oldEnd = (old: License, product: string | undefined): number | undefined =>
  product === undefined ? old.expires : endOf(old, lineFor([...old.lines.values()], product))

/** The end that was asked for. A renewal only adds: an earlier one is refused. */
const newEnd = (old: License, input: RenewInput, now: number): number | undefined => {
  const before = oldEnd(old, input.product)
  const end = askedEnd(old, before, input, now)
  if (end !== undefined && (before === undefined || end <= before)) {
    throw new LicError('INVALID_INPUT', 'the new end is not later than the old one', {
      hint: 'a renewal never shortens a license; choose a later end, or: lic change KEY --expires DATE',
    })
  }
  return end
}

const askedEnd = (old: License, before: number | undefined, input: RenewInput, now: number): number | undefined => {
  if ((input.for === undefined) === (input.until === undefined)) {
    throw new LicError('USAGE', 'a renewal takes either a term or a date', {
      hint: 'add --for 1y or --until 2027-12-31',
    })
  }
  if (input.until !== undefined) {
    if (input.from !== undefined) throw new LicError('USAGE', '--from goes with --for, not with --until')
    return parseExpiry(input.until, now)
  }
  if (before === undefined) {
    throw new LicError('INVALID_INPUT', 'the license has no end to count from', {
      hint: 'sign a fresh revision of it with: --until never',
    })
  }
  const ends = new Set(endsOf(old).values())
  if (input.product === undefined && input.from === undefined && ends.size > 1) {
    const each = [...old.lines.values()].map((line) => `${line.product} ${formatEnd(endOf(old, line))}`)
    throw new LicError('USAGE', `its lines end at different times: ${each.join(', ')}`, {
      hint: 'renew one with --product, or give all of them one end with --until DATE',
    })
  }
  const running = now <= before + old.grace * 3600
  const from = input.from !== undefined ? parseTime(input.from, 'start') : running ? before : now
  return addTerm(from, parseTerm(input.for as string))
}

const formatEnd = (end: number | undefined): string => (end === undefined ? 'never' : formatDay(end))
