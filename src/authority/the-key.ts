/** The key of this authority that a person names: by its role, its name, or the beginning of its kid. */

import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { newestOf } from './key-lines.ts'
import { nearest } from './nearest.ts'

/** Hexadecimal digits of a kid that are enough to name a key. */
const LEAST = 4

/**
 * A role names its newest active key.
 * @throws LicError NOT_FOUND, AMBIGUOUS with the candidates
 */
export const keyNamed = async (db: Reader, word: string): Promise<Key> => keyIn(await listKeys(db), word)

export const keyIn = (keys: readonly Key[], word: string): Key => {
  const wanted = word.trim().toLowerCase()
  const ofRole = keys.filter(({ role }) => role === wanted)
  const newest = newestOf(ofRole) ?? ofRole.at(-1)
  if (newest !== undefined) return newest
  const begun = /^[0-9a-f]+$/.test(wanted) && wanted.length >= LEAST
  const found = keys.filter(
    ({ kid, name }) => name?.toLowerCase() === wanted || (begun && toHex(kid).startsWith(wanted)),
  )
  const [only, ...others] = found
  if (only === undefined) throw unknown(keys, word)
  if (others.length === 0) return only
  throw ambiguous(word, found)
}

/**
 * The same for what cannot be undone: a role names a key only while it has a single one in use.
 * @throws LicError NOT_FOUND, AMBIGUOUS with the candidates
 */
export const theOneKey = (keys: readonly Key[], word: string): Key => {
  const inUse = keys.filter(({ role, state }) => role === word.trim().toLowerCase() && state === 'active')
  if (inUse.length > 1) throw ambiguous(word, inUse)
  return keyIn(keys, word)
}

const ambiguous = (word: string, found: readonly Key[]): LicError => {
  const candidates = found.map(({ name, role, kid }) => `${name ?? role} ${toHex(kid)}`)
  return new LicError('AMBIGUOUS', `${word} could be any of: ${candidates.join(', ')}`, {
    hint: 'give the beginning of its kid: lic key list',
    data: { candidates },
  })
}

const unknown = (keys: readonly Key[], word: string): LicError => {
  const near = nearest(word, [...new Set(keys.flatMap(({ role, name }) => [role, name ?? role]))])
  return new LicError('NOT_FOUND', `the ledger knows no key ${word.slice(0, 64)}`, {
    hint:
      near === undefined ? 'a role, a name or the beginning of a kid will do: lic key list' : `did you mean ${near}?`,
  })
}
