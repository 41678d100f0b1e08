/** `lic revocations publish`: the signed lists that say which licenses are revoked or suspended (FORMAT 11). */

import { deflateSync } from 'node:zlib'
import { concat } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { type Compromise, type RevocationList, readRevocationList, writeRevocationList } from '../core/revocation.ts'
import { PLACES } from '../core/status.ts'
import { listedAnchors } from '../ledger/activations.ts'
import { record } from '../ledger/events.ts'
import type { Idempotency } from '../ledger/idempotency.ts'
import { compromisedKeys } from '../ledger/keys.ts'
import { eventsOfPublishing, newestList } from '../ledger/revocation-lists.ts'
import type { Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { listNumbers, notValidByPrefix, notValidIn } from '../ledger/status-indexes.ts'
import { type Authority, stamp, write } from './authority.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { openSigningKey, ownTrust } from './sealing.ts'
import { beforeSigning, type SigningKey, seal } from './sign-object.ts'
import { parseExpiry } from './term.ts'

export interface PublishedLists {
  /** All lists, one behind the other (FORMAT 2.4). */
  readonly bytes: Uint8Array
  /** The number that orders publishings: its time, unix seconds. */
  readonly number: number
  /** Activations that every list names, because they do not hold their place any more. */
  readonly released: number
  /** Licenses without status index that every list names, revoked or suspended. */
  readonly byKey: number
  /** Keys, and epochs of the emergency secret, that every list names as compromised. */
  readonly compromised: number
  readonly deadEpochs: number
  /** When the next is expected, unix seconds; null: nobody said. */
  readonly expires: number | null
  readonly lists: readonly {
    readonly list: number
    readonly revoked: number
    readonly suspended: number
    readonly bytes: number
  }[]
}

/**
 * Signs every list of the ledger anew; under an idempotency key that was answered, hands the same lists out again.
 * @throws LicError as keys and ledger do, CLOCK_SUSPECT, CONFLICT
 */
export const publishRevocations = async (
  authority: Authority,
  {
    idempotencyKey,
    next,
  }: {
    readonly idempotencyKey?: string | undefined
    /** A term or a time: when the next list is expected. */
    readonly next?: string | undefined
  } = {},
): Promise<PublishedLists> => {
  const request = requestOf('revocations publish', idempotencyKey, next === undefined ? {} : { next })
  const answered = await earlierAnswer(authority.ledger.db, request, null)
  if (answered !== null) return publishedAt(authority, answered)
  const key = await openSigningKey(authority, 'list')
  return write(authority, async (tx) => {
    // Before the first license there is an empty first list, so that a product can be built against it.
    const dealt = await listNumbers(tx)
    const lists = dealt.length > 0 ? dealt : [0]
    const number = await nextNumber(tx, lists, authority.now())
    const everywhere = {
      anchors: await listedAnchors(tx, authority.now()),
      named: await notValidByPrefix(tx, authority.now() - NAMED_AFTER_END),
      ...(await compromisedKeys(tx)),
      expires: next === undefined ? undefined : parseExpiry(next, number),
    }
    const published = []
    // The key stands with the first event of the publishing.
    for (const [i, list] of lists.entries())
      published.push(
        await publishOne(tx, authority, key, { list, number, ...everywhere, request: i === 0 ? request : undefined }),
      )
    return publishedOf({ number, ...everywhere }, published)
  })
}

/** A license under a grant has no longer a grace than this (delegate.ts), in seconds. */
export const NAMED_AFTER_END = 366 * 86_400

type Published = Omit<PublishedLists['lists'][number], 'bytes'> & { readonly object: Uint8Array }

const publishedOf = (
  { number, anchors, named, compromised, deadEpochs, expires }: Omit<Publishing, 'list' | 'request'>,
  published: readonly Published[],
): PublishedLists => ({
  bytes: concat(...published.map((each) => each.object)),
  number,
  released: anchors.length,
  byKey: named.revoked.length + named.suspended.length,
  compromised: compromised.length,
  deadEpochs: deadEpochs.length,
  expires: expires ?? null,
  lists: published.map(({ object, ...each }) => ({ ...each, bytes: object.length })),
})

/** What was published with this event, counted from the signed lists. */
const publishedAt = async ({ ledger, now }: Authority, event: number): Promise<PublishedLists> => {
  const trust = await ownTrust(ledger.db)
  const lists: RevocationList[] = []
  for (const each of await eventsOfPublishing(ledger.db, event)) {
    const { bytes } = await signedObject(ledger.db, each)
    lists.push(readRevocationList(bytes, { ...trust, now: now() }))
  }
  const [first] = lists
  if (!first) throw new LicError('LEDGER_DAMAGED', 'a publishing without lists')
  return publishedOf(
    { ...first, named: { revoked: first.revoked ?? [], suspended: first.suspended ?? [] } },
    lists.map((list) => {
      const counts = { valid: 0, revoked: 0, suspended: 0 }
      for (let place = 0; place < PLACES; place++) counts[list.statusAt(place)] += 1
      return { list: list.list, revoked: counts.revoked, suspended: counts.suspended, object: list.bytes }
    }),
  )
}

/** Devices keep the list with the highest number, so two publishings in one second must differ. */
const nextNumber = async (tx: Tx, lists: readonly number[], now: number): Promise<number> => {
  const before = await Promise.all(lists.map((list) => newestList(tx, subjectOf(list))))
  return Math.max(now, ...before.map((each) => (each?.number ?? 0) + 1))
}

export const subjectOf = (list: number): string => `lic:list:${list}`

interface Publishing {
  readonly list: number
  readonly number: number
  /** From here on the same in every list. Of activations that do not hold their place any more. */
  readonly anchors: readonly Uint8Array[]
  /** Licenses without status index: the same in every list. */
  readonly named: Awaited<ReturnType<typeof notValidByPrefix>>
  readonly compromised: readonly Compromise[]
  readonly deadEpochs: readonly number[]
  readonly expires?: number | undefined
  readonly request: Idempotency | undefined
}

const publishOne = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  { list, number, anchors, named, compromised, deadEpochs, expires, request }: Publishing,
): Promise<Published> => {
  const places = await notValidIn(tx, list)
  const payload = writeRevocationList({
    list,
    issuedAt: number,
    zlib: pack(places),
    number,
    expires,
    compromised,
    anchors,
    deadEpochs,
    ...(named.revoked.length > 0 && { revoked: named.revoked }),
    ...(named.suspended.length > 0 && { suspended: named.suspended }),
  })
  const object = await seal('revocationList', payload, key.signer, key.chain)
  // No list is recorded that a verifier would refuse: one that is too large, or outside its certificate's window.
  const trust = await ownTrust(tx)
  beforeSigning(() => readRevocationList(object.bytes, { ...trust, now: number }))
  await record(
    tx,
    {
      ...stamp(authority),
      type: 'revocations.published',
      entity: subjectOf(list),
      ...(request && { idempotency: request }),
      object,
      data: { number, count: places.length },
    },
    authority.random,
  )
  const suspended = places.filter(({ status }) => status === 2).length
  return { list, revoked: places.length - suspended, suspended, object: object.bytes }
}

/** Two bits a place, least significant first, up to the last place that says anything. */
export const pack = (places: readonly { readonly place: number; readonly status: number }[]): Uint8Array => {
  const last = places.at(-1)?.place ?? 0
  const bits = new Uint8Array(Math.min((last >> 2) + 1, PLACES / 4))
  for (const { place, status } of places) bits[place >> 2] = (bits[place >> 2] ?? 0) | (status << ((place & 3) * 2))
  return new Uint8Array(deflateSync(bits, { level: 9 }))
}
