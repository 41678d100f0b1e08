/** The founding of an authority: its keys, their certificates, the first brand and its tiers, as the first entries of the book. */

import { kidOf } from '../core/keys.ts'
import { record } from '../ledger/events.ts'
import type { Tx } from '../ledger/schema.ts'
import { addBrand } from './add-product.ts'
import { addTier } from './add-tier.ts'
import { type Authority, stamp } from './authority.ts'
import { CERTIFIED, certificateOf, certify, recordKey } from './certify.ts'
import { checkName } from './checked.ts'
import type { KeyContents } from './key-pem.ts'
import { Secret } from './secret.ts'
import { fileSigner, generateSeed, type LocalSigner } from './signer.ts'
import type { TierDefinition } from './tier.ts'

/** The roles that `lic init` makes a key file for, in the order of the ceremony. */
export const ROLES = ['root', 'issuing', 'list', 'audit', 'emergency'] as const
export type Role = (typeof ROLES)[number]

/** The private keys of a new authority, by role. The emergency secret stands with the issuing key too. */
export type NewKeys = Readonly<Record<Role, KeyContents>>

export const newKeys = (random: Authority['random']): NewKeys => {
  const emergency = { epoch: 1, secret: new Secret(generateSeed(random).reveal()) }
  return {
    root: { seed: generateSeed(random) },
    issuing: { seed: generateSeed(random), emergency },
    list: { seed: generateSeed(random) },
    audit: { seed: generateSeed(random) },
    emergency: { emergency },
  }
}

/** The file of a key, by its name, as the ledger holds it. */
export const keyFileOf = (name: string): string => `keys/${name}.key`

export interface Founding {
  readonly name: string
  readonly brand: string
  readonly prefix: string
  readonly tiers: readonly TierDefinition[]
}

/** Writes the first entries. @throws LicError INVALID_INPUT */
export const found = async (tx: Tx, authority: Authority, keys: NewKeys, founding: Founding): Promise<void> => {
  const { random } = authority
  const name = checkName('the name', founding.name)
  const signers = {
    root: signerOf(keys.root),
    issuing: signerOf(keys.issuing),
    list: signerOf(keys.list),
    audit: signerOf(keys.audit),
  }
  await record(
    tx,
    { ...stamp(authority), type: 'authority.created', entity: kidOf(signers.root.publicKey), data: { name } },
    random,
  )
  for (const role of ROLES) {
    const { emergency } = keys[role]
    const publicKey = role === 'emergency' ? undefined : signers[role].publicKey
    await recordKey(tx, authority, { role, name: role, file: keyFileOf(role), publicKey, epoch: emergency?.epoch })
  }
  for (const role of CERTIFIED)
    await certify(tx, authority, certificateOf(role, signers[role].publicKey, authority.now()), {
      signer: signers.root,
    })
  await addBrand(tx, authority, { slug: founding.brand, name, prefix: founding.prefix })
  for (const tier of founding.tiers) await addTier(tx, authority, founding.brand, tier)
}

const signerOf = ({ seed }: KeyContents): LocalSigner => fileSigner(seed as Secret)
