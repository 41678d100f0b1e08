/**
 * Which key of a role signs. Successors are numbered, `issuing`, `issuing-2`, and the newest signs; an issuing key that may
 * less than that of `lic init`, in products, tiers, term, grace, perpetual or test, signs when it is asked for.
 */

import { toHex } from '../core/bytes.ts'
import { readCertificate } from '../core/certificate.ts'
import { open } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import type { Key } from '../ledger/keys.ts'
import type { KeyRole } from '../ledger/schema.ts'
import { isNarrow } from './certify.ts'
import { shellWord } from './vault.ts'

/** What a key and its successors are called. */
const lineOf = ({ name, role }: Pick<Key, 'name' | 'role'>): string => (name ?? role).replace(/-\d+$/, '')

/** The name of the one that comes after `key`. */
export const nextName = (keys: readonly Pick<Key, 'name' | 'role'>[], key: Pick<Key, 'name' | 'role'>): string => {
  const line = lineOf(key)
  const numbers = keys
    .filter((each) => lineOf(each) === line)
    .map(({ name }) => Number(/-(\d+)$/.exec(name ?? '')?.[1] ?? 1))
  return `${line}-${Math.max(1, ...numbers) + 1}`
}

/**
 * Names are what people type, in either case: no two keys share one.
 * @throws LicError CONFLICT naming a free one
 */
export const checkFreeName = (keys: readonly Key[], key: Pick<Key, 'role'> & { readonly name: string }): void => {
  const taken = keys.find(({ name }) => name?.toLowerCase() === key.name.toLowerCase())
  if (taken === undefined) return
  throw new LicError('CONFLICT', `there is a key ${key.name} already, ${toHex(taken.kid)}`, {
    hint: `choose another name: --name ${shellWord(nextName(keys, key))}`,
  })
}

/** Of keys of one role: the newest that is active, narrow issuing keys left aside while there is another. */
export const newestOf = (keys: readonly Key[]): Key | undefined => {
  const active = keys.filter(({ state }) => state === 'active')
  return active.findLast(({ role, certificate }) => role !== 'issuing' || !hasNarrow(certificate)) ?? active.at(-1)
}

const hasNarrow = (certificate: Uint8Array | null): boolean =>
  certificate !== null && isNarrow(readCertificate(open(certificate)))

/** @throws LicError NOT_FOUND when no key of the role is in use */
export const newestActive = (keys: readonly Key[], role: KeyRole): Key => {
  const key = newestOf(keys.filter((each) => each.role === role))
  if (key) return key
  throw new LicError('NOT_FOUND', `no ${role} key is in use`, { hint: `make one: lic key rotate ${role}` })
}

/** @throws LicError CONFLICT when the key is none of that role, or signs no more */
export const checkSigns = ({ role, name, kid, state }: Key, due: KeyRole): void => {
  const called = name ?? toHex(kid)
  if (role !== due) {
    throw new LicError('CONFLICT', `${called} is a key for another role, ${role}, where one for ${due} is due`, {
      hint: 'lic key list',
    })
  }
  if (state === 'active') return
  throw new LicError('CONFLICT', `the key ${called} is ${state}, and signs no more`, {
    hint: 'leave --signer and LIC_SIGNER out: then the newest signs',
  })
}
