/**
 * `lic key rotate`: the next key of a role, beside the one that there is. What was signed stands, and the one before goes on
 * to answer sites that know no other, until it is retired.
 */

import { readCertificate, writeRootLink } from '../core/certificate.ts'
import { open } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { record } from '../ledger/events.ts'
import { type Key, keyBy, listKeys } from '../ledger/keys.ts'
import type { Tx } from '../ledger/schema.ts'
import { type Authority, stamp } from './authority.ts'
import { certify, isCertified, recordKey } from './certify.ts'
import { capsOf, createKey, withNewFile } from './create-key.ts'
import { keyFileOf } from './found.ts'
import type { KeyRoom } from './key-room.ts'
import { linkAlone, linkOf, type OpenRoot, openRoot } from './roots.ts'
import { type Rotated, rotateEmergency } from './rotate-emergency.ts'
import { certifiedKeys, planRotation, type RotationPlan } from './rotation-plan.ts'
import { seal } from './sign-object.ts'
import { fileSigner, generateSeed, type LocalSigner } from './signer.ts'
import type { Term } from './term.ts'
import { shellWord } from './vault.ts'

export interface RotateInput {
  /** A role, or a key whose successor is wanted. */
  readonly key: string
  /** How long the certificate of the new one runs; absent = five years. */
  readonly term?: Term | undefined
  readonly rootFile?: string | undefined
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, CONFLICT, FILE_EXISTS, UNWRITABLE, DISK_FULL, CLOCK_SUSPECT, and as keys do */
export const rotateKey = async (authority: Authority, room: KeyRoom, input: RotateInput): Promise<Rotated> => {
  const plan = await planRotation(authority.ledger.db, input.key, authority.now())
  const { role, from, to } = plan
  if (role === 'emergency') return rotateEmergency(authority, room, plan)
  if (role === 'root') return { plan, key: await rotateRoot(authority, room, plan, input), without: [], resumed: false }
  if (!isCertified(role)) {
    throw new LicError('CONFLICT', `${to} would follow a delegated key, and those are not rotated`, {
      hint: `delegate another: lic key delegate --name ${shellWord(to)} --tiers T --products P --out NEXT.key`,
    })
  }
  const caps = from ? capsOf(from) : undefined
  const { term, rootFile } = input
  const key = await createKey(authority, room, { role, name: to, caps, term, rootFile })
  return { plan, key, without: [], resumed: false }
}

/** The next root, linked to by the one before; and new certificates, which hold the link, for the keys in use. */
const rotateRoot = async (
  authority: Authority,
  room: KeyRoom,
  { to }: RotationPlan,
  { rootFile }: RotateInput,
): Promise<Key> => {
  const before = await openRoot(authority, await listKeys(authority.ledger.db), rootFile)
  const seed = generateSeed(authority.random)
  const next = fileSigner(seed)
  const file = keyFileOf(to)
  return withNewFile(authority, room, { file, contents: { seed } }, async (tx) => {
    const kid = await recordKey(tx, authority, { role: 'root', name: to, file, publicKey: next.publicKey })
    await link(tx, authority, kid, before, next)
    const chain = linkOf(await keyBy(tx, kid))
    for (const { certificate } of certifiedKeys(await listKeys(tx))) {
      // The same rights in the same window: a key is certified once.
      if (certificate) await certify(tx, authority, readCertificate(open(certificate)), { signer: next, chain })
    }
    return keyBy(tx, kid)
  })
}

const link = async (
  tx: Tx,
  authority: Authority,
  kid: Uint8Array,
  before: OpenRoot,
  { publicKey }: LocalSigner,
): Promise<void> => {
  const payload = writeRootLink({ issuedAt: authority.now(), publicKey })
  const behind = before.chain && linkAlone(before.chain)
  const object = await seal('rootLink', payload, before.signer, behind)
  const data = { signer: before.key.kid }
  await record(tx, { ...stamp(authority), type: 'key.linked', entity: kid, object, data }, authority.random)
}
