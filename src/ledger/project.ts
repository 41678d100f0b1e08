/**
 * From events to tables: one row a type, naming the function that folds it in. Invariant: a projection reads the event
 * and the tables and nothing else (no clock, no randomness), so replaying the log gives the same tables.
 */

import { addBrand } from './brands.ts'
import { addCustomer } from './customers.ts'
import type { Envelope } from './envelope.ts'
import { EVENT_TYPES, type EventData, type EventType } from './event-types.ts'
import { addKey, certifyKey } from './keys.ts'
import { issueLicense, moveLicense, renewLicense } from './licenses.ts'
import { createAuthority } from './meta.ts'
import { addProduct } from './products.ts'
import { publishList } from './revocation-lists.ts'
import type { Tx } from './schema.ts'
import { addTier } from './tiers.ts'

/** An event on its way into the tables. */
export interface Happening<T extends string = string> extends Omit<Envelope, 'type' | 'data' | 'reason' | 'texts'> {
  /** Its number in the ledger. */
  readonly id: number
  readonly type: T
  readonly data: T extends EventType ? EventData[T] : Envelope['data']
  /** Clear text; null when none was given, or once erased. */
  readonly reason: string | null
  /** Personal text by name; null once erased. */
  readonly texts: Readonly<Record<string, string | null>>
}

type Projection<T extends EventType> = (tx: Tx, event: Happening<T>) => Promise<void>

const PROJECTIONS: { readonly [T in EventType]: Projection<T> } = {
  'authority.created': createAuthority,
  'key.created': addKey,
  'key.certified': certifyKey,
  'brand.added': addBrand,
  'product.added': addProduct,
  'tier.added': addTier,
  'customer.added': addCustomer,
  'license.issued': issueLicense,
  'license.renewed': renewLicense,
  'license.suspended': moveLicense('suspended'),
  'license.reinstated': moveLicense('active'),
  'license.revoked': moveLicense('revoked'),
  'license.cancelled': moveLicense('cancelled'),
  'revocations.published': publishList,
}

/** Folds one event into the tables. A type from a later program changes nothing here. */
export const project = async (tx: Tx, event: Happening): Promise<void> => {
  if (!Object.hasOwn(EVENT_TYPES, event.type)) return
  // The row was chosen by the event's type; its data is what `record` took for that type.
  const fold = PROJECTIONS[event.type as EventType] as Projection<EventType>
  await fold(tx, event as Happening<EventType>)
}
