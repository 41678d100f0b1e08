/**
 * What lies beside an event: private texts, held against their commitments, and what was signed, held against its hash and
 * the root keys. What was erased with a customer is held against the event of forgetting alone.
 */

import { equal } from '../../core/bytes.ts'
import { LIST_LIMITS } from '../../core/cbor.ts'
import type { Trust } from '../../core/chain.ts'
import { readCheckpoint, verifyCheckpoint } from '../../core/checkpoint.ts'
import { objectHash, open } from '../../core/cose.ts'
import { LicError } from '../../core/errors.ts'
import { OBJECTS } from '../../core/objects.ts'
import { signedBy } from '../../core/signed-by.ts'
import { authenticate } from '../../core/verify.ts'
import type { Envelope } from '../../ledger/envelope.ts'
import { ENTITY_KINDS } from '../../ledger/event-types.ts'
import type { ObjectRow, TextRow } from '../../ledger/leaves.ts'
import { commitmentTo, REASON } from '../../ledger/private-texts.ts'
import { noteHash } from '../checkpoint.ts'
import { type Damage, damage } from './damage.ts'

/** The customer whose forgetting erases what lies beside an event. */
export const customerOf = ({ entityKind, entity, customer }: Envelope): string | null =>
  entityKind === ENTITY_KINDS.customer && typeof entity === 'string' ? entity : customer

/** `erased`: a row without its content, which only the forgetting of the customer explains. */
export interface Beside {
  readonly damages: readonly Damage[]
  readonly erased: readonly ('private_texts' | 'signed_objects')[]
}

export const textsBeside = (id: number, event: Envelope, rows: readonly TextRow[]): Beside => {
  const said = new Map(Object.entries(event.texts))
  if (event.reason !== null) said.set(REASON, event.reason)
  const damages: Damage[] = []
  const wrong = (name: string, what: string): void =>
    void damages.push(damage('private_texts', `event ${id} ${name}`, what))
  let erased = false
  for (const { name, salt, value, customer } of rows) {
    const commitment = said.get(name)
    said.delete(name)
    if (commitment === undefined) wrong(name, 'the event knows no such text')
    else if (salt === null && value === null) erased = true
    else if (salt === null || value === null) wrong(name, 'only half of it is erased')
    else if (!equal(commitmentTo(salt, value), commitment)) wrong(name, 'it is not the text that the event commits to')
    if (customer !== customerOf(event)) wrong(name, 'it is kept under another customer than the event is about')
  }
  for (const name of said.keys()) wrong(name, 'the text that the event commits to is missing')
  return { damages, erased: erased ? ['private_texts'] : [] }
}

/** Types of events that are there because something was signed; an import may record what others signed. */
const SIGNING: ReadonlySet<string> = new Set([
  'key.certified',
  'key.linked',
  'trust.published',
  'license.issued',
  'license.renewed',
  'license.changed',
  'license.reissued',
  'license.extended',
  'activation.recorded',
  'activation.anchored',
  'revocations.published',
  'checkpoint.signed',
])

/** @param trust undefined: hashes alone are checked */
export const objectBeside = (
  id: number,
  event: Envelope,
  row: ObjectRow | undefined,
  trust: Trust | undefined,
): Beside => {
  const wrong = (what: string): Beside => ({ damages: [damage('signed_objects', `event ${id}`, what)], erased: [] })
  const { object } = event
  if (object === null) {
    if (row !== undefined) return wrong('the event knows nothing of a signed object')
    if (!SIGNING.has(event.type) || event.source === 'import') return NOTHING
    return { damages: [damage('events', id, `a ${event.type} that signed nothing`)], erased: [] }
  }
  if (row === undefined) return wrong('what the event signed is missing')
  if (row.bytes === null) return { damages: [], erased: ['signed_objects'] }
  try {
    const what =
      row.type === OBJECTS.checkpoint.type ? noteProblem(row.bytes, object, trust) : objectProblem(row, object, trust)
    return what === null ? NOTHING : wrong(what)
  } catch (error) {
    if (error instanceof LicError) return wrong(error.message)
    throw error
  }
}

const NOTHING: Beside = { damages: [], erased: [] }
const ANOTHER = 'it is not the object that the event knows by its hash'

const noteProblem = (bytes: Uint8Array, hash: Uint8Array, trust: Trust | undefined): string | null => {
  const note = new TextDecoder().decode(bytes)
  if (!equal(noteHash(note), hash)) return ANOTHER
  if (trust) verifyCheckpoint(readCheckpoint(note), trust)
  return null
}

const objectProblem = ({ bytes, type }: ObjectRow, hash: Uint8Array, trust: Trust | undefined): string | null => {
  const signed = open(bytes ?? new Uint8Array(), LIST_LIMITS)
  if (!equal(objectHash(signed), hash)) return ANOTHER
  if (OBJECTS[signed.type].type !== type) return `it is a ${signed.type}, and its row says another type`
  if (!trust) return null
  // Chains that travel along are remembered with the roots alone: most of the work of reading a whole ledger.
  const own = signed.chain ? { roots: trust.roots } : trust
  // A license says the most, so its rights are judged too.
  if (signed.type === 'license') authenticate(bytes ?? new Uint8Array(), own)
  else signedBy(signed, own)
  return null
}
