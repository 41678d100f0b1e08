/** `lic note`: what the vendor keeps about a license beside what is signed. Nothing that a device sees changes. */

import type { Change } from '../ledger/edits.ts'
import { type License, licenseByCti } from '../ledger/licenses.ts'
import { linesOf } from '../ledger/lines.ts'
import type { Tx } from '../ledger/schema.ts'
import type { Authority } from './authority.ts'
import { customerToServe } from './customer-to-serve.ts'
import { checkGiven, different, type Editing, recordEdit } from './edit-record.ts'
import { type RemarksInput, remarkData, remarkTexts, tagsAfter } from './remarks.ts'
import { lineFor } from './standing.ts'
import { licenseNamed } from './the-license.ts'

/** A note is added as a new paragraph; all others replace what was there. An empty text takes it away. */
export interface NoteInput extends Editing, Omit<RemarksInput, 'tags'> {
  readonly key: string
  readonly tag?: readonly string[] | undefined
  readonly untag?: readonly string[] | undefined
  /** What it is about: the line for this product; absent = the license. */
  readonly product?: string | undefined
}

export interface Noted {
  readonly license: License
  /** Number of the line that it is about. */
  readonly line: number | null
  readonly changes: readonly Change[]
}

/** @throws LicError USAGE, NOT_FOUND, AMBIGUOUS, INVALID_INPUT, ILLEGAL_MOVE when its customer was forgotten */
export const note = async (tx: Tx, authority: Authority, input: NoteInput): Promise<Noted> => {
  const { label, note: text, tag = [], untag = [], order, invoice, subscription, product } = input
  checkGiven({ label, text, order, invoice, subscription, tags: tag.length + untag.length || undefined }, FLAGS)
  const license = await licenseNamed(tx, authority.brand, input.key)
  await customerToServe(tx, null, license.customer)
  const lines = (await linesOf(tx, [license.id])).get(license.id) ?? []
  const standing = lines.filter(({ removed }) => removed === null)
  const line = product === undefined ? null : lineFor(standing, product).number
  const { notes, ...others }: { readonly notes?: string; readonly label?: string } = remarkTexts({ label, note: text })
  const data = remarkData({ tags: tagsAfter(license.tags, { tag, untag }), order, invoice, subscription })
  // A note that takes away changes something only where there is one; any other is a new paragraph.
  const paragraph = notes === undefined || (notes === '' && license.notes === null) ? {} : { notes }
  const changes = await recordEdit<'license.noted'>(tx, authority, 'note', input, async () => ({
    type: 'license.noted',
    entity: license.cti,
    brand: license.brand,
    customer: license.customer,
    ...(line !== null && { line }),
    texts: { ...paragraph, ...different(others, license) },
    data: different(data, license),
  }))
  return { license: await licenseByCti(tx, license.cti), line, changes }
}

const FLAGS = '--note, --label, --tag, --untag, --order, --invoice or --subscription'
