/** Entries about a key that is new: that it was made, and what a root certifies of it. */

import { type Certificate, writeCertificate } from '../core/certificate.ts'
import { hashOf } from '../core/hash.ts'
import { kidOf } from '../core/keys.ts'
import { OBJECTS, type ObjectName } from '../core/objects.ts'
import { record } from '../ledger/events.ts'
import type { KeyRole, Tx } from '../ledger/schema.ts'
import { type Authority, BEHIND, stamp } from './authority.ts'
import { seal } from './sign-object.ts'
import type { Signer } from './signer.ts'
import { addTerm, longestHours, type Term } from './term.ts'

/** Five years: how long certificates run, and the longest license. A date ends at its last second, hence one day more. */
export const YEARS: Term = { count: 5, unit: 'y' }
const YEARS_HOURS = longestHours(YEARS)
const MAXIMUM_TERM_HOURS = YEARS_HOURS + 24

/** What a root certifies. */
export const CERTIFIED = ['issuing', 'list', 'audit'] as const
export type CertifiedRole = (typeof CERTIFIED)[number]

export const isCertified = (role: KeyRole): role is CertifiedRole => CERTIFIED.some((each) => each === role)

/** What each certified key may sign (FORMAT 3.4). */
const TYPES: Readonly<Record<CertifiedRole, readonly ObjectName[]>> = {
  issuing: ['license', 'certificate', 'activation', 'deviceAnchor', 'extension'],
  list: ['revocationList'],
  audit: ['checkpoint'],
}

/** What the licenses of an issuing key may be; absent = no cap, and without `perpetual` each has an end. */
export type Caps = Pick<Certificate, 'products' | 'tiers' | 'term' | 'grace' | 'perpetual' | 'only'>

/** What an issuing key has when nobody says otherwise. */
export const WIDEST: Caps = { term: MAXIMUM_TERM_HOURS, perpetual: true }

/** Whether an issuing key may less than that, in any right: such a one never becomes the key that signs by itself. */
export const isNarrow = ({ products, tiers, only, term, grace, perpetual }: Caps): boolean =>
  [products, tiers, only, grace].some((cap) => cap !== undefined) ||
  perpetual !== true ||
  (term !== undefined && term < YEARS_HOURS)

/** What a root is to say of a key. A clock that is set right by a few minutes must not put what it signs before that. */
export const certificateOf = (
  role: CertifiedRole,
  publicKey: Uint8Array,
  now: number,
  { caps = WIDEST, term = YEARS }: { readonly caps?: Caps | undefined; readonly term?: Term | undefined } = {},
): Certificate => ({
  starts: now - BEHIND,
  expires: addTerm(now - BEHIND, term),
  publicKey,
  types: TYPES[role].map((name) => OBJECTS[name].type),
  ...(role === 'issuing' && caps),
})

export interface NewKey {
  readonly role: KeyRole
  readonly name: string
  readonly file: string
  /** Of a key that signs. */
  readonly publicKey?: Uint8Array | undefined
  /** Of an emergency secret. */
  readonly epoch?: number | undefined
}

/** What an epoch of the emergency secret is named by: it has no public half. */
export const epochKid = (epoch: number): Uint8Array => hashOf('lic-epoch-1', epoch).slice(0, 8)

/** @returns its kid */
export const recordKey = async (
  tx: Tx,
  authority: Authority,
  { role, name, file, publicKey, epoch = 0 }: NewKey,
): Promise<Uint8Array> => {
  const kid = publicKey ? kidOf(publicKey) : epochKid(epoch)
  const data = { role, name, file, ...(publicKey ? { publicKey } : { epoch }) }
  await record(tx, { ...stamp(authority), type: 'key.created', entity: kid, data }, authority.random)
  return kid
}

/** A root that is open. `chain`: the link from the root before, with its own behind it. */
export interface RootSigner {
  readonly signer: Signer
  readonly chain?: Uint8Array | undefined
}

export const certify = async (
  tx: Tx,
  authority: Authority,
  certificate: Certificate,
  { signer, chain }: RootSigner,
): Promise<void> => {
  const object = await seal('certificate', writeCertificate(certificate), signer, chain)
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'key.certified',
      entity: kidOf(certificate.publicKey),
      object,
      data: { signer: kidOf(signer.publicKey), notBefore: certificate.starts, notAfter: certificate.expires },
    },
    authority.random,
  )
}
