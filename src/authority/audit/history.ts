/**
 * The log itself, read once from first to last: places, envelopes, leaves, the stored tree, checkpoints kept here and
 * elsewhere, and what lies beside each event. Root keys and certificates are taken from the events that brought them.
 * Invariant: nothing that is read decides what else is checked; every row of `events`, `private_texts`, `signed_objects`
 * and `tree_nodes` is looked at.
 */

import { equal } from '../../core/bytes.ts'
import type { Checkpoint } from '../../core/checkpoint.ts'
import { LicError } from '../../core/errors.ts'
import { importPublicKey, type PublicKey } from '../../core/keys.ts'
import { Frontier, leafHash, rootOf } from '../../core/merkle.ts'
import { decodeEnvelope, type Envelope } from '../../ledger/envelope.ts'
import { ENTITY_KINDS } from '../../ledger/event-types.ts'
import { entityBytes } from '../../ledger/events.ts'
import { type LeafRow, type Leaves, leavesFrom, nodeAt, nodesBeyond, strays, unerased } from '../../ledger/leaves.ts'
import type { Reader } from '../../ledger/schema.ts'
import { FAN, spanOf } from '../../ledger/tree.ts'
import { customerOf, objectBeside, textsBeside } from './beside.ts'
import { type Damage, damage } from './damage.ts'

export interface HistoryInput {
  /** Verified checkpoints that were kept elsewhere. */
  readonly checkpoints: readonly Checkpoint[]
  /** The only root keys that count; absent: those that the ledger names. */
  readonly roots: readonly PublicKey[] | undefined
  /** Hashes alone, no signatures. */
  readonly quick: boolean
  /** Called with the number of events that were read since. */
  readonly onEvents: (count: number) => Promise<void>
}

/** What was seen on the way; filled as the walk goes on. */
export interface Seen {
  events: number
  signatures: number
  checkpoints: number
  /** The root over all events. */
  root: Uint8Array
}

const MOST_STRAYS = 1000
/** Events whose object is a certificate, or a link from one root to the next. */
const BRINGING: ReadonlySet<string> = new Set(['key.certified', 'key.linked'])

export async function* historyDamages(db: Reader, input: HistoryInput, seen: Seen): AsyncGenerator<Damage> {
  const walk = new Walk(db, input, seen)
  for (;;) {
    const leaves = await leavesFrom(db, seen.events)
    for (const row of leaves.rows) yield* walk.event(row, leaves)
    await input.onEvents(leaves.rows.length)
    if (leaves.rows.length < FAN) break
  }
  yield* walk.end()
}

/** An erased row that waits for the event which explains it. */
interface Erased {
  readonly table: string
  readonly event: number
}

class Walk {
  readonly #db: Reader
  readonly #input: HistoryInput
  readonly #seen: Seen
  readonly #grown = new Frontier()
  /** Hashes of the children of the next node, by level: leaves first. */
  readonly #children: Uint8Array[][] = [[]]
  readonly #roots: PublicKey[]
  readonly #certificates: Uint8Array[] = []
  readonly #erased = new Map<string, Erased[]>()
  /** A row is missing: from here on every hash of the tree would differ for that reason alone. */
  #broken = false
  #lastId = 0
  /** Of a node that ended with the last event: told behind what the next one shows to be out of order. */
  readonly #late: Damage[] = []

  constructor(db: Reader, input: HistoryInput, seen: Seen) {
    this.#db = db
    this.#input = input
    this.#seen = seen
    this.#roots = [...(input.roots ?? [])]
  }

  async *event(row: LeafRow, { texts, objects }: Leaves): AsyncGenerator<Damage> {
    const { id, place, bytes } = row
    const wanted = this.#seen.events
    if (place !== wanted) {
      this.#broken = true
      yield misplaced(row, wanted)
    }
    this.#seen.events = isPlace(place) && place >= wanted ? place + 1 : wanted + 1
    if (id <= this.#lastId) yield damage('events', id, 'it stands behind a later one')
    this.#lastId = id
    yield* this.#late.splice(0)
    yield* this.#heads(wanted)
    const leaf = leafHash(bytes)
    if (!equal(leaf, row.leaf)) yield damage('events', id, 'its leaf is not the hash of its bytes')
    const event = envelopeOf(bytes)
    const before = event?.type === 'checkpoint.signed' ? this.#grown.root() : undefined
    await this.#tree(leaf)
    if (event === null) {
      yield damage('events', id, 'its bytes are no event')
      return
    }
    const differing = columnsBeside(row, event)
    if (differing !== null) yield damage('events', id, `its column ${differing} is not what the event says`)
    yield* this.#trusted(id, event, objects.get(id)?.bytes ?? null)
    const trust = this.#input.quick ? undefined : { roots: this.#roots, certificates: this.#certificates }
    const object = objectBeside(id, event, objects.get(id), trust)
    if (event.object !== null) this.#seen.signatures++
    const text = textsBeside(id, event, texts.get(id) ?? [])
    yield* object.damages
    yield* text.damages
    const customer = customerOf(event)
    for (const table of [...object.erased, ...text.erased]) {
      if (customer === null) yield damage(table, `event ${id}`, 'it is erased, and is about no customer')
      else this.#erased.set(customer, [...(this.#erased.get(customer) ?? []), { table, event: id }])
    }
    if (event.type === 'customer.forgotten') yield* this.#forgotten(id, String(event.entity))
    if (before !== undefined) yield* this.#checkpoint(id, event, before)
  }

  /** What is left to say when all events were read. */
  async *end(): AsyncGenerator<Damage> {
    const { events } = this.#seen
    yield* this.#late.splice(0)
    yield* this.#heads(events)
    this.#seen.root = this.#grown.root()
    for (const { size } of this.#input.checkpoints) {
      if (size > events) {
        yield damage('events', `place ${events}`, `the log ends here, and a checkpoint is of ${size} events`)
      }
    }
    if (!this.#broken) {
      for (const { level, position } of await nodesBeyond(this.#db, events)) {
        yield damage('tree_nodes', `level ${level} position ${position}`, 'the log has no such node')
      }
    }
    for (const { table, event } of [...this.#erased.values()].flat()) {
      yield damage(table, `event ${event}`, 'it is erased, and its customer was never forgotten')
    }
    const { events: unplaced, texts, objects } = await strays(this.#db, MOST_STRAYS)
    for (const id of unplaced) yield damage('events', id, 'it has no place in the log')
    for (const { event, name } of texts)
      yield damage('private_texts', `event ${event} ${name}`, 'there is no such event')
    for (const event of objects) yield damage('signed_objects', `event ${event}`, 'there is no such event')
  }

  /** Checkpoints kept elsewhere, when the log has come to their size. */
  async *#heads(size: number): AsyncGenerator<Damage> {
    const due = this.#input.checkpoints.filter((each) => each.size === size)
    if (due.length === 0 || this.#broken) return
    const root = this.#grown.root()
    if (due.every((each) => equal(each.root, root))) return
    const sound = this.#input.checkpoints.map((each) => each.size).filter((each) => each < size)
    const since = sound.length === 0 ? 0 : Math.max(...sound)
    this.#broken = true
    yield damage(
      'events',
      `place ${since} to ${size - 1}`,
      `they are not those that the checkpoint of ${size} events signs`,
    )
  }

  /** Takes a leaf in, and compares each node that is full with the stored one. */
  async #tree(leaf: Uint8Array): Promise<void> {
    if (this.#broken) return
    this.#grown.add(leaf)
    let hash = leaf
    for (let level = 0; ; level++) {
      const children = this.#children[level] ?? []
      this.#children[level] = children
      children.push(hash)
      if (children.length < FAN) return
      hash = rootOf(children.splice(0))
      const position = this.#grown.size / spanOf(level + 1) - 1
      const stored = await nodeAt(this.#db, level + 1, position)
      const row = `level ${level + 1} position ${position}`
      if (stored === undefined) this.#late.push(damage('tree_nodes', row, 'the node is missing'))
      else if (!equal(stored, hash)) this.#late.push(damage('tree_nodes', row, 'it is not the root over its leaves'))
    }
  }

  /** Root keys and certificates, as the events bring them. */
  async *#trusted(id: number, event: Envelope, bytes: Uint8Array | null): AsyncGenerator<Damage> {
    if (BRINGING.has(event.type) && bytes !== null) this.#certificates.push(bytes)
    const { role, publicKey } = event.data as { readonly role?: unknown; readonly publicKey?: unknown }
    if (event.type !== 'key.created' || role !== 'root' || !(publicKey instanceof Uint8Array)) return
    const { roots } = this.#input
    if (roots === undefined) {
      const key = keyOf(publicKey)
      if (key === null) yield damage('events', id, 'it brings a root key that is no key')
      else this.#roots.push(key)
    } else if (this.#seen.signatures === 0 && !roots.some((root) => equal(root.bytes, publicKey))) {
      yield damage('events', id, 'the root key of this ledger is none of those that were given')
    }
  }

  async *#forgotten(id: number, customer: string): AsyncGenerator<Damage> {
    this.#erased.delete(customer)
    for (const event of await unerased(this.#db, customer, id)) {
      yield damage('private_texts', `event ${event}`, 'its customer was forgotten, and it is still there')
    }
  }

  /** A checkpoint that is kept here says what the log was when it was signed. */
  async *#checkpoint(id: number, event: Envelope, before: Uint8Array): AsyncGenerator<Damage> {
    this.#seen.checkpoints++
    const { size, root } = event.data as { readonly size?: unknown; readonly root?: unknown }
    const now = this.#seen.events - 1
    if (typeof size !== 'number' || !(root instanceof Uint8Array) || size > now) {
      yield damage('events', id, 'a checkpoint of more events than there were')
      return
    }
    if (this.#broken) return
    // It is the first event behind those that it signs, so the tree as it was read says what they are, and no stored node.
    if (size !== now || !equal(before, root)) {
      yield damage('events', id, `the checkpoint of ${size} events signs others than those that are there`)
    }
  }
}

/** The file's owner may have written anything into the column. */
const isPlace = (place: unknown): place is number => Number.isSafeInteger(place)

const misplaced = ({ id, place }: LeafRow, wanted: number): Damage => {
  if (!isPlace(place)) return damage('events', id, 'its place is no number')
  if (place < wanted) return damage('events', id, `it is a second event at place ${place}`)
  const missing = place - wanted
  return damage('events', `place ${wanted}`, `${missing === 1 ? 'an event is' : `${missing} events are`} missing`)
}

const envelopeOf = (bytes: Uint8Array): Envelope | null => {
  try {
    return decodeEnvelope(bytes)
  } catch (error) {
    if (error instanceof LicError) return null
    throw error
  }
}

const keyOf = (bytes: Uint8Array): PublicKey | null => {
  try {
    return importPublicKey(bytes)
  } catch (error) {
    if (error instanceof LicError) return null
    throw error
  }
}

/** The first column that is there only to find the event, and does not say what the event says; null: none. */
const columnsBeside = (row: LeafRow, event: Envelope): string | null => {
  const license = event.entityKind === ENTITY_KINDS.license ? null : event.license
  if (row.at !== event.at) return 'at'
  if (row.entity_kind !== event.entityKind) return 'entity_kind'
  if (!equal(row.entity_id, entityBytes(event.entity))) return 'entity_id'
  if (row.entity_version !== event.version) return 'entity_version'
  if ((row.license === null) !== (license === null)) return 'license'
  return row.license !== null && license !== null && !equal(row.license, license) ? 'license' : null
}
