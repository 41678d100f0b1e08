/**
 * From events to tables: one row a type, naming the function that folds it in. Invariant: a projection reads the event
 * and the tables and nothing else (no clock, no randomness), so replaying the log gives the same tables.
 */

import { anchorActivation, recordActivation, releaseActivation } from './activations.ts'
import { keepBackup } from './backups.ts'
import { addBrand, editBrand } from './brands.ts'
import { addBundle, editBundle } from './bundles.ts'
import { keepCheckpoint } from './checkpoints.ts'
import { addCustomer, editCustomer } from './customers.ts'
import { giveCode } from './emergency-codes.ts'
import { EVENT_TYPES, type EventType } from './event-types.ts'
import { forgetCustomer } from './forget.ts'
import type { Happening } from './happening.ts'
import { addKey, certifyKey, compromiseKey, linkKey, retireKey } from './keys.ts'
import { changeLicense, issueLicense, moveLicense, noteLicense, renewLicense, supersedeLicense } from './licenses.ts'
import { createAuthority } from './meta.ts'
import { addProduct, editProduct } from './products.ts'
import { extendRevision } from './revisions.ts'
import { publishList } from './revocation-lists.ts'
import type { Tx } from './schema.ts'
import { addTier, editTier } from './tiers.ts'
import { publishTrust } from './trust-bundles.ts'
import { reportUsage } from './usage-reports.ts'

type Projection<T extends EventType> = (tx: Tx, event: Happening<T>) => Promise<void>

const PROJECTIONS: { readonly [T in EventType]: Projection<T> } = {
  'authority.created': createAuthority,
  'key.created': addKey,
  'key.certified': certifyKey,
  'key.linked': linkKey,
  'key.copied': async () => {},
  'key.retired': retireKey,
  'key.compromised': compromiseKey,
  'trust.published': publishTrust,
  'brand.added': addBrand,
  'brand.edited': editBrand,
  'product.added': addProduct,
  'product.edited': editProduct,
  'bundle.added': addBundle,
  'bundle.edited': editBundle,
  'tier.added': addTier,
  'tier.edited': editTier,
  'customer.added': addCustomer,
  'customer.edited': editCustomer,
  'customer.forgotten': forgetCustomer,
  'license.issued': issueLicense,
  'license.renewed': renewLicense,
  'license.reissued': renewLicense,
  'license.changed': changeLicense,
  'license.noted': noteLicense,
  'license.superseded': supersedeLicense,
  'license.suspended': moveLicense('suspended'),
  'license.reinstated': moveLicense('active'),
  'license.revoked': moveLicense('revoked'),
  'license.cancelled': moveLicense('cancelled'),
  'license.extended': extendRevision,
  'activation.recorded': recordActivation,
  'activation.anchored': anchorActivation,
  'activation.released': releaseActivation,
  'usage.reported': reportUsage,
  'emergency.given': giveCode,
  'revocations.published': publishList,
  'checkpoint.signed': keepCheckpoint,
  'backup.made': keepBackup,
  'backup.restored': async () => {},
}

/** Folds one event into the tables. A type from a later program changes nothing here. */
export const project = async (tx: Tx, event: Happening): Promise<void> => {
  if (!Object.hasOwn(EVENT_TYPES, event.type)) return
  // The row was chosen by the event's type; its data is what `record` took for that type.
  const fold = PROJECTIONS[event.type as EventType] as Projection<EventType>
  await fold(tx, event as Happening<EventType>)
}
