/**
 * A trial that was made before and lies in the file that it would be written to: then it is that one. Nothing else remembers
 * what a delegated key has signed. Invariant: what is taken for it was signed by the same key.
 */

import { createReadStream } from 'node:fs'
import type { DelegatedKey } from '../authority/delegated-key.ts'
import { type HandedLicense, handOver } from '../authority/hand-over.ts'
import { equal } from '../core/bytes.ts'
import { OBJECT_LIMITS } from '../core/cbor.ts'
import { LicError } from '../core/errors.ts'
import { authenticate } from '../core/verify.ts'
import type { Context } from './context.ts'

/** The license in the file, when it has the id of this one; undefined for anything else, and for no file. */
export const earlierTrial = async (
  { path }: Pick<Context, 'path'>,
  file: string | undefined,
  { issuer, kid }: DelegatedKey,
  { license }: HandedLicense,
): Promise<HandedLicense | undefined> => {
  if (file === undefined || file === '-') return undefined
  const bytes = await beginningOf(path(file))
  if (bytes === undefined) return undefined
  try {
    const before = authenticate(bytes, { roots: issuer.keys.slice(-1) })
    return equal(before.license.cti, license.cti) && equal(before.issuer.key.kid, kid) ? handOver(bytes) : undefined
  } catch (error) {
    if (error instanceof LicError) return undefined
    throw error
  }
}

/** No more than a license can be; undefined for what cannot be read. */
const beginningOf = async (path: string): Promise<Uint8Array | undefined> => {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of createReadStream(path, { end: OBJECT_LIMITS.bytes })) chunks.push(chunk)
  } catch {
    return undefined
  }
  return new Uint8Array(Buffer.concat(chunks))
}
