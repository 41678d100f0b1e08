/**
 * `lic trust publish`: what the root says of its keys to products that are out there already (FORMAT 7.2). A bundle says all
 * that holds, so each version repeats what the one before said, and adds to it.
 */

import { OBJECT_LIMITS } from '../core/cbor.ts'
import { assemble, open } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { readTrustBundle, writeTrustBundle } from '../core/trust-bundle.ts'
import { record } from '../ledger/events.ts'
import { type Key, listKeys } from '../ledger/keys.ts'
import type { Reader } from '../ledger/schema.ts'
import { type SignedObject, signedObject } from '../ledger/signed-objects.ts'
import { findBundle } from '../ledger/trust-bundles.ts'
import { type Authority, stamp, write } from './authority.ts'
import { linkAlone, linkOf, openRoot } from './roots.ts'
import { certifiedKeys } from './rotation-plan.ts'
import { ownTrust } from './sealing.ts'
import { beforeSigning, seal } from './sign-object.ts'
import { keyIn } from './the-key.ts'

export interface PublishTrustInput {
  /** Keys that were compromised by mistake: nothing under them is refused for it. */
  readonly lift?: readonly string[] | undefined
  /** Keys from which nothing later is to be accepted; null: that holds no longer. */
  readonly end?: readonly { readonly key: string; readonly at: number | null }[] | undefined
  readonly rootFile?: string | undefined
  readonly reason?: string | undefined
}

export interface PublishedTrust {
  readonly bytes: Uint8Array
  readonly version: number
  readonly issuedAt: number
  readonly signer: Key
  readonly certified: readonly Key[]
  readonly linked: readonly Key[]
  readonly lifted: readonly Key[]
  readonly ended: readonly (Key & { readonly endedAt: number })[]
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, CONFLICT, INVALID_INPUT when it grows too large, CLOCK_SUSPECT, and as keys do */
export const publishTrust = async (authority: Authority, input: PublishTrustInput): Promise<PublishedTrust> => {
  const { db } = authority.ledger
  resulting(await listKeys(db), input)
  const root = await openRoot(authority, await listKeys(db), input.rootFile)
  return write(authority, async (tx) => {
    const keys = await listKeys(tx)
    const { lifted, ended } = resulting(keys, input)
    const certified = certifiedKeys(keys)
    const linked = keys.filter(({ link }) => link !== null)
    const version = ((await findBundle(tx))?.version ?? 0) + 1
    const issuedAt = authority.now()
    const payload = writeTrustBundle({
      issuedAt,
      version,
      certificates: certified.flatMap(({ certificate }) => (certificate ? [bare(certificate)] : [])),
      links: linked.flatMap((key) => linkAlone(linkOf(key) as Uint8Array)),
      lifted: lifted.map(({ kid }) => kid),
      ended: ended.map(({ kid, endedAt }) => [kid, endedAt]),
    })
    const object = await seal('trustBundle', payload, root.signer, root.chain)
    if (object.bytes.length > OBJECT_LIMITS.bytes) {
      throw new LicError(
        'INVALID_INPUT',
        `the bundle would be ${object.bytes.length} bytes, and ${OBJECT_LIMITS.bytes} is the limit`,
        {
          hint: 'retire keys that sign no more: lic key retire KEY',
        },
      )
    }
    // No bundle is recorded that a device would refuse.
    const trust = await ownTrust(tx)
    beforeSigning(() => readTrustBundle(object.bytes, { ...trust, now: issuedAt }))
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'trust.published',
        entity: 'bundle',
        ...(input.reason !== undefined && { reason: input.reason }),
        object,
        data: {
          version,
          signer: root.key.kid,
          ...(lifted.length > 0 && { lifted: lifted.map(({ kid }) => kid) }),
          ...(ended.length > 0 && { ended: ended.map(({ kid, endedAt }) => [kid, endedAt] as const) }),
        },
      },
      authority.random,
    )
    return { bytes: object.bytes, version, issuedAt, signer: root.key, certified, linked, lifted, ended }
  })
}

/** What is lifted and ended after all: what the newest bundle says, and what was asked for. */
const resulting = (
  keys: readonly Key[],
  { lift = [], end = [] }: PublishTrustInput,
): Pick<PublishedTrust, 'lifted' | 'ended'> => {
  const lifted = new Set(keys.filter((key) => key.lifted))
  for (const word of lift) {
    const key = keyIn(keys, word)
    if (key.role === 'emergency' || (key.state !== 'compromised' && !key.lifted)) {
      throw new LicError('CONFLICT', `${key.name ?? word} is not compromised, so nothing is to be lifted`, {
        hint: 'lic key list',
      })
    }
    lifted.add(key)
  }
  const ends = new Map(keys.flatMap((key) => (key.endedAt === null ? [] : [[key, key.endedAt] as const])))
  for (const { key: word, at } of end) {
    const key = keyIn(keys, word)
    if (key.publicKey === null) {
      throw new LicError('CONFLICT', `${key.name ?? word} signs nothing`, {
        hint: 'its codes end by the list: lic key compromise emergency',
      })
    }
    if (at === null) ends.delete(key)
    else ends.set(key, at)
  }
  return { lifted: [...lifted], ended: [...ends].map(([key, endedAt]) => ({ ...key, endedAt })) }
}

const bare = (certificate: Uint8Array): Uint8Array =>
  assemble({ ...open(certificate), chain: undefined }, { tagged: false })

/** The newest bundle; null when there is none. */
export const newestBundle = async (
  db: Reader,
): Promise<(SignedObject & { readonly version: number; readonly publishedAt: number }) | null> => {
  const found = await findBundle(db)
  return found && { ...(await signedObject(db, found.event)), ...found }
}
