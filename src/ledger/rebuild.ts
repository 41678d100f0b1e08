/**
 * Making the tables anew from the events and what lies beside them. Invariant: over an untouched ledger it changes
 * nothing; so a difference that it makes is a table that was edited, or a projection that is wrong.
 */

import { foldIn } from './events.ts'
import { eventsFrom } from './history.ts'
import type { Tables, Tx } from './schema.ts'
import { rebuildTree } from './tree.ts'

/** Every table that is a fold, children before parents. `meta` keeps the version and loses the rest. */
export const FOLDED = [
  'backups',
  'checkpoints',
  'idempotency_keys',
  'words',
  'emergency_codes',
  'usage_reports',
  'activations',
  'revocation_lists',
  'status_lists',
  'status_indexes',
  'revisions',
  'lines',
  'licenses',
  'keys',
  'trust_bundles',
  'customers',
  'tiers',
  'bundles',
  'products',
  'brands',
] as const satisfies readonly (keyof Tables)[]

const AT_ONCE = 500

/** Empties the tables and folds the whole log into them; the tree over it is made anew too. @returns how many events there were. */
export const rebuild = async (tx: Tx): Promise<number> => {
  for (const table of FOLDED) await tx.deleteFrom(table).execute()
  await tx.deleteFrom('meta').where('name', '<>', 'version').execute()
  let place = 0
  for (;;) {
    const events = await eventsFrom(tx, place, AT_ONCE)
    for (const event of events) await foldIn(tx, event)
    place += events.length
    if (events.length < AT_ONCE) break
  }
  await rebuildTree(tx, place)
  return place
}
