/**
 * One file a row, in one directory. Invariants: a name from a row never leads out of the directory; a file appears whole
 * or not at all; one that exists is left alone, and is an error only when it holds something else; what a command that
 * was killed has left of a file goes when the file is written again.
 */

import { lstat, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { utf8 } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { leftovers, sweep, writeFiles } from '../output.ts'

/** @returns the path of the file as it was written. @throws LicError FILE_EXISTS, UNWRITABLE, DISK_FULL */
export type WriteInto = (name: string, content: Uint8Array, force: boolean) => Promise<string>

/** Makes the directory when it is not there; in a dry run it only looks. @throws LicError UNWRITABLE */
export const openDirectory = async (context: Context, directory: string): Promise<WriteInto> => {
  const { path } = context
  await checkDirectory(context, directory)
  // Only what is there now: whoever else writes meanwhile keeps their temporaries.
  const left = await leftovers(path(directory)).catch(() => new Map<string, string[]>())
  return async (name, content, force) => {
    const file = join(directory, name)
    if (left.size > 0) await sweep(left, name)
    await writeFiles(context, [{ path: file, content }], force)
    return file
  }
}

const checkDirectory = async ({ path, dryRun }: Context, directory: string): Promise<void> => {
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
