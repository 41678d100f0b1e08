/** Proofs of the log as a verifier takes them: what they prove, in which heads, and everything that makes them prove nothing. */

import { sign } from 'node:crypto'
import fc from 'fast-check'
import { zlibSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/core/bytes.ts'
import { encode } from '../../src/core/cbor.ts'
import { checkpointBody, checkpointNote, readCheckpoint } from '../../src/core/checkpoint.ts'
import { objectHash, open } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { importPublicKey, kidOf } from '../../src/core/keys.ts'
import { provenIn, readProof, writeConsistency, writeInclusion } from '../../src/core/log-proof.ts'
import {
  consistencyRanges,
  inclusionRanges,
  leafHash,
  type Range,
  rootOf,
  type TreeHead,
} from '../../src/core/merkle.ts'
import { writeRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { certified, type Key, license, NOW, newKey, numbers, sealed } from '../threats/by-hand.ts'
import { SLOW } from '../threats/process.ts'

const root = newKey()
const issuing = certified(newKey(), {}, root)
const listing = certified(newKey(), { types: numbers('revocationList') }, root)
const audit = certified(newKey(), { types: numbers('checkpoint') }, root)
const roots = [importPublicKey(root.publicKey)]
const bytes = sealed('license', license(), issuing)
const object = objectHash(open(bytes))

/** A log of 40 events, the license at place 23. */
const PLACE = 23
const events = Array.from({ length: 40 }, (_, i) =>
  encode(
    new Map<number, never>([
      [0, 1 as never],
      [2, `event ${i}` as never],
      ...(i === PLACE ? [[16, object as never] as const] : []),
    ]),
  ),
)
const leaves = events.map(leafHash)
const hashOf = ([from, to]: Range): Uint8Array => rootOf(leaves.slice(from, to))
const headAt = (size: number): TreeHead => ({ size, root: hashOf([0, size]) })

const noteBy = (key: Key, head: TreeHead): string => {
  const kid = kidOf(key.publicKey)
  const body = checkpointBody(kid, head)
  const signature = Uint8Array.from(sign(null, utf8(body), key.secret))
  return checkpointNote(body, { kid, bytes: key.publicKey }, signature)
}
const unsigned = (head: TreeHead): string => `${checkpointBody(kidOf(audit.publicKey), head)}\n`

interface How {
  readonly key?: Key
  readonly event?: Uint8Array
  readonly index?: number
  readonly certificates?: readonly Uint8Array[]
  readonly note?: string
}

const inclusion = (size: number, { key = audit, event, index = PLACE, note, ...more }: How = {}): string =>
  writeInclusion(
    {
      index,
      event: event ?? (events[index] as Uint8Array),
      certificates: more.certificates ?? (key.chain ? [key.chain] : []),
      path: inclusionRanges(index, size).map(hashOf),
    },
    note ?? noteBy(key, headAt(size)),
  )
const growth = (old: number, size: number, note = noteBy(audit, headAt(size))): string =>
  writeConsistency({ old, path: consistencyRanges(old, size).map(hashOf) }, note)

const proven = (
  proofs: readonly string[],
  { checkpoints = [], known = [] }: { checkpoints?: readonly string[]; known?: readonly TreeHead[] } = {},
): readonly number[] =>
  provenIn({
    trust: { roots },
    object,
    proofs: proofs.map(readProof),
    checkpoints: checkpoints.map(readCheckpoint),
    known,
  }).map(({ size }) => size)

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}

describe('what is proven', () => {
  it('with the root key alone: the certificate of the audit key travels along', () => {
    for (const size of [24, 25, 32, 33, 40]) expect(proven([inclusion(size)])).toEqual([size])
  })

  it('in each checkpoint that proofs of growth lead to, forward, and back as far as the log held it', () => {
    const [old, mid, late] = [24, 32, 40].map((size) => noteBy(audit, headAt(size))) as [string, string, string]
    expect(proven([inclusion(32), growth(32, 40)], { checkpoints: [late] })).toContain(40)
    expect(proven([inclusion(32), growth(24, 32)], { checkpoints: [old] })).toContain(24)
    const both = proven([inclusion(32), growth(24, 32), growth(32, 40)], { checkpoints: [old, mid, late] })
    expect(new Set(both)).toEqual(new Set([24, 32, 40]))
    // Over a head in between that nobody signed.
    expect(
      proven([inclusion(24), growth(24, 33, unsigned(headAt(33))), growth(33, 40)], { checkpoints: [late] }),
    ).toContain(40)
  })

  it('in a head that nobody signed, where something else names the same', () => {
    const text = inclusion(30, { note: unsigned(headAt(30)), certificates: [] })
    expect(codeOf(() => proven([text]))).toBe('PROOF_INVALID')
    expect(proven([text], { known: [headAt(30)] })).toEqual([30])
    expect(codeOf(() => proven([text], { known: [headAt(31)] }))).toBe('PROOF_INVALID')
    expect(proven([text, growth(30, 36, unsigned(headAt(36)))], { known: [headAt(36)] })).toEqual([36])
  })

  it('nothing, by a checkpoint of before it', () => {
    const before = noteBy(audit, headAt(20))
    expect(codeOf(() => proven([inclusion(32), growth(20, 32)], { checkpoints: [before] }))).toBe('PROOF_INVALID')
  })
})

describe('what proves nothing', () => {
  const fork = { size: 40, root: leafHash(utf8('another history')) }
  const cases: Readonly<Record<string, () => unknown>> = {
    'another event': () => proven([inclusion(40, { index: 5 })]),
    'an event that says nothing of an object': () => proven([inclusion(40, { event: events[4] as Uint8Array })]),
    'the right event at another place': () =>
      proven([inclusion(40, { index: 22, event: events[PLACE] as Uint8Array })]),
    'no proof of inclusion': () => proven([growth(24, 40)]),
    'two of them': () => proven([inclusion(40), inclusion(32)]),
    'a checkpoint that nothing joins': () => proven([inclusion(32)], { checkpoints: [noteBy(audit, headAt(40))] }),
    'a checkpoint of another history': () =>
      proven([inclusion(32), growth(32, 40)], { checkpoints: [noteBy(audit, fork)] }),
    'growth into another history': () => proven([inclusion(32), growth(32, 40, noteBy(audit, fork))]),
    'growth from a head that is not at hand': () => proven([inclusion(32), growth(24, 40)]),
  }
  it.each(Object.entries(cases))('%s', (_, work) => {
    expect(codeOf(work)).toBe('PROOF_INVALID')
  })

  it('under a key that may sign something else, or that nobody certified', () => {
    const stranger = newKey()
    const other = certified(newKey(), { types: numbers('checkpoint') }, stranger)
    expect(codeOf(() => proven([inclusion(40, { key: issuing })]))).toBe('RIGHTS_EXCEEDED')
    expect(codeOf(() => proven([inclusion(40, { key: stranger, certificates: [] })]))).toBe('UNKNOWN_KEY')
    expect(codeOf(() => proven([inclusion(40, { key: other })]))).toBe('UNKNOWN_KEY')
    expect(
      codeOf(() => proven([inclusion(40, { note: noteBy({ ...issuing, publicKey: audit.publicKey }, headAt(40)) })])),
    ).toBe('BAD_SIGNATURE')
  })

  it('any text, cut or changed: a value or a LicError, and never a proof of something else', () => {
    const good = inclusion(40)
    const runs = SLOW ? 100_000 : 2000
    const trials = fc.oneof(
      fc.string(),
      fc.nat(good.length - 1).map((at) => good.slice(0, at)),
      fc
        .tuple(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 3 }))
        .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1)),
    )
    fc.assert(
      fc.property(trials, (text) => {
        if (text === good) return
        const said = codeOf(() => proven([text]))
        // A signature line of somebody else may be added; it is ignored.
        if (said === 'accepted') expect(readProof(text)).toMatchObject({ index: PLACE, event: events[PLACE] })
      }),
      { numRuns: runs },
    )
  })

  it('a note of a megabyte is refused before it is looked into', () => {
    expect(codeOf(() => readCheckpoint('x'.repeat(1_000_000)))).toBe('PROOF_INVALID')
    expect(codeOf(() => readProof(`${inclusion(40)}${'\n'.repeat(1_000_000)}`))).toBe('PROOF_INVALID')
  })
})

describe('under a key that was compromised', () => {
  const listed = (head: TreeHead) =>
    sealed(
      'revocationList',
      writeRevocationList({
        list: 0,
        issuedAt: NOW,
        zlib: zlibSync(new Uint8Array(1), { level: 9 }),
        number: NOW,
        compromised: [[kidOf(issuing.publicKey), NOW - 1, head.size, head.root]],
        anchors: [],
        deadEpochs: [],
      }),
      listing,
    )

  it('a license stands with a proof in the log of the cut-off, and no other', async () => {
    const { readRevocationList } = await import('../../src/core/revocation.ts')
    const judged = (head: TreeHead, heads: readonly TreeHead[]) => {
      const revocations = [readRevocationList(listed(head), { roots, now: NOW })]
      const verdict = verify(bytes, { roots, product: 'editor', now: NOW, revocations, provenIn: heads })
      return verdict.ok ? 'accepted' : verdict.code
    }
    const cut = headAt(30)
    expect(judged(cut, [])).toBe('KEY_COMPROMISED')
    const heads = provenIn({
      trust: { roots },
      object,
      proofs: [inclusion(26), growth(26, 30, unsigned(cut))].map(readProof),
      checkpoints: [],
      known: [cut],
    })
    expect(judged(cut, heads)).toBe('accepted')
    // What was logged after the cut-off is what a thief signed.
    expect(judged(headAt(20), heads)).toBe('KEY_COMPROMISED')
    expect(judged(headAt(31), heads)).toBe('KEY_COMPROMISED')
    expect(judged({ size: 30, root: leafHash(utf8('x')) }, heads)).toBe('KEY_COMPROMISED')
  })
})
