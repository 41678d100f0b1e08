/**
 * Activations: which device holds which place of a license. A place is known by the anchor of its first activation, whose
 * device is what later requests are matched against; what holds it now is the one of its activations that has not ended.
 * Invariant: of one place at most one activation stands.
 */

import type { Selectable, Updateable } from 'kysely'
import { fromHex } from '../core/bytes.ts'
import { DEVICE_BYTES } from '../core/device.ts'
import { LicError } from '../core/errors.ts'
import { REQUEST_BYTES } from '../core/request.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { insertRow } from './compiled.ts'
import type { Happening } from './happening.ts'
import { licenseByCti } from './licenses.ts'
import type { ActivationsTable, Reader, Tx } from './schema.ts'
import { addWords } from './words.ts'

/**
 * How an activation ended. `prolonged`: the same device got another. `replaced`: another device took its place over, or
 * the same with other parts. `released` was proved by the device; `unproved` and `revoked` were not.
 */
export const ENDINGS = ['prolonged', 'replaced', 'released', 'unproved', 'revoked'] as const
export type Ending = (typeof ENDINGS)[number]

export interface Activation {
  /** Release anchor, 10 bytes. */
  readonly anchor: Uint8Array
  /** Number of the license in the ledger. */
  readonly license: number
  readonly line: number
  /** Anchor of the first activation of its place; null: an answer that takes none. */
  readonly place: Uint8Array | null
  /** The number of its place among those of the line, from 1: for people. Null: none was dealt. */
  readonly number: number | null
  /** 11 bytes; empty when the customer was forgotten, like `request`. */
  readonly device: Uint8Array
  readonly request: Uint8Array
  readonly label: string | null
  readonly machineName: string | null
  readonly os: string | null
  readonly appVersion: string | null
  /** Text of a binding that is not a machine. */
  readonly binding: string | null
  readonly weak: boolean
  readonly clock: boolean
  readonly activatedAt: number
  /** End of the lease; null: none. */
  readonly lease: number | null
  readonly ended: Ending | null
  readonly endedAt: number | null
  readonly endReason: string | null
  readonly replacedBy: Uint8Array | null
  /** The event whose signed object is the activation. */
  readonly event: number
  /** The list that was handed over beside it. */
  readonly list: { readonly list: number; readonly number: number } | null
  /** Version of the trust bundle that was handed over beside it. */
  readonly bundle: number | null
  /** Five typed lines. */
  readonly typed: boolean
  /** Its own emergency chain. */
  readonly emergency: {
    readonly event: number
    readonly revision: number
    readonly epoch: number
    readonly base: number
    readonly n: number
  } | null
}

const activationOf = (row: Selectable<ActivationsTable>): Activation => ({
  anchor: row.anchor,
  license: row.license,
  line: row.line,
  place: row.place,
  number: row.place_number,
  device: row.device,
  request: row.request ?? new Uint8Array(),
  label: row.label,
  machineName: row.machine_name,
  os: row.os,
  appVersion: row.app_version,
  binding: row.binding,
  weak: row.weak === 1,
  clock: row.clock === 1,
  activatedAt: row.activated_at,
  lease: row.lease_until,
  // Written by the projections below.
  ended: row.ended as Ending | null,
  endedAt: row.released_at,
  endReason: row.release_reason,
  replacedBy: row.replaced_by,
  event: row.event,
  list: row.list === null || row.list_number === null ? null : { list: row.list, number: row.list_number },
  bundle: row.bundle,
  typed: row.typed === 1,
  emergency:
    row.anchored === null
      ? null
      : {
          event: row.anchored,
          revision: row.anchor_revision ?? 0,
          epoch: row.anchor_epoch ?? 0,
          base: row.anchor_base ?? 0,
          n: row.anchor_n ?? 0,
        },
})

const anchorOf = (event: Happening): Uint8Array => {
  if (event.entity instanceof Uint8Array && event.entity.length === 10) return event.entity
  throw new LicError('LEDGER_DAMAGED', 'an event of an activation names none')
}

/** Where the device stands in a request. */
const DEVICE_AT = 6

export const recordActivation = async (tx: Tx, event: Happening<'activation.recorded'>): Promise<void> => {
  const anchor = anchorOf(event)
  const { data, texts } = event
  const license = await licenseByCti(tx, event.license ?? new Uint8Array())
  const request = fromHex(texts.asked ?? '')
  await insertRow(tx, 'activations', {
    anchor,
    license: license.id,
    line: event.line ?? 0,
    place: data.placeless ? null : (data.place ?? anchor),
    place_number: data.number ?? null,
    device: request.length === REQUEST_BYTES ? request.slice(DEVICE_AT, DEVICE_AT + DEVICE_BYTES) : new Uint8Array(),
    request,
    label: texts.label ?? null,
    machine_name: texts.machineName ?? null,
    os: texts.os ?? null,
    app_version: texts.appVersion ?? null,
    binding: texts.binding ?? null,
    type: 'offline',
    role: 'primary',
    weak: data.weak ? 1 : 0,
    clock: data.clock ? 1 : 0,
    activated_at: data.issuedAt,
    lease_until: data.lease ?? null,
    list: data.list?.[0] ?? null,
    list_number: data.list?.[1] ?? null,
    bundle: data.bundle ?? null,
    typed: data.typed ? 1 : 0,
    listed: 0,
    event: event.id,
  })
  if (data.replaces) {
    await end(tx, data.replaces, {
      ended: data.other ? 'replaced' : 'prolonged',
      released_at: event.at,
      replaced_by: anchor,
      listed: data.other ? 1 : 0,
    })
  }
  if (!data.placeless && license.firstActivatedAt === null) {
    await tx.updateTable('licenses').set({ first_activated_at: event.at }).where('id', '=', license.id).execute()
  }
  const { customer, id } = license
  await addWords(tx, { customer, license: id }, [texts.label, texts.machineName, texts.binding])
}

export const anchorActivation = async (tx: Tx, event: Happening<'activation.anchored'>): Promise<void> => {
  const { revision, epoch, base, n } = event.data
  await end(tx, anchorOf(event), {
    anchored: event.id,
    anchor_revision: revision,
    anchor_epoch: epoch,
    anchor_base: base,
    anchor_n: n,
  })
}

export const releaseActivation = async (tx: Tx, event: Happening<'activation.released'>): Promise<void> => {
  const anchor = anchorOf(event)
  await end(tx, anchor, {
    ended: event.data.how,
    released_at: event.at,
    release_reason: event.reason,
    listed: 1,
  })
  // An older activation of the place would still open it, from a copy of an old state: lists name them all.
  const { place } = await activationBy(tx, anchor)
  if (place !== null) await tx.updateTable('activations').set({ listed: 1 }).where('place', '=', place).execute()
}

const end = async (tx: Tx, anchor: Uint8Array, set: Updateable<ActivationsTable>): Promise<void> => {
  await tx.updateTable('activations').set(set).where('anchor', '=', anchor).execute()
}

/** The activation with exactly this anchor; null when nobody asked with it. */
export const findActivation = async (db: Reader, anchor: Uint8Array): Promise<Activation | null> => {
  const row = await db.selectFrom('activations').selectAll().where('anchor', '=', anchor).executeTakeFirst()
  return row === undefined ? null : activationOf(row)
}

/** @throws LicError NOT_FOUND */
export const activationBy = async (db: Reader, anchor: Uint8Array): Promise<Activation> => {
  const found = await findActivation(db, anchor)
  if (found) return found
  throw new LicError('NOT_FOUND', 'no activation in the ledger has this anchor')
}

/** Everything that a license's requests were answered with, oldest first. */
export const activationsOf = async (db: Reader, license: number): Promise<readonly Activation[]> => {
  const query = db.selectFrom('activations').selectAll().where('license', '=', license)
  return (await query.orderBy('event').execute()).map(activationOf)
}

/** What stands on each place of one line, oldest first; one whose lease is over stands too, and is not counted. */
export const standingActivations = async (
  db: Reader,
  license: number,
  line: number,
): Promise<readonly Activation[]> => {
  const query = db.selectFrom('activations').selectAll().where('license', '=', license).where('line', '=', line)
  const standing = query.where('ended', 'is', null).where('place', 'is not', null)
  return (await standing.orderBy('event').execute()).map(activationOf)
}

/** Those whose anchor lies between two, both inclusive: what the beginning of an id may name. */
export const activationsBetween = async (
  db: Reader,
  brand: BrandScope,
  [least, greatest]: readonly [Uint8Array, Uint8Array],
  limit: number,
): Promise<readonly Activation[]> => {
  const query = db
    .selectFrom('activations')
    .innerJoin('licenses', 'licenses.id', 'activations.license')
    .selectAll('activations')
    .where('activations.anchor', '>=', least)
    .where('activations.anchor', '<=', greatest)
    .where(ofBrand('licenses.brand', brand, 'filters'))
  return (await query.orderBy('activations.anchor').limit(limit).execute()).map(activationOf)
}

/**
 * What every list names at `now` (FORMAT 11.3, field 3), ascending: anchors of places that were given up, until their
 * lease ends. Those of a license that is gone for good are left out, for the list says that of the license itself.
 */
export const listedAnchors = async (db: Reader, now: number): Promise<readonly Uint8Array[]> => {
  const rows = await db
    .selectFrom('activations')
    .innerJoin('licenses', 'licenses.id', 'activations.license')
    .select('activations.anchor')
    .where('activations.listed', '=', 1)
    .where((eb) => eb.or([eb('activations.lease_until', 'is', null), eb('activations.lease_until', '>', now)]))
    .where('licenses.state', 'not in', ['cancelled', 'superseded'])
    .orderBy('activations.anchor')
    .execute()
  return rows.map(({ anchor }) => anchor)
}
