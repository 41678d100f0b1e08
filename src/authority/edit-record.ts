/** What all edits have in common: only what is different is recorded, and the answer is what the event changed. */

import { LicError } from '../core/errors.ts'
import { type Change, changesBy, sameValue } from '../ledger/edits.ts'
import { EVENT_TYPES, type Plain } from '../ledger/event-types.ts'
import { type NewEvent, record } from '../ledger/events.ts'
import type { Tx } from '../ledger/schema.ts'
import { type Authority, stamp } from './authority.ts'
import { earlierAnswer, requestOf } from './repeat.ts'

type EditType =
  | 'brand.edited'
  | 'product.edited'
  | 'bundle.edited'
  | 'tier.edited'
  | 'customer.edited'
  | 'license.noted'

/** What every edit may be given beside its fields. */
export interface Editing {
  /** Why; kept in the ledger. */
  readonly reason?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** @throws LicError USAGE when no field was given */
export const checkGiven = (fields: Readonly<Record<string, unknown>>, flags: string): void => {
  if (Object.values(fields).some((value) => value !== undefined)) return
  throw new LicError('USAGE', 'nothing is to change', { hint: `add ${flags}` })
}

/** Of what was asked, what is not so already. An empty text or list asks for nothing to be there. */
export const different = <F extends object>(
  asked: F,
  now: { readonly [K in keyof F]?: unknown },
): { readonly [K in keyof F]?: NonNullable<F[K]> } =>
  Object.fromEntries(
    Object.entries(asked).filter(
      ([name, value]) =>
        value !== undefined && value !== null && !sameValue(value, (now[name as keyof F] ?? null) as Plain),
    ),
  ) as { readonly [K in keyof F]?: NonNullable<F[K]> }

/** The part of an edit's event that differs from one edit to the next. */
export type EditEvent<T extends EditType> = Pick<
  NewEvent<T>,
  'type' | 'entity' | 'brand' | 'customer' | 'line' | 'data' | 'texts'
>

/**
 * Records the edit that `plan` finds to be one.
 * @param asked everything that was asked, for a repetition with the same idempotency key
 * @param plan reads what is there, checks, and says what the event holds
 * @returns what changed; nothing when it was so already, and then nothing was recorded
 */
export const recordEdit = async <T extends EditType>(
  tx: Tx,
  authority: Authority,
  verb: string,
  { idempotencyKey, reason, ...asked }: Editing,
  plan: () => Promise<EditEvent<T>>,
): Promise<readonly Change[]> => {
  const request = requestOf(verb, idempotencyKey, { ...asked, reason })
  const answered = await earlierAnswer(tx, request, authority.brand)
  const event = await plan()
  const { entity: kind } = EVENT_TYPES[event.type]
  if (answered !== null) return changesBy(tx, kind, event.entity, answered)
  if (Object.keys({ ...(event.data as object), ...event.texts }).length === 0) return []
  const number = await record<T>(
    tx,
    {
      ...stamp(authority),
      ...event,
      ...(reason !== undefined && { reason }),
      ...(request && { idempotency: request }),
    },
    authority.random,
  )
  return changesBy(tx, kind, event.entity, number)
}
