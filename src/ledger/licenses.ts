/**
 * Licenses: row and value, and how each event changes them. One row a key; what a revision replaces lies in
 * revisions.ts. Which moves between states are legal, the authority decides; the book writes what happened.
 */

import type { Selectable } from 'kysely'
import { LicError } from '../core/errors.ts'
import { type BrandScope, ofBrand } from './brand-filter.ts'
import { insertRow } from './compiled.ts'
import type { LineData } from './event-types.ts'
import { toJson } from './field-names.ts'
import type { Happening } from './happening.ts'
import { countTaken } from './keys.ts'
import { addLine, linesOf, removeLines, writeLines } from './lines.ts'
import { addRevision, dropRevision } from './revisions.ts'
import type { LicenseState, LicensesTable, Reader, Tx } from './schema.ts'
import { takeNoIndex, takeStatusIndexes, writeStatuses } from './status-indexes.ts'
import { addWords, type Findable, newestFirst, rewriteWords, writeWords } from './words.ts'

export interface License {
  /** Its number in the ledger; rises with time. Named outside by key only. */
  readonly id: number
  readonly cti: Uint8Array
  readonly prefix: string
  readonly brand: string
  readonly customer: string
  readonly state: LicenseState
  /** The current revision, and what it says. */
  readonly revision: number
  readonly test: boolean
  readonly issuedAt: number
  readonly starts: number | null
  /** Null: never. */
  readonly expires: number | null
  readonly activationRequired: boolean
  readonly firstActivatedAt: number | null
  readonly reseller: string | null
  readonly template: string | null
  readonly orderRef: string | null
  readonly invoiceRef: string | null
  readonly subscriptionRef: string | null
  /** Minor units of `currency`. */
  readonly price: number | null
  readonly currency: string | null
  readonly autoRenew: boolean | null
  readonly notes: string | null
  readonly metadata: string | null
  readonly tags: readonly string[]
  readonly legacyKey: string | null
  readonly source: string
  readonly replaces: Uint8Array | null
  readonly replacedBy: Uint8Array | null
  /** The vendor's own name for it. */
  readonly label: string | null
  /** When the first of its lines ends; null: none does. */
  readonly ends: number | null
}

export const licenseOf = (row: Selectable<LicensesTable>): License => ({
  id: row.id,
  cti: row.cti,
  prefix: row.prefix,
  brand: row.brand,
  customer: row.customer,
  state: row.state,
  revision: row.revision,
  test: row.test === 1,
  issuedAt: row.issued_at,
  starts: row.starts,
  expires: row.expires,
  activationRequired: row.activation_required === 1,
  firstActivatedAt: row.first_activated_at,
  reseller: row.reseller,
  template: row.template,
  orderRef: row.order_ref,
  invoiceRef: row.invoice_ref,
  subscriptionRef: row.subscription_ref,
  price: row.price,
  currency: row.currency,
  autoRenew: row.auto_renew === null ? null : row.auto_renew === 1,
  notes: row.notes,
  metadata: row.metadata,
  // Written by `issueLicense` from a list of strings.
  tags: row.tags === null ? [] : (JSON.parse(row.tags) as string[]),
  legacyKey: row.legacy_key,
  source: row.source,
  replaces: row.replaces,
  replacedBy: row.replaced_by,
  label: row.label,
  ends: row.ends,
})

/** The first five bytes of a cti as one number: what a request names its license by, unique in a ledger. */
export const ctiPrefix = (cti: Uint8Array): number => cti.subarray(0, 5).reduce((sum, byte) => sum * 256 + byte, 0)

const ctiOf = (event: Happening): Uint8Array => {
  if (event.entity instanceof Uint8Array && event.entity.length === 10) return event.entity
  throw new LicError('LEDGER_DAMAGED', 'an event of a license names none')
}

/** What a license is found by, beside the words of its customer. */
const findable = ({ label, orderRef, invoiceRef, subscriptionRef, notes, tags }: Partial<License>): Findable => ({
  texts: [label, orderRef, invoiceRef, subscriptionRef, newestFirst(notes ?? null)],
  tags,
})

export const issueLicense = async (tx: Tx, event: Happening<'license.issued'>): Promise<void> => {
  const { data, id } = event
  const cti = ctiOf(event)
  const { revision } = data
  await insertRow(tx, 'licenses', {
    id,
    cti,
    cti_prefix: ctiPrefix(cti),
    prefix: data.prefix,
    brand: event.brand ?? '',
    customer: event.customer ?? '',
    state: 'active',
    revision: revision.number,
    test: data.test === true ? 1 : 0,
    issued_at: revision.issuedAt,
    starts: revision.starts ?? null,
    expires: revision.expires ?? null,
    activation_required: data.lines.some((line) => line.activation === 'required') ? 1 : 0,
    first_activated_at: null,
    reseller: data.reseller ?? null,
    template: data.template ?? null,
    order_ref: data.orderRef ?? null,
    invoice_ref: data.invoiceRef ?? null,
    subscription_ref: data.subscriptionRef ?? null,
    price: data.price ?? null,
    currency: data.currency ?? null,
    auto_renew: data.autoRenew === undefined || data.autoRenew === null ? null : data.autoRenew ? 1 : 0,
    notes: event.texts.notes ?? null,
    metadata: event.texts.metadata ?? null,
    tags: toJson(data.tags),
    legacy_key: data.legacyKey ?? null,
    source: event.source,
    key_hash: data.keyHash ?? null,
    replaces: data.replaces ?? null,
    replaced_by: null,
    label: event.texts.label ?? null,
    ends: firstEnd(data.lines, revision.expires ?? null),
  })
  for (const line of data.lines) await addLine(tx, id, line)
  await addRevision(tx, id, revision, { actor: event.actor, event: id })
  await takeStatusIndexes(tx, id, revision.number, data.statusIndexes)
  if (data.statusIndexes.length === 0) {
    await takeNoIndex(tx, { license: id, cti, line: data.lines[0]?.number ?? 0, revision: revision.number })
    await countTaken(tx, revision.signer)
  }
  await writeWords(
    tx,
    { customer: event.customer ?? '', license: id },
    findable({
      label: event.texts.label ?? null,
      orderRef: data.orderRef ?? null,
      invoiceRef: data.invoiceRef ?? null,
      subscriptionRef: data.subscriptionRef ?? null,
      notes: event.texts.notes ?? null,
      tags: data.tags ?? [],
    }),
  )
}

/** A line without an end of its own ends with the license. */
const firstEnd = (lines: readonly Pick<LineData, 'expires'>[], expires: number | null): number | null => {
  const ends = lines.flatMap((line) => line.expires ?? expires ?? [])
  return ends.length === 0 ? null : Math.min(...ends)
}

/** What of a license's row follows from the lines that it has now. */
const followLines = async (tx: Tx, license: number, expires: number | null): Promise<void> => {
  const lines = ((await linesOf(tx, [license])).get(license) ?? []).filter(({ removed }) => removed === null)
  await tx
    .updateTable('licenses')
    .set({
      activation_required: lines.some((line) => line.activation === 'required') ? 1 : 0,
      ends: firstEnd(lines, expires),
    })
    .where('id', '=', license)
    .execute()
}

export const renewLicense = async (
  tx: Tx,
  event: Happening<'license.renewed' | 'license.changed' | 'license.reissued'>,
): Promise<void> => {
  const { id, revision: before } = await licenseByCti(tx, ctiOf(event))
  const { revision, lines, statusIndexes } = event.data
  // A trial that its key signed once more: it has no number of its own, and the later one counts.
  if (revision.number === before) await dropRevision(tx, id, before)
  await tx
    .updateTable('licenses')
    .set({
      revision: revision.number,
      issued_at: revision.issuedAt,
      starts: revision.starts ?? null,
      expires: revision.expires ?? null,
    })
    .where('id', '=', id)
    .execute()
  if (lines !== undefined && lines !== null) await writeLines(tx, id, lines)
  await followLines(tx, id, revision.expires ?? null)
  await addRevision(tx, id, revision, { actor: event.actor, event: event.id })
  await takeStatusIndexes(tx, id, revision.number, statusIndexes ?? [])
}

export const changeLicense = async (tx: Tx, event: Happening<'license.changed'>): Promise<void> => {
  const { revision, removed, statuses } = event.data
  const { id } = await licenseByCti(tx, ctiOf(event))
  await removeLines(tx, id, removed ?? [], revision.number)
  await renewLicense(tx, event)
  await writeStatuses(tx, statuses ?? [])
}

type Move = 'license.suspended' | 'license.reinstated' | 'license.revoked' | 'license.cancelled'

/** The projection of an event that puts a license, or one line of it, into `state`. */
export const moveLicense =
  (state: LicenseState) =>
  async (tx: Tx, event: Happening<Move>): Promise<void> => {
    const { id, revision, expires } = await licenseByCti(tx, ctiOf(event))
    if (event.line === null) await tx.updateTable('licenses').set({ state }).where('id', '=', id).execute()
    else if (state === 'cancelled') {
      await removeLines(tx, id, [event.line], revision + 1)
      await followLines(tx, id, expires)
    }
    await writeStatuses(tx, event.data.statuses)
  }

export const supersedeLicense = async (tx: Tx, event: Happening<'license.superseded'>): Promise<void> => {
  const { id } = await licenseByCti(tx, ctiOf(event))
  const { by, statuses } = event.data
  await tx.updateTable('licenses').set({ state: 'superseded', replaced_by: by }).where('id', '=', id).execute()
  await writeStatuses(tx, statuses)
}

const orNull = (text: string): string | null => (text === '' ? null : text)

export const noteLicense = async (tx: Tx, event: Happening<'license.noted'>): Promise<void> => {
  const license = await licenseByCti(tx, ctiOf(event))
  const { tags, orderRef, invoiceRef, subscriptionRef } = event.data
  const { notes, label } = event.texts
  const set = {
    ...(notes && { notes: license.notes === null ? notes : `${license.notes}\n${notes}` }),
    ...(notes === '' && { notes: null }),
    ...(typeof label === 'string' && { label: orNull(label) }),
    ...(tags && { tags: tags.length > 0 ? toJson(tags) : null }),
    ...(typeof orderRef === 'string' && { order_ref: orNull(orderRef) }),
    ...(typeof invoiceRef === 'string' && { invoice_ref: orNull(invoiceRef) }),
    ...(typeof subscriptionRef === 'string' && { subscription_ref: orNull(subscriptionRef) }),
  }
  if (Object.keys(set).length === 0) return
  await tx.updateTable('licenses').set(set).where('id', '=', license.id).execute()
  const { customer, id } = license
  const owner = { customer, license: id }
  await rewriteWords(tx, owner, findable(await licenseByCti(tx, license.cti)))
  const devices = await tx
    .selectFrom('activations')
    .select(['label', 'machine_name', 'binding'])
    .where('license', '=', id)
    .execute()
  await addWords(
    tx,
    owner,
    devices.flatMap((device) => [device.label, device.machine_name, device.binding]),
  )
}

/**
 * The license with exactly this cti, of whichever brand.
 * @throws LicError NOT_FOUND
 */
export const licenseByCti = async (db: Reader, cti: Uint8Array): Promise<License> => {
  const query = db.selectFrom('licenses').selectAll().where('cti_prefix', '=', ctiPrefix(cti))
  const row = await query.where('cti', '=', cti).executeTakeFirst()
  if (row === undefined) throw new LicError('NOT_FOUND', 'no license in the ledger has this key')
  return licenseOf(row)
}

/** Those with these numbers, in no order. */
export const licensesById = async (db: Reader, ids: readonly number[]): Promise<readonly License[]> => {
  if (ids.length === 0) return []
  const query = db.selectFrom('licenses').selectAll()
  return (await query.where('id', 'in', [...new Set(ids)]).execute()).map(licenseOf)
}

/** The newest ones of a customer. */
export const newestLicenses = async (
  db: Reader,
  brand: BrandScope,
  customer: string,
  limit: number,
): Promise<readonly License[]> => {
  const query = db.selectFrom('licenses').selectAll().where('customer', '=', customer)
  const theirs = query.where(ofBrand('licenses.brand', brand, 'filters'))
  return (await theirs.orderBy('id', 'desc').limit(limit).execute()).map(licenseOf)
}
