/** The founding of an authority: its keys, their certificates, the first brand and its tiers, as the first entries of the book. */

import { type Certificate, writeCertificate } from '../core/certificate.ts'
import { hashOf } from '../core/hash.ts'
import { kidOf } from '../core/keys.ts'
import { OBJECTS, type ObjectName } from '../core/objects.ts'
import { record } from '../ledger/events.ts'
import type { KeyRole, Tx } from '../ledger/schema.ts'
import { addBrand } from './add-product.ts'
import { addTier } from './add-tier.ts'
import { type Authority, BEHIND, stamp } from './authority.ts'
import { checkName } from './checked.ts'
import type { KeyContents } from './key-pem.ts'
import { Secret } from './secret.ts'
import { seal } from './sign-object.ts'
import { fileSigner, generateSeed, type LocalSigner, type Signer } from './signer.ts'
import { addTerm, longestHours } from './term.ts'
import type { TierDefinition } from './tier.ts'

/** The roles that `lic init` makes a key file for, in the order of the ceremony. */
export const ROLES = ['root', 'issuing', 'list', 'audit', 'emergency'] as const
export type Role = (typeof ROLES)[number]

/** Five years: how long certificates run, and the longest license. A date ends at its last second, hence one day more. */
const YEARS = { count: 5, unit: 'y' } as const
const MAXIMUM_TERM_HOURS = longestHours(YEARS) + 24

/** The roles whose keys a root certifies. */
export type CertifiedRole = 'issuing' | 'list' | 'audit'

/** What each certified key may sign (FORMAT 3.4). */
const TYPES: Record<CertifiedRole, readonly ObjectName[]> = {
  issuing: ['license', 'certificate', 'activation', 'deviceAnchor', 'extension'],
  list: ['revocationList'],
  audit: ['checkpoint'],
}

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

/** The name of a role's key file, as the ledger holds it. */
export const keyFileOf = (role: Role): string => `keys/${role}.key`

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
    const signer = role === 'emergency' ? undefined : signers[role]
    await addKey(tx, authority, role, signer, emergency?.epoch)
  }
  for (const role of ['issuing', 'list', 'audit'] as const)
    await certify(tx, authority, role, signers[role], signers.root)
  await addBrand(tx, authority, { slug: founding.brand, name, prefix: founding.prefix })
  for (const tier of founding.tiers) await addTier(tx, authority, founding.brand, tier)
}

const signerOf = ({ seed }: KeyContents): LocalSigner => fileSigner(seed as Secret)

const addKey = (
  tx: Tx,
  authority: Authority,
  role: KeyRole & Role,
  signer: LocalSigner | undefined,
  epoch = 0,
): Promise<number> =>
  record(
    tx,
    {
      ...stamp(authority),
      type: 'key.created',
      entity: signer ? kidOf(signer.publicKey) : hashOf('lic-epoch-1', epoch).slice(0, 8),
      data: { role, name: role, file: keyFileOf(role), ...(signer ? { publicKey: signer.publicKey } : { epoch }) },
    },
    authority.random,
  )

/** Signs and records the certificate of a key, with the rights of its role. @returns the last second of its window */
export const certify = async (
  tx: Tx,
  authority: Authority,
  role: CertifiedRole,
  { publicKey }: Pick<Signer, 'publicKey'>,
  root: Signer,
): Promise<number> => {
  // A clock that is set right by a few minutes after this must not put new licenses before their certificate.
  const starts = authority.now() - BEHIND
  const certificate: Certificate = {
    starts,
    expires: addTerm(starts, YEARS),
    publicKey,
    types: TYPES[role].map((name) => OBJECTS[name].type),
    ...(role === 'issuing' && { term: MAXIMUM_TERM_HOURS, perpetual: true as const }),
  }
  const object = await seal('certificate', writeCertificate(certificate), root)
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'key.certified',
      entity: kidOf(publicKey),
      object,
      data: { signer: kidOf(root.publicKey), notBefore: starts, notAfter: certificate.expires },
    },
    authority.random,
  )
  return certificate.expires
}
