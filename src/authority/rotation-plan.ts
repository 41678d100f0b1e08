/** What rotating a key touches, said before anything is done. Nothing that was signed loses its force by any of it. */

import { type Key, listKeys } from '../ledger/keys.ts'
import type { KeyRole, Reader } from '../ledger/schema.ts'
import { anchoredOn, type Touched, touchedBy } from '../ledger/sites.ts'
import { CERTIFIED } from './certify.ts'
import { newestOf, nextName } from './key-lines.ts'
import { keyIn } from './the-key.ts'

export interface RotationPlan {
  readonly role: KeyRole
  /** The one that is followed; null when none of the role is in use. */
  readonly from: Key | null
  /** What its successor is called. */
  readonly to: string
  readonly touched: Touched
  /** Other keys that get a new certificate. */
  readonly certified: readonly Key[]
  /** Delegated keys, whose chain stays what it is. */
  readonly delegated: number
}

/** @param word a role, or a key whose successor is wanted. @throws LicError NOT_FOUND, AMBIGUOUS */
export const planRotation = async (db: Reader, word: string, now: number): Promise<RotationPlan> => {
  const keys = await listKeys(db)
  const named = keyIn(keys, word)
  const { role } = named
  const from = named.state === 'active' ? named : (newestOf(keys.filter((key) => key.role === role)) ?? null)
  const certified = role === 'root' ? certifiedKeys(keys) : []
  const delegated = keys.filter((key) => key.role === 'delegated' && key.state === 'active')
  return {
    role,
    from,
    to: nextName(keys, from ?? named),
    touched: await touched(db, role, from, keys, now),
    certified,
    delegated: role === 'root' ? delegated.length : delegated.filter(({ signer }) => sameAs(signer, from)).length,
  }
}

const sameAs = (kid: Uint8Array | null, key: Key | null): boolean => kid?.join() === key?.kid.join()

/** Keys in use that the root has certified. */
export const certifiedKeys = (keys: readonly Key[]): readonly Key[] =>
  keys.filter(({ role, state }) => state === 'active' && CERTIFIED.some((each) => each === role))

const NONE: Touched = { licenses: 0, sites: 0, typed: 0 }

const touched = async (
  db: Reader,
  role: KeyRole,
  from: Key | null,
  keys: readonly Key[],
  now: number,
): Promise<Touched> => {
  if (from === null) return NONE
  if (role === 'issuing') return touchedBy(db, [from.kid], now)
  if (role === 'root') {
    const signers = keys.filter((key) => key.role === 'issuing' || key.role === 'delegated')
    return touchedBy(
      db,
      signers.map(({ kid }) => kid),
      now,
    )
  }
  if (role !== 'emergency' || from.epoch === null) return NONE
  const { licenses, devices } = await anchoredOn(db, from.epoch, now)
  return { licenses, sites: devices, typed: 0 }
}
