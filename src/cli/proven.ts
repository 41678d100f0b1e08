/** What the proofs that were given to `lic verify` show. */

import type { Trust } from '../core/chain.ts'
import { readCheckpoint } from '../core/checkpoint.ts'
import { objectHash, type Signed } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { provenIn, readProof } from '../core/log-proof.ts'
import type { TreeHead } from '../core/merkle.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { Context } from './context.ts'
import { readNote } from './note-input.ts'

interface Given {
  readonly proof: readonly string[]
  readonly checkpoint: readonly string[]
}

/** The heads of the vendor's log in which the license is proven to stand. @throws LicError PROOF_INVALID, USAGE */
export const provenHeads = async (
  context: Context,
  { proof, checkpoint }: Given,
  signed: Signed,
  trust: Trust,
  lists: readonly RevocationList[],
): Promise<readonly TreeHead[]> => {
  if (proof.length === 0) {
    throw new LicError('USAGE', 'a checkpoint alone says nothing of a license', { hint: 'add --proof FILE' })
  }
  const read = (files: readonly string[]) => Promise.all(files.map((file) => readNote(context, file)))
  return provenIn({
    trust,
    object: objectHash(signed),
    proofs: (await read(proof)).map(readProof),
    checkpoints: (await read(checkpoint)).map(readCheckpoint),
    known: lists.flatMap(({ compromised }) => compromised.map(([, , size, root]) => ({ size, root }))),
  })
}
