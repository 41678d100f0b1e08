/**
 * Personal text beside the log. An event holds SHA-256(["lic-commit-1", salt, value]); this table holds salt and value,
 * under the customer they are about. Invariant: erasing a row leaves every event and every proof as it was, and what is
 * erased cannot be guessed back, because the salt goes too.
 */

import { hashOf } from '../core/hash.ts'
import { insertRow } from './insert-row.ts'
import type { Reader, Tx } from './schema.ts'

/** `n` random bytes; the caller's source, never this room's own. */
export type Random = (n: number) => Uint8Array

const SALT_BYTES = 16

export const commitmentTo = (salt: Uint8Array, value: string): Uint8Array => hashOf('lic-commit-1', salt, value)

/** A text with the salt it was committed under; both null once erased. */
export interface PrivateText {
  readonly commitment: Uint8Array
  readonly salt: Uint8Array | null
  readonly value: string | null
}

export const commit = (value: string, random: Random): PrivateText => {
  const salt = random(SALT_BYTES)
  return { commitment: commitmentTo(salt, value), salt, value }
}

export const keepText = (tx: Tx, text: PrivateText, customer: string | null): Promise<void> =>
  insertRow(tx, 'private_texts', { commitment: text.commitment, salt: text.salt, value: text.value, customer })

/** The clear text behind a commitment; null when it has been erased. */
export const textBehind = async (db: Reader, commitment: Uint8Array): Promise<string | null> => {
  const row = await db
    .selectFrom('private_texts')
    .select('value')
    .where('commitment', '=', commitment)
    .executeTakeFirst()
  return row?.value ?? null
}
