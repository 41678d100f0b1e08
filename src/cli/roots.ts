/** Root public keys that a person names: a PEM file. Apart from the commands, since customers and vendors name them alike. */

import { closeSync, openSync, readSync } from 'node:fs'
import { LicError } from '../core/errors.ts'
import { type PublicKey, publicKeysFromPem } from '../core/keys.ts'
import type { Context } from './context.ts'

/** Root public keys from a PEM file. @throws LicError UNREADABLE; INVALID_INPUT naming what the file is instead */
export const rootsFrom = async (context: Pick<Context, 'path'>, file: string): Promise<readonly PublicKey[]> => {
  const text = textOf(context, file)
  try {
    return publicKeysFromPem(text)
  } catch (cause) {
    if (!(cause instanceof LicError)) throw cause
    const { foreignFile } = await import('../core/foreign-file.ts')
    const foreign = text.includes('-----BEGIN PUBLIC KEY-----') ? undefined : foreignFile(text)
    const what = foreign === undefined ? '' : `; it holds ${foreign.what}`
    throw new LicError(cause.code, `${file}: ${cause.message}${what}`, {
      hint: cause.hint ?? 'the vendor writes it with: lic trust export --out root.pub',
      ...(cause.data && { data: cause.data }),
      cause,
    })
  }
}

const textOf = (context: Pick<Context, 'path'>, file: string): string => {
  try {
    return beginningOf(context.path(file))
  } catch (cause) {
    throw new LicError('UNREADABLE', `cannot read the root public keys from ${file}`, { cause })
  }
}

/** Far above any number of roots; whoever names /dev/zero gets an answer. */
const ROOT_BYTES = 65_536

const beginningOf = (path: string): string => {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(ROOT_BYTES)
    let length = 0
    for (let got = -1; got !== 0 && length < ROOT_BYTES; length += got) {
      got = readSync(file, bytes, length, ROOT_BYTES - length, null)
    }
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}
