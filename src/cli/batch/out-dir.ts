/**
 * One file a row, in one directory. Invariants: a name from a row never leads out of the directory; a file appears whole
 * or not at all; one that exists is left alone, and is an error only when it holds something else.
 */

import { lstat, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { utf8 } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { writeFiles } from '../output.ts'

/** Makes the directory when it is not there; in a dry run it only looks. @throws LicError UNWRITABLE */
export const checkDirectory = async ({ path, dryRun }: Context, directory: string): Promise<void> => {
  const at = path(directory)
  try {
    const found = await stat(at).catch(() => undefined)
    if (found?.isDirectory()) return
    if (found !== undefined) throw new LicError('UNWRITABLE', `${directory} is no directory`)
    if (!dryRun) await mkdir(at)
  } catch (cause) {
    if (cause instanceof LicError) throw cause
    throw new LicError('UNWRITABLE', `cannot make the directory ${directory}`, { cause })
  }
}

const LONGEST_NAME = 200
/** Names that mean a device or another place somewhere. */
const TAKEN = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** A plain name that ends in .lic. @throws LicError INVALID_INPUT */
export const fileName = (given: string): string => {
  const name = /\.lic$/i.test(given) ? given : `${given}.lic`
  const plain = !/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|]/u.test(name) && !/^[.\s]|\s$/.test(name) && !TAKEN.test(name)
  if (plain && utf8(name).length <= LONGEST_NAME) return name
  throw new LicError('INVALID_INPUT', 'a file is a plain name, without a directory', {
    hint: 'such as acme.lic; --out-dir says where',
  })
}

export const isThere = async ({ path }: Context, directory: string, name: string): Promise<boolean> =>
  (await lstat(path(join(directory, name))).catch(() => undefined)) !== undefined

/** @returns the path as it was written. @throws LicError FILE_EXISTS, UNWRITABLE, DISK_FULL */
export const writeInto = async (
  context: Context,
  directory: string,
  name: string,
  content: Uint8Array,
  force: boolean,
): Promise<string> => {
  const file = join(directory, name)
  await writeFiles(context, [{ path: file, content }], force)
  return file
}
