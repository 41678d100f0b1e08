/**
 * Proofs about the log as text (FORMAT 17.4, 17.5): that it holds the event which recorded a signed object, and that it
 * only grew. Both end in a checkpoint. What they say counts only where their head is one that somebody vouches for.
 */

import { decodeBase64, encodeBase64 } from './base64.ts'
import { equal } from './bytes.ts'
import { type Cbor, decode, encode } from './cbor.ts'
import type { Trust } from './chain.ts'
import { type Checkpoint, hashIn, readCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { objectHash, open } from './cose.ts'
import { LicError } from './errors.ts'
import { extendsHead, includes, leafHash, sameHead, type TreeHead } from './merkle.ts'
import type { Compromise } from './revocation.ts'

/** That an event stands in the log (C2SP tlog-proof). */
export interface InclusionProof {
  readonly kind: 'inclusion'
  readonly index: number
  /** The event's bytes, which the leaf is the hash of. */
  readonly event: Uint8Array
  /** Those of the audit keys, the checkpoint's own first, so that root keys are all that a verifier needs. */
  readonly certificates: readonly Uint8Array[]
  readonly path: readonly Uint8Array[]
  readonly checkpoint: Checkpoint
}

/** That the log of the checkpoint begins with the one of `old` events (the request of a C2SP tlog-witness). */
export interface ConsistencyProof {
  readonly kind: 'consistency'
  readonly old: number
  readonly path: readonly Uint8Array[]
  readonly checkpoint: Checkpoint
}

export type LogProof = InclusionProof | ConsistencyProof

const HEADER = 'c2sp.org/tlog-proof@v1'
/** An event is at most 256 KiB. */
const EVENT_LIMITS = { bytes: 256 * 1024 + 4096 + 16 }
/** Of audit keys, one after the other. */
export const MOST_CERTIFICATES = 8
const LONGEST = 512 * 1024

const bad = (message: string, hint?: string): LicError =>
  new LicError('PROOF_INVALID', message, hint === undefined ? {} : { hint })

/** @param note the checkpoint, verbatim: signed, or its body and an empty line */
export const writeInclusion = (proof: Omit<InclusionProof, 'kind' | 'checkpoint'>, note: string): string => {
  const extra = encode([proof.event, ...proof.certificates])
  return [HEADER, `extra ${encodeBase64(extra)}`, `index ${proof.index}`, ...lines(proof.path), '', note].join('\n')
}

export const writeConsistency = (proof: Pick<ConsistencyProof, 'old' | 'path'>, note: string): string =>
  [`old ${proof.old}`, ...lines(proof.path), '', note].join('\n')

const lines = (path: readonly Uint8Array[]): readonly string[] => path.map(encodeBase64)

/** Which of both it is, taken apart and nothing of it verified. @throws LicError PROOF_INVALID */
export const readProof = (text: string): LogProof => {
  if (text.length > LONGEST) throw bad('the proof is longer than any')
  const end = text.indexOf('\n\n')
  const [first = '', ...rest] = text.slice(0, Math.max(end, 0)).split('\n')
  const old = /^old (0|[1-9][0-9]{0,15})$/.exec(first)?.[1]
  const [extra = '', at = '', ...path] = rest
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(at)?.[1]
  const isInclusion = first === HEADER && index !== undefined && extra.startsWith('extra ')
  if (old === undefined && !isInclusion) {
    const what = /^lic\//.test(text) ? 'not a proof, but a checkpoint alone' : 'not a proof of this log'
    throw bad(what, 'a proof is what `lic ledger prove` writes; a checkpoint is given as --checkpoint')
  }
  const checkpoint = readCheckpoint(text.slice(end + 2))
  if (old !== undefined) return { kind: 'consistency', old: Number(old), path: rest.map(hashIn), checkpoint }
  return { kind: 'inclusion', index: Number(index), ...extraIn(extra.slice(6)), path: path.map(hashIn), checkpoint }
}

const extraIn = (text: string): Pick<InclusionProof, 'event' | 'certificates'> => {
  try {
    const value: Cbor = decode(decodeBase64(text), EVENT_LIMITS)
    if (Array.isArray(value) && value.length >= 1 && value.length <= 1 + MOST_CERTIFICATES) {
      const [event, ...certificates] = value as readonly Cbor[]
      if (event instanceof Uint8Array && certificates.every((each) => each instanceof Uint8Array)) {
        return { event, certificates }
      }
    }
  } catch (cause) {
    if (!(cause instanceof LicError)) throw cause
  }
  throw bad('the proof does not say which event it is about')
}

/** The key of an event under which stands what it signed (FORMAT 17.6). */
const OBJECT_KEY = 16

/** The hash of the object that an event recorded; null: none. @throws LicError PROOF_INVALID */
export const objectOf = (event: Uint8Array): Uint8Array | null => {
  try {
    const map = decode(event.subarray(), EVENT_LIMITS)
    const object = map instanceof Map ? map.get(OBJECT_KEY) : undefined
    return object instanceof Uint8Array ? object : null
  } catch (cause) {
    throw new LicError('PROOF_INVALID', 'the event of the proof is not readable', { cause })
  }
}

export interface ProofFacts {
  readonly trust: Trust
  /** Hash of the object that is to stand in the log (FORMAT 3.3). */
  readonly object: Uint8Array
  readonly proofs: readonly LogProof[]
  /** Checkpoints that the verifier holds beside the proofs. */
  readonly checkpoints: readonly Checkpoint[]
  /** Heads that something else vouches for, such as the list that names a compromised key. */
  readonly known: readonly TreeHead[]
}

/**
 * The heads of the log in which the object is proven to stand: those of the checkpoints and known ones that the proofs
 * lead to. A checkpoint that was given and that they do not lead to is a refusal, not a gap.
 * @throws LicError PROOF_INVALID; and as `verifyCheckpoint`, whose certificates the proofs may bring
 */
export const provenIn = ({ trust, object, proofs, checkpoints, known }: ProofFacts): readonly TreeHead[] => {
  const inclusions = proofs.filter((proof) => proof.kind === 'inclusion')
  const [inclusion, ...more] = inclusions
  if (inclusion === undefined || more.length > 0) throw bad('one proof of inclusion is needed, and no more')
  const certificates = [...(trust.certificates ?? []), ...inclusion.certificates]
  const vouched = vouchedHeads({ ...trust, certificates }, proofs, checkpoints, known)
  checkInclusion(inclusion, object)
  const all = [...proofs.map((proof) => proof.checkpoint), ...checkpoints, ...known]
  const steps = proofs.flatMap((proof) => (proof.kind === 'consistency' ? stepsOf(proof, all) : []))
  const proven: TreeHead[] = [inclusion.checkpoint]
  const isProven = (head: TreeHead): boolean => proven.some((each) => sameHead(each, head))
  // Several steps may lie between the proof and a head that is known; each pass joins one more, and no head comes twice.
  for (let before = 0; before < proven.length; ) {
    before = proven.length
    for (const { older, newer } of steps) {
      if (isProven(older) && !isProven(newer)) proven.push(newer)
      // What stands in the log stands in every earlier state of it that is long enough.
      if (isProven(newer) && !isProven(older) && inclusion.index < older.size) proven.push(older)
    }
  }
  // A list and a checkpoint may name the same one.
  const heads = vouched.filter((head, i) => isProven(head) && vouched.findIndex((each) => sameHead(each, head)) === i)
  const missed = checkpoints.find((each) => !heads.some((head) => sameHead(head, each)))
  if (missed) {
    throw bad(
      `the proof is of the log at ${inclusion.checkpoint.size} events, and nothing joins that to the checkpoint at ${missed.size}`,
      'add what the vendor writes with `lic ledger prove --from CHECKPOINT` as another --proof',
    )
  }
  if (heads.length === 0) throw bad('nobody vouches for the head that the proof leads to: its checkpoint is not signed')
  return heads
}

export interface Proofs {
  readonly trust: Trust
  /** Texts: one of inclusion, and those of growth that join it to a head that is known. */
  readonly proofs: readonly string[]
  /** Texts, too. */
  readonly checkpoints?: readonly string[] | undefined
  /** What verified lists say of keys: their entries name heads. */
  readonly compromised: readonly Compromise[]
}

/**
 * The heads in which a license is proven to stand, for `provenIn` of `verify` and `stands`.
 * @param license the tagged object, as in a `.lic` file
 * @throws LicError as `provenIn`, and LICENSE_INVALID for what is no object
 */
export const provenHeads = (
  license: Uint8Array,
  { trust, proofs, checkpoints = [], compromised }: Proofs,
): readonly TreeHead[] =>
  provenIn({
    trust,
    object: objectHash(open(license)),
    proofs: proofs.map((text) => readProof(noteText(text))),
    checkpoints: checkpoints.map((text) => readCheckpoint(noteText(text))),
    known: compromised.map(([, , size, root]) => ({ size, root })),
  })

/** Whether text is a proof of inclusion, by its first line. */
export const isProof = (text: string): boolean => text.trimStart().startsWith(HEADER)

/** A proof or checkpoint as it was written, where e-mail or an editor has ended its lines otherwise. No line is changed. */
export const noteText = (given: string): string => {
  const text = given
    .replace(/^\ufeff/, '')
    .replaceAll(/[ \t\r]*\n/g, '\n')
    .trim()
  // A head that nobody signed ends in its empty line.
  return /\n\n\u2014 /.test(text) ? `${text}\n` : `${text}\n\n`
}

const vouchedHeads = (
  trust: Trust,
  proofs: readonly LogProof[],
  checkpoints: readonly Checkpoint[],
  known: readonly TreeHead[],
): readonly TreeHead[] => {
  const signed = proofs.map(({ checkpoint }) => checkpoint).filter(({ signatures }) => signatures.length > 0)
  return [...known, ...[...checkpoints, ...signed].map((each) => verifyCheckpoint(each, trust))]
}

const checkInclusion = ({ event, index, path, checkpoint }: InclusionProof, object: Uint8Array): void => {
  const recorded = objectOf(event)
  if (recorded === null || !equal(recorded, object)) throw bad('the proof is of another license, or another revision')
  if (!includes(checkpoint, index, leafHash(event), path)) {
    throw bad('the proof does not lead from its event to the root of its checkpoint')
  }
}

interface Step {
  readonly older: TreeHead
  readonly newer: TreeHead
}

/** From every head of the old size that holds to the new one. @throws LicError PROOF_INVALID when none does */
const stepsOf = ({ old, path, checkpoint }: ConsistencyProof, heads: readonly TreeHead[]): readonly Step[] => {
  const known = heads.filter(({ size }) => size === old)
  if (known.length === 0) throw bad(`a proof begins at ${old} events, and no checkpoint of that size is at hand`)
  const older = known.filter((head) => extendsHead(head, checkpoint, path))
  if (older.length === 0) throw bad(`the log at ${checkpoint.size} events does not begin with the one at ${old}`)
  return older.map((head) => ({ older: head, newer: checkpoint }))
}
