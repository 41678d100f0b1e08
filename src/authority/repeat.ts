/** Requests that may be sent twice: the same idempotency key gives the first answer again. */

import { hashOf } from '../core/hash.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import type { Idempotency } from '../ledger/idempotency.ts'
import { answeredBefore } from '../ledger/idempotency.ts'
import type { Reader } from '../ledger/schema.ts'

/**
 * The request as the ledger keeps it, or undefined without a key.
 * @param asked everything that was asked, as it was asked: "1y" stays "1y", so that a repetition tomorrow is the same
 */
export const requestOf = (verb: string, key: string | undefined, asked: object): Idempotency | undefined =>
  key === undefined ? undefined : { key, verb, requestHash: hashOf('lic-request-hash-1', verb, canonical(asked)) }

/** JSON with sorted names, so that the order of flags does not matter. */
const canonical = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const named = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const name of Object.keys(named).sort()) {
    if (named[name] !== undefined) text += `${text && ','}${JSON.stringify(name)}:${canonical(named[name])}`
  }
  return `{${text}}`
}

/** Whether an idempotency key was used before, for whatever request. */
export const isAnswered = async (db: Reader, key: string | undefined): Promise<boolean> =>
  key !== undefined &&
  (await db.selectFrom('idempotency_keys').select('key').where('key', '=', key).executeTakeFirst()) !== undefined

/**
 * The event that answered this request before.
 * @param brand who asks; null where the answer is no brand's
 * @throws LicError CONFLICT when its key stands for another request, or for one of another brand
 */
export const earlierAnswer = async (
  db: Reader,
  request: Idempotency | undefined,
  brand: BrandScope,
): Promise<number | null> => (request === undefined ? null : answeredBefore(db, request, brand))
