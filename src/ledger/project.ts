/**
 * From events to tables: one row a type, naming the function that folds it in. Invariant: a projection reads the event
 * and the tables and nothing else (no clock, no randomness), so replaying the log gives the same tables.
 */

import { addBrand } from './brands.ts'
import { addCustomer } from './customers.ts'
import { EVENT_TYPES, type EventType } from './event-types.ts'
import type { Happening } from './happening.ts'
import { addKey, certifyKey } from './keys.ts'
import { issueLicense, moveLicense, renewLicense } from './licenses.ts'
import { createAuthority } from './meta.ts'
import { addProduct } from './products.ts'
import { publishList } from './revocation-lists.ts'
import type { Tx } from './schema.ts'
import { addTier } from './tiers.ts'

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
