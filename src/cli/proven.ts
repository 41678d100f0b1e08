/** What the proofs show that were given to `lic verify` and `lic install`. */

import type { Trust } from '../core/chain.ts'
import { LicError } from '../core/errors.ts'
import { provenHeads } from '../core/log-proof.ts'
import type { TreeHead } from '../core/merkle.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { Context } from './context.ts'
import { readNote } from './note-input.ts'

export interface ProofFlags {
  readonly proof: readonly string[]
  readonly checkpoint: readonly string[]
}

/** Their texts. @throws LicError USAGE for a checkpoint alone; UNREADABLE, INVALID_INPUT */
export const readProofs = async (
  context: Context,
  { proof, checkpoint }: ProofFlags,
): Promise<{ readonly proofs: readonly string[]; readonly checkpoints: readonly string[] }> => {
  if (proof.length === 0 && checkpoint.length > 0) {
    throw new LicError('USAGE', 'a checkpoint alone says nothing of a license', { hint: 'add --proof FILE' })
  }
  const read = (files: readonly string[]) => Promise.all(files.map((file) => readNote(context, file)))
  return { proofs: await read(proof), checkpoints: await read(checkpoint) }
}

/** The heads of the vendor's log in which the license is proven to stand. @throws LicError PROOF_INVALID, USAGE */
export const headsShown = async (
  context: Context,
  flags: ProofFlags,
  license: Uint8Array,
  trust: Trust,
  lists: readonly RevocationList[],
): Promise<readonly TreeHead[]> =>
  provenHeads(license, {
    trust,
    ...(await readProofs(context, flags)),
    compromised: lists.flatMap(({ compromised }) => compromised),
  })
