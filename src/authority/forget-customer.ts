/**
 * `lic customer forget`: the clear text of everything that names a customer is erased, and the ledger's file written anew,
 * so that nothing of it can be read there. The log, its hashes and its commitments stay, and prove what they proved.
 */

import { maskKey } from '../core/codes/license-key.ts'
import { LicError } from '../core/errors.ts'
import { type Customer, theCustomer } from '../ledger/customers.ts'
import { record } from '../ledger/events.ts'
import { type Erasable, erasableOf } from '../ledger/forget.ts'
import { rewriteFile } from '../ledger/rewrite.ts'
import type { Reader } from '../ledger/schema.ts'
import { type Authority, stamp, write } from './authority.ts'
import { earlierAnswer, requestOf } from './repeat.ts'

export interface ForgetInput {
  /** Customer id, or an e-mail address that is one customer's. */
  readonly customer: string
  /** Kept with the event, and not erased: it says why, and names nobody. */
  readonly reason: string
  /** Forget one whose licenses still run; those then can be shown, renewed and handed over no more. */
  readonly withLicenses?: boolean | undefined
  readonly idempotencyKey?: string | undefined
}

export interface Forgotten {
  readonly customer: Customer
  /** What was there to erase. */
  readonly erased: Erasable
  /** False when another process holds the ledger open, so that traces may be left in its files. */
  readonly clean: boolean
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, ILLEGAL_MOVE while licenses run, USAGE, CONFLICT, CLOCK_SUSPECT, and as the ledger does */
export const forgetCustomer = async (authority: Authority, input: ForgetInput): Promise<Forgotten> => {
  const { ledger, dryRun } = authority
  const done = await write(authority, async (tx) => {
    const { customer, erased } = await foreseeForget(tx, authority, input)
    // The id, not what was typed: a hash of the address would be a trace of it.
    const asked = { customer: customer.id, withLicenses: input.withLicenses, reason: input.reason }
    const request = requestOf('customer forget', input.idempotencyKey, asked)
    if ((await earlierAnswer(tx, request, authority.brand)) === null) {
      await record(
        tx,
        {
          ...stamp(authority),
          type: 'customer.forgotten',
          entity: customer.id,
          brand: customer.brand,
          reason: input.reason,
          ...(request && { idempotency: request }),
          data: {},
        },
        authority.random,
      )
    }
    return { customer: await theCustomer(tx, null, customer.id), erased }
  })
  return { ...done, clean: dryRun || (await rewritten(ledger.db)) }
}

/** The event is committed: that the file could not be written anew is told, and takes nothing of it back. */
const rewritten = async (db: Reader): Promise<boolean> => {
  try {
    return await rewriteFile(db)
  } catch (error) {
    if (error instanceof LicError && ['LEDGER_BUSY', 'DISK_FULL'].includes(error.code)) return false
    throw error
  }
}

/** Who is meant and what there is to erase, for a question before it happens. @throws LicError as `forgetCustomer` */
export const foreseeForget = async (
  db: Reader,
  { brand, now }: Pick<Authority, 'brand' | 'now'>,
  { customer: named, withLicenses = false, idempotencyKey }: ForgetInput,
): Promise<{ readonly customer: Customer; readonly erased: Erasable }> => {
  if (idempotencyKey !== undefined && named.includes('@')) {
    throw new LicError('USAGE', 'with --idempotency-key the customer is named by id: the address is gone afterwards')
  }
  const customer = await theCustomer(db, brand, named)
  const erased = await erasableOf(db, customer.id, now())
  const { running } = erased
  if (running.length > 0 && !withLicenses && customer.forgottenAt === null) {
    const keys = running.slice(0, 3).map(({ prefix, cti }) => maskKey(prefix, cti))
    const more = running.length > keys.length ? ` and ${running.length - keys.length} more` : ''
    throw new LicError('ILLEGAL_MOVE', `${customer.id} holds licenses that still run: ${keys.join(', ')}${more}`, {
      hint: 'end or transfer them first; or add --with-licenses: they run on outside, and cannot be shown or renewed any more',
      data: { customer: customer.id, running: running.length },
    })
  }
  return { customer, erased }
}
