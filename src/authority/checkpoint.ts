/**
 * `lic ledger checkpoint`: the head of the log, signed by the audit key, to be kept where nobody who can write to the
 * ledger can write. It is recorded by an event of its own, the first behind those that it is about, so it never changes
 * the head that it signs.
 */

import { utf8 } from '../core/bytes.ts'
import { checkpointBody, checkpointNote, readCheckpoint, verifyCheckpoint } from '../core/checkpoint.ts'
import { hashOf } from '../core/hash.ts'
import { OBJECTS } from '../core/objects.ts'
import { type Checkpointed, logHead, newestCheckpoint } from '../ledger/checkpoints.ts'
import { record } from '../ledger/events.ts'
import type { Reader } from '../ledger/schema.ts'
import { logSize } from '../ledger/sequence.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import { type Authority, stamp, write } from './authority.ts'
import { earlierAnswer, requestOf } from './repeat.ts'
import { openSigningKey, ownTrust } from './sealing.ts'
import { addTerm, parseTerm } from './term.ts'

export interface CheckpointInput {
  /** A term: nothing is signed while the newest checkpoint is younger, or when nothing happened since. */
  readonly every?: string | undefined
  readonly idempotencyKey?: string | undefined
}

export interface SignedCheckpoint extends Pick<Checkpointed, 'size' | 'root' | 'at'> {
  /** The C2SP signed note. */
  readonly note: string
  /** False: the newest one is still good, and nothing was signed. */
  readonly isNew: boolean
}

/** What an event says that it recorded, where it is a note (FORMAT 17.6). */
export const noteHash = (note: string): Uint8Array => hashOf('lic-note-1', note)

/** @throws LicError as keys and ledger do, CLOCK_SUSPECT, CONFLICT, INVALID_INPUT */
export const checkpoint = async (
  authority: Authority,
  { every, idempotencyKey }: CheckpointInput,
): Promise<SignedCheckpoint> => {
  const term = every === undefined ? undefined : parseTerm(every)
  const { db } = authority.ledger
  const request = requestOf('ledger checkpoint', idempotencyKey, { every })
  const answered = await earlierAnswer(db, request, null)
  if (answered !== null) return storedAt(db, answered)
  const newest = await newestCheckpoint(db)
  if (term !== undefined && newest !== null) {
    const isYoung = authority.now() < addTerm(newest.at, term)
    // Its own event is all that came after it.
    if (isYoung || (await logSize(db)) === newest.size + 1) return storedAt(db, newest.event)
  }
  const key = await openSigningKey(authority, 'audit')
  return write(authority, async (tx) => {
    const head = await logHead(tx)
    const body = checkpointBody(key.kid, head)
    const note = checkpointNote(body, key.issuer.key, await key.signer.sign(utf8(body)))
    // No checkpoint is recorded that a verifier would refuse.
    verifyCheckpoint(readCheckpoint(note), await ownTrust(tx))
    await record(
      tx,
      {
        ...stamp(authority),
        type: 'checkpoint.signed',
        entity: key.kid,
        ...(request && { idempotency: request }),
        object: { hash: noteHash(note), bytes: utf8(note), type: OBJECTS.checkpoint.type },
        data: head,
      },
      authority.random,
    )
    return { ...head, at: authority.now(), note, isNew: true }
  })
}

/** A checkpoint that was signed before. */
const storedAt = async (db: Reader, event: number): Promise<SignedCheckpoint> => {
  const note = await noteOf(db, event)
  const { size, root } = readCheckpoint(note)
  const row = await db.selectFrom('events').select('at').where('id', '=', event).executeTakeFirstOrThrow()
  return { size, root, at: row.at, note, isNew: false }
}

/** The text of a stored checkpoint. @throws LicError NOT_FOUND */
export const noteOf = async (db: Reader, event: number): Promise<string> =>
  new TextDecoder().decode((await signedObject(db, event)).bytes)
