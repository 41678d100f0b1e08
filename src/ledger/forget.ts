/**
 * Erasing a customer: the clear text of everything that names them goes, here and beside the log, with the signed bytes
 * of their licenses, which carry the name too. The events, their commitments and every hash stay as they were. Invariant:
 * folding the log again over what is left gives the same tables.
 */

import type { Happening } from './happening.ts'
import type { Tx } from './schema.ts'

export const forgetCustomer = async (tx: Tx, event: Happening<'customer.forgotten'>): Promise<void> => {
  const id = String(event.entity)
  const theirs = tx.selectFrom('private_texts').select('event').where('customer', '=', id)
  // The hash of a request may be guessed back to what it asked.
  await tx
    .updateTable('idempotency_keys')
    .set({ request_hash: new Uint8Array() })
    .where('event', 'in', theirs.where('name', '=', 'request'))
    .execute()
  // Texts of this very event, its reason, are not about the customer's person and stay.
  await tx
    .updateTable('private_texts')
    .set({ salt: null, value: null })
    .where('customer', '=', id)
    .where('event', '<>', event.id)
    .execute()
  const revisions = tx
    .selectFrom('revisions')
    .innerJoin('licenses', 'licenses.id', 'revisions.license')
    .select('revisions.event')
    .where('licenses.customer', '=', id)
  await tx.updateTable('signed_objects').set({ bytes: null }).where('event', 'in', revisions).execute()
  await tx
    .updateTable('licenses')
    .set({ notes: null, metadata: null, label: null })
    .where('customer', '=', id)
    .execute()
  await tx.deleteFrom('words').where('customer', '=', id).execute()
  const nothing = { name: null, email: null, email_key: null, company: null, notes: null, metadata: null }
  await tx
    .updateTable('customers')
    .set({ ...nothing, forgotten_at: event.at })
    .where('id', '=', id)
    .execute()
}
