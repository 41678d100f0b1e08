/** `lic renew`: a new revision of the same license that ends later. Everything else in it stays as it was signed. */

import { LicError } from '../core/errors.ts'
import type { License } from '../core/license.ts'
import { record } from '../ledger/events.ts'
import { findRevision } from '../ledger/revisions.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { type Authority, stamp, write } from './authority.ts'
import { type HandedLicense, handOver } from './hand-over.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { openSigningKey } from './sealing.ts'
import { revisionData, signLicense } from './sign-license.ts'
import { checkMove } from './states.ts'
import { addTerm, parseExpiry, parseTerm, parseTime } from './term.ts'
import { licenseNamed } from './the-license.ts'

export interface RenewInput {
  /** The key, or a beginning that only it has. */
  readonly key: string
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
  const { random, ledger } = authority
  const answered = await earlierAnswer(ledger.db, request)
  if (answered !== null) return handOver((await signedObject(ledger.db, answered)).bytes)
  checkMove((await licenseNamed(ledger.db, authority.brand, input.key)).state, 'renew')
  const key = await openSigningKey(authority, 'issuing')
  return write(authority, async (tx) => {
    const again = await earlierAnswer(tx, request)
    if (again !== null) return handOver((await signedObject(tx, again)).bytes)
    const row = await licenseNamed(tx, authority.brand, input.key)
    checkMove(row.state, 'renew')
    const bytes = (await findRevision(tx, row.id, row.revision))?.bytes
    if (!bytes)
      throw new LicError('NOT_FOUND', 'the signed license is not in the ledger any more, so it cannot be renewed')
    const { license: old } = handOver(bytes)
    const issuedAt = authority.now()
    const { anchor, ...rest } = old
    const renewed: License = { ...rest, issuedAt, expires: newEnd(old, input, issuedAt), revision: old.revision + 1 }
    const object = await signLicense(renewed, key, anchor !== undefined)
    const handed = handOver(object.bytes)
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'license.renewed',
        entity: old.cti,
        brand: row.brand,
        customer: row.customer,
        ...(input.reason !== undefined && { reason: input.reason }),
        ...(request && { idempotency: request }),
        object,
        data: { revision: revisionData(handed.license, key.kid) },
      },
      random,
    )
    return handed
  })
}

/** The end that was asked for. A renewal only adds: an earlier one is refused. */
const newEnd = (old: License, input: RenewInput, now: number): number | undefined => {
  const end = askedEnd(old, input, now)
  if (end !== undefined && (old.expires === undefined || end <= old.expires)) {
    throw new LicError('INVALID_INPUT', 'the new end is not later than the old one', {
      hint: 'a renewal never shortens a license; choose a later --until or a longer --for',
    })
  }
  return end
}

const askedEnd = (old: License, input: RenewInput, now: number): number | undefined => {
  if ((input.for === undefined) === (input.until === undefined)) {
    throw new LicError('USAGE', 'a renewal takes either a term or a date', {
      hint: 'add --for 1y or --until 2027-12-31',
    })
  }
  if (input.until !== undefined) {
    if (input.from !== undefined) throw new LicError('USAGE', '--from goes with --for, not with --until')
    return parseExpiry(input.until, now)
  }
  if (old.expires === undefined) {
    throw new LicError('INVALID_INPUT', 'the license has no end to count from', {
      hint: 'sign a fresh revision of it with: --until never',
    })
  }
  const running = now <= old.expires + old.grace * 3600
  const from = input.from !== undefined ? parseTime(input.from, 'start') : running ? old.expires : now
  return addTerm(from, parseTerm(input.for as string))
}
