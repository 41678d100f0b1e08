/**
 * Personal text beside the log. An event holds SHA-256(["lic-commit-1", salt, value]); this table holds salt and value
 * under the event and a name, and whom they are about. Invariant: erasing a row leaves every event and every proof as it
 * was, and what is erased cannot be guessed back, because the salt goes too.
 */

import { hashOf } from '../core/hash.ts'
import { insertRow } from './compiled.ts'
import type { Reader, Tx } from './schema.ts'

/** `n` random bytes; the caller's source, never this room's own. */
export type Random = (n: number) => Uint8Array

const SALT_BYTES = 16

export const commitmentTo = (salt: Uint8Array, value: string): Uint8Array => hashOf('lic-commit-1', salt, value)

/** A text with the salt it was committed under; both null once erased. */
export interface PrivateText {
  readonly name: string
  readonly salt: Uint8Array | null
  readonly value: string | null
}

/** A text on its way into an event, and what the event says of it. */
export const commit = (
  name: string,
  value: string,
  random: Random,
): { readonly text: PrivateText; readonly commitment: Uint8Array } => {
  const salt = random(SALT_BYTES)
  return { text: { name, salt, value }, commitment: commitmentTo(salt, value) }
}

export const keepText = (tx: Tx, event: number, text: PrivateText, customer: string | null): Promise<void> =>
  insertRow(tx, 'private_texts', { event, name: text.name, salt: text.salt, value: text.value, customer })

/** Texts of one event as they are kept now, by name. */
export const textsOf = async (db: Reader, event: number): Promise<readonly PrivateText[]> =>
  db.selectFrom('private_texts').select(['name', 'salt', 'value']).where('event', '=', event).orderBy('name').execute()

/** The name under which an event's reason is kept. */
export const REASON = 'reason'

/** Clear text as the tables take it: the reason, and the others by name. */
export const clearTexts = (
  texts: readonly PrivateText[],
): { readonly reason: string | null; readonly texts: Readonly<Record<string, string | null>> } => ({
  reason: texts.find((text) => text.name === REASON)?.value ?? null,
  texts: Object.fromEntries(texts.filter((text) => text.name !== REASON).map((text) => [text.name, text.value])),
})
