/** What a key has signed, and what stands above it. */

import type { Key } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { countUnder } from '../ledger/signed-under.ts'
import { type Touched, touchedBy } from '../ledger/sites.ts'

export interface KeyHistory {
  /** Licenses with a revision of it, and those whose newest revision it signed and somebody may be using. */
  readonly signed: { readonly licenses: number; readonly newest: number }
  /** From the key that certified it up to the first root. */
  readonly chain: readonly Key[]
  readonly touched: Touched
}

export const countSigned = async (db: Reader, keys: readonly Key[], key: Key, now: number): Promise<KeyHistory> => {
  const under = key.role === 'emergency' ? { epoch: key.epoch ?? 0 } : { signers: [key.kid] }
  return {
    signed: await countUnder(db, under, now),
    chain: chainOf(keys, key),
    touched: await touchedBy(db, [key.kid], now),
  }
}

/** The keys above, the nearest first. */
export const chainOf = (keys: readonly Key[], key: Key): readonly Key[] => {
  const chain: Key[] = []
  for (let below: Key | undefined = key; below !== undefined && chain.length <= keys.length; ) {
    const { signer }: Key = below
    below = signer === null ? undefined : keys.find(({ kid }) => kid.join() === signer.join())
    if (below) chain.push(below)
  }
  return chain
}
