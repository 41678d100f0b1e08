/**
 * By what a row is known again: its own idempotency key, or one made from what it asks for. Two rows of one file that ask
 * for the same are more likely a slip than two purchases, so the second is refused unless it is said to be meant.
 */

import { rowHash, rowKey } from '../../authority/row-keys.ts'
import { LicError } from '../../core/errors.ts'
import { hashOf } from '../../core/hash.ts'
import { type Cell, columnOf } from './columns.ts'
import { Seen } from './seen.ts'

export interface Identities {
  readonly verb: string
  /** `rowSecret` of the issuing key. */
  readonly secret: Uint8Array
  /** --idempotency-key: tells one purchase of the same rows from the next. */
  readonly prefix: string | undefined
  readonly allowDuplicates: boolean
}

/** @returns a function from a row to its key, which throws LicError CONFLICT for a row that was there before */
export const identitiesOf = ({ verb, secret, prefix = 'row', allowDuplicates }: Identities) => {
  const seen = new Seen()
  return (row: number, own: Cell | undefined, asked: object): string => {
    const hash = own === undefined ? rowHash(verb, asked) : hashOf('lic-own-key-1', String(own))
    const { row: first, times } = seen.see(hash, row)
    if (own !== undefined) {
      if (times === 1) return String(own)
      throw new LicError('CONFLICT', `row ${first} has this idempotency key`, {
        hint: 'a key stands for one row',
        data: columnOf('idempotency_key'),
      })
    }
    if (times === 1 || allowDuplicates) return rowKey(secret, prefix, hash, times)
    throw new LicError('CONFLICT', `it is the same as row ${first}`, {
      hint: 'if both are meant: --allow-duplicates, or a column idempotency_key',
    })
  }
}
