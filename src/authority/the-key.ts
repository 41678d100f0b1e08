/** The key of this authority that a person names: by its role, its name, or the beginning of its kid. */

import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { nearest } from './nearest.ts'

/** Hexadecimal digits of a kid that are enough to name a key. */
const LEAST = 4

/**
 * A role names its newest active key.
 * @throws LicError NOT_FOUND, AMBIGUOUS with the candidates
 */
export const keyNamed = async (db: Reader, word: string): Promise<Key> => {
  const keys = await listKeys(db)
  const wanted = word.trim().toLowerCase()
  const ofRole = keys.filter(({ role }) => role === wanted)
  const newest = ofRole.findLast(({ state }) => state === 'active') ?? ofRole.at(-1)
  if (newest !== undefined) return newest
  const found = keys.filter(({ kid, name }) => {
    const begun = /^[0-9a-f]+$/.test(wanted) && wanted.length >= LEAST && toHex(kid).startsWith(wanted)
    return begun || name?.toLowerCase() === wanted
  })
  const [only, ...others] = found
  if (only === undefined) throw unknown(keys, word)
  if (others.length === 0) return only
  const candidates = found.map(({ role, kid }) => `${role} ${toHex(kid)}`)
  throw new LicError('AMBIGUOUS', `${word} could be any of: ${candidates.join(', ')}`, {
    hint: 'give more of the kid: lic key list',
    data: { candidates },
  })
}

const unknown = (keys: readonly Key[], word: string): LicError => {
  const names = [...new Set(keys.flatMap(({ role, name }) => [role, ...(name === null ? [] : [name])]))]
  const near = nearest(word, names)
  return new LicError('NOT_FOUND', `the ledger knows no key ${word.slice(0, 64)}`, {
    hint:
      near === undefined ? 'a role, a name or the beginning of a kid will do: lic key list' : `did you mean ${near}?`,
  })
}
