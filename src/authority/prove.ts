/**
 * `lic ledger prove`: that a license was recorded, and that the log only grew, as text that anybody can check with the
 * root public keys alone. Invariant: a proof that leaves has been checked by the verifier's own rules.
 */

import { equal } from '../core/bytes.ts'
import { type Checkpoint, checkpointBody, readCheckpoint, verifyCheckpoint } from '../core/checkpoint.ts'
import { LicError } from '../core/errors.ts'
import {
  MOST_CERTIFICATES,
  objectOf,
  provenIn,
  readProof,
  writeConsistency,
  writeInclusion,
} from '../core/log-proof.ts'
import { extendsHead, type TreeHead } from '../core/merkle.ts'
import { checkpointAt, logHead, newestCheckpoint } from '../ledger/checkpoints.ts'
import { listKeys } from '../ledger/keys.ts'
import type { License } from '../ledger/licenses.ts'
import { findRevision } from '../ledger/revisions.ts'
import type { Reader } from '../ledger/schema.ts'
import { consistencyPath, inclusionPath } from '../ledger/tree.ts'
import type { Authority } from './authority.ts'
import { noteOf } from './checkpoint.ts'
import { ownTrust, untagged } from './sealing.ts'
import { licenseNamed } from './the-license.ts'

/** The head that a proof leads to: one of these, else that at the cut-off of a compromised key, else the newest checkpoint. */
export interface Towards {
  /** A checkpoint of this ledger, perhaps with the signatures of witnesses. */
  readonly checkpoint?: string | undefined
  /** The head at this many events, signed or not. */
  readonly size?: number | undefined
}

export interface InclusionInput extends Towards {
  readonly key: string
  /** Absent: the newest. */
  readonly revision?: number | undefined
}

export interface Proved extends TreeHead {
  readonly text: string
  /** False: the head is none of a checkpoint, and holds only beside something else that names it. */
  readonly signed: boolean
}

export interface ProvedLicense extends Proved {
  readonly license: License
  readonly revision: number
  /** The place of its event in the log. */
  readonly index: number
}

/** @throws LicError NOT_FOUND, AMBIGUOUS, CODE_MISTYPED, INVALID_INPUT, LEDGER_DAMAGED, PROOF_INVALID */
export const proveLicense = async (
  { ledger, brand }: Authority,
  { key, revision: wanted, ...towards }: InclusionInput,
): Promise<ProvedLicense> =>
  ledger.snapshot(async (db) => {
    const license = await licenseNamed(db, brand, key)
    const number = wanted ?? license.revision
    const revision = await findRevision(db, license.id, number)
    if (!revision?.hash) {
      throw new LicError('NOT_FOUND', `the ledger holds no revision ${number} of this license that was signed here`, {
        hint: 'see its revisions: lic show KEY',
      })
    }
    const event = await db
      .selectFrom('events')
      .select(['place', 'bytes'])
      .where('id', '=', revision.event)
      .executeTakeFirstOrThrow()
    const { head, note, signed } = await headTowards(db, (await cutOff(db, revision.signer, towards)) ?? towards)
    const index = event.place
    if (index === null || index >= head.size) {
      throw new LicError('NOT_FOUND', `the head at ${head.size} events does not cover this revision, event ${index}`, {
        hint: 'sign the head of now, then prove: lic ledger checkpoint --out FILE; after a compromise: lic key compromise KEY --reissue',
      })
    }
    const path = await inclusionPath(db, index, head.size)
    const certificates = await certificatesOf(db, readCheckpoint(note))
    const text = writeInclusion({ index, event: event.bytes, certificates, path }, note)
    const trust = await ownTrust(db)
    const known = signed ? [] : [head]
    provenIn({ trust, object: revision.hash, proofs: [readProof(text)], checkpoints: [], known })
    if (!equal(objectOf(event.bytes) ?? new Uint8Array(), revision.hash)) throw rewritten(head.size)
    return { ...head, text, signed, license, revision: number, index }
  })

export interface ConsistencyInput extends Towards {
  /** The older checkpoint. */
  readonly from: string
}

export interface ProvedGrowth extends Proved {
  /** Size of the older one. */
  readonly old: number
}

/** @throws LicError LEDGER_DAMAGED when the log does not begin with what was signed before; NOT_FOUND, PROOF_INVALID */
export const proveGrowth = async (
  { ledger }: Authority,
  { from, ...towards }: ConsistencyInput,
): Promise<ProvedGrowth> =>
  ledger.snapshot(async (db) => {
    const old = await ownCheckpoint(db, from)
    const { head, note, signed } = await headTowards(db, towards)
    if (old.size > head.size) {
      throw new LicError('NOT_FOUND', `the checkpoint at ${old.size} events is newer than the head at ${head.size}`, {
        hint: 'sign the head of now, then prove: lic ledger checkpoint --out FILE',
      })
    }
    const path = await consistencyPath(db, old.size, head.size)
    if (!extendsHead(old, head, path)) throw rewritten(old.size)
    return { ...head, text: writeConsistency({ old: old.size, path }, note), signed, old: old.size }
  })

/** A checkpoint that says of this ledger what it is. @throws LicError LEDGER_DAMAGED; NOT_FOUND for one of later events */
export const ownCheckpoint = async (db: Reader, text: string): Promise<Checkpoint> => {
  const read = readCheckpoint(text)
  verifyCheckpoint(read, await ownTrust(db))
  const { root } = await logHead(db, read.size)
  if (!equal(root, read.root)) throw rewritten(read.size)
  return read
}

const rewritten = (size: number): LicError =>
  new LicError('LEDGER_DAMAGED', `the log does not begin with the ${size} events that were signed: it was rewritten`, {
    hint: 'stop issuing, keep the ledger as it is for whoever looks into it, and restore the newest good copy',
  })

/** Of a license whose key is compromised: the head that lists name, for nothing else helps it. */
const cutOff = async (db: Reader, signer: Uint8Array, { checkpoint, size }: Towards): Promise<Towards | undefined> => {
  if (checkpoint !== undefined || size !== undefined) return undefined
  const tree = (await listKeys(db)).find(({ kid }) => equal(kid, signer))?.tree
  return tree ? { size: tree.size } : undefined
}

const headTowards = async (
  db: Reader,
  { checkpoint, size }: Towards,
): Promise<{ readonly head: TreeHead; readonly note: string; readonly signed: boolean }> => {
  if (checkpoint !== undefined) return { head: await ownCheckpoint(db, checkpoint), note: checkpoint, signed: true }
  const stored = size === undefined ? await newestCheckpoint(db) : await checkpointAt(db, size)
  if (stored !== null) {
    const note = await noteOf(db, stored.event)
    return { head: await ownCheckpoint(db, note), note, signed: true }
  }
  if (size === undefined) {
    throw new LicError('NOT_FOUND', 'no head of this log was signed yet', { hint: 'lic ledger checkpoint --out FILE' })
  }
  const head = await logHead(db, size)
  const audit = (await listKeys(db, 'audit')).at(-1)
  if (audit === undefined) throw new LicError('NOT_FOUND', 'the ledger knows no audit key', { hint: 'lic key list' })
  return { head, note: `${checkpointBody(audit.kid, head)}\n`, signed: false }
}

/** Of the audit keys, as chains hold them: that of the checkpoint first, then the newest others. */
const certificatesOf = async (db: Reader, { kid }: Checkpoint): Promise<readonly Uint8Array[]> => {
  const keys = await listKeys(db, 'audit')
  const own = keys.filter((key) => equal(key.kid, kid))
  const others = keys.filter((key) => !equal(key.kid, kid)).reverse()
  return [...own, ...others]
    .flatMap(({ certificate }) => (certificate ? [untagged(certificate)] : []))
    .slice(0, MOST_CERTIFICATES)
}
