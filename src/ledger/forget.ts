/**
 * Erasing a customer: the clear text of everything that names them goes, here and beside the log, with the signed bytes
 * of their licenses, which carry the name too. The events, their commitments and every hash stay as they were. Invariant:
 * folding the log again over what is left gives the same tables; so what was written after this event stays.
 */

import { sql } from 'kysely'
import type { Happening } from './happening.ts'
import { type License, licenseOf } from './licenses.ts'
import type { Reader, Tx } from './schema.ts'

export const forgetCustomer = async (tx: Tx, event: Happening<'customer.forgotten'>): Promise<void> => {
  const id = String(event.entity)
  const theirs = tx.selectFrom('private_texts').select('event').where('customer', '=', id).where('event', '<', event.id)
  // The hash of a request may be guessed back to what it asked.
  await tx
    .updateTable('idempotency_keys')
    .set({ request_hash: new Uint8Array() })
    .where('event', 'in', theirs.where('name', '=', 'request'))
    .execute()
  // Texts of this very event, its reason, say why and not who: they stay.
  await tx
    .updateTable('private_texts')
    .set({ salt: null, value: null })
    .where('customer', '=', id)
    .where('event', '<', event.id)
    .execute()
  const revisions = tx
    .selectFrom('revisions')
    .innerJoin('licenses', 'licenses.id', 'revisions.license')
    .select('revisions.event')
    .where('licenses.customer', '=', id)
    .where('revisions.event', '<', event.id)
  await tx.updateTable('signed_objects').set({ bytes: null }).where('event', 'in', revisions).execute()
  const theirLicenses = tx.selectFrom('licenses').select('id').where('customer', '=', id)
  const activations = tx.selectFrom('activations').where('license', 'in', theirLicenses)
  for (const signing of [activations.select('event'), activations.select('anchored as event')]) {
    await tx.updateTable('signed_objects').set({ bytes: null }).where('event', 'in', signing).execute()
  }
  // What a device is bound to may be guessed back to the name of a machine.
  await tx
    .updateTable('activations')
    .set({ device: new Uint8Array(), request: new Uint8Array(), label: null, machine_name: null, os: null })
    .set({ app_version: null, binding: null, release_reason: null })
    .where('license', 'in', theirLicenses)
    .execute()
  await tx
    .updateTable('licenses')
    .set({ notes: null, metadata: null, label: null })
    .where('customer', '=', id)
    .execute()
  await tx.deleteFrom('words').where('customer', '=', id).execute()
  const nothing = { name: null, email: null, email_key: null, company: null, notes: null, metadata: null }
  await tx
    .updateTable('customers')
    .set({ ...nothing, country: null, reseller: null, tags: null, forgotten_at: event.at })
    .where('id', '=', id)
    .execute()
}

/** What there is to erase of a customer. */
export interface Erasable {
  readonly texts: number
  /** Signed licenses: revisions whose bytes are still there. */
  readonly signed: number
  readonly licenses: number
  /** Those that have not ended at `now`: active, pending or suspended. Oldest first. */
  readonly running: readonly License[]
}

export const erasableOf = async (db: Reader, customer: string, now: number): Promise<Erasable> => {
  const count = sql<number>`count(*)`.as('n')
  const texts = db.selectFrom('private_texts').select(count).where('customer', '=', customer)
  const held = db.selectFrom('licenses').select(count).where('customer', '=', customer)
  const signed = db
    .selectFrom('licenses')
    .innerJoin('revisions', 'revisions.license', 'licenses.id')
    .innerJoin('signed_objects', 'signed_objects.event', 'revisions.event')
    .select(count)
    .where('licenses.customer', '=', customer)
    .where('signed_objects.bytes', 'is not', null)
  const running = db
    .selectFrom('licenses')
    .selectAll()
    .where('customer', '=', customer)
    .where(
      sql<boolean>`(licenses.state = 'suspended' or (licenses.state = 'active' and coalesce(licenses.expires, ${now} + 1) > ${now}))`,
    )
    .orderBy('id')
  return {
    texts: (await texts.where('value', 'is not', null).executeTakeFirstOrThrow()).n,
    licenses: (await held.executeTakeFirstOrThrow()).n,
    signed: (await signed.executeTakeFirstOrThrow()).n,
    running: (await running.execute()).map(licenseOf),
  }
}
