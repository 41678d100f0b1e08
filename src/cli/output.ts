/**
 * Result files. Invariants: a file that exists is not touched without --force; a file appears whole, under its name,
 * with its mode, or not at all; of several files all appear or none. One that holds the same already is left alone.
 */

import { constants } from 'node:fs'
import { access, link, lstat, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { Context } from './context.ts'
import type { ResultFile } from './outcome.ts'

const CODES: Readonly<Record<string, 'UNWRITABLE' | 'DISK_FULL' | 'FILE_EXISTS'>> = {
  EEXIST: 'FILE_EXISTS',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EFBIG: 'DISK_FULL',
}
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'part of the path is not a directory',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EEXIST: 'it exists',
  ENOSPC: 'no room is left',
  EDQUOT: 'the quota is used up',
}

const systemCode = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''

const failure = (path: string, cause: unknown): LicError => {
  if (cause instanceof LicError) return cause
  const code = systemCode(cause)
  const reason = REASONS[code] ?? (code === '' ? String(cause) : code)
  return new LicError(CODES[code] ?? 'UNWRITABLE', `cannot write ${path}: ${reason}`, { cause, data: { path } })
}

/** A pipe or a device is written to as it is: nothing of it can be replaced. */
const isSpecial = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && !found.isFile() && !found.isDirectory()
}

const absent = async (path: string): Promise<boolean> => {
  try {
    await lstat(path)
    return false
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true
    throw error
  }
}

/**
 * Call it before anything is signed: it fails on everything that can be known early.
 * @param paths as given by the user; undefined and `-` are allowed. @throws LicError as writeFiles, USAGE
 */
export const checkOutputs = async (
  context: Pick<Context, 'path' | 'json'>,
  paths: readonly (string | undefined)[],
  force: boolean,
): Promise<void> => {
  const given = paths.flatMap((path) => (path === undefined ? [] : [path]))
  const direct = given.filter((path) => path === '-')
  if (direct.length > 1) throw new LicError('USAGE', 'only one output can go to stdout')
  if (direct.length === 1 && context.json) throw new LicError('USAGE', '--json and an output of - both want stdout')
  const absolute = given.filter((path) => path !== '-').map((path) => context.path(path))
  if (new Set(absolute).size < absolute.length) throw new LicError('USAGE', 'two outputs have the same name')
  for (const path of absolute) await check(path, force)
}

/** Bytes that would be thrown at a terminal, told before anything is signed. @throws LicError USAGE */
export const checkBinary = ({ io }: Pick<Context, 'io'>, path: string | undefined): void => {
  if (path !== '-' || !io.stdout.isTTY) return
  throw new LicError('USAGE', 'binary output is not written to a terminal', { hint: 'name a file, or pipe it on' })
}

const check = async (path: string, force: boolean): Promise<void> => {
  try {
    if (await isSpecial(path)) return
    if (!(await absent(path))) {
      if ((await stat(path).catch(() => undefined))?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
      if (!force) throw Object.assign(new Error(), { code: 'EEXIST' })
    }
    await access(dirname(path), constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw failure(path, cause)
  }
}

/** What the temporary of a file begins with; twelve digits follow. */
const stemOf = (path: string): string => `.${basename(path).slice(0, 100)}.`

/** The temporaries in a directory that a command which was killed has left, by what they begin with. */
export const leftovers = async (directory: string): Promise<ReadonlyMap<string, readonly string[]>> => {
  const left = new Map<string, string[]>()
  for (const name of await readdir(directory)) {
    const stem = /^(\..+\.)[0-9a-f]{12}$/.exec(name)?.[1]
    if (stem !== undefined) left.set(stem, [...(left.get(stem) ?? []), join(directory, name)])
  }
  return left
}

/** Removes what was left of this file. */
export const sweep = async (left: ReadonlyMap<string, readonly string[]>, path: string): Promise<void> => {
  for (const temporary of left.get(stemOf(path)) ?? []) await rm(temporary, { force: true })
}

interface Staged {
  readonly path: string
  readonly temporary: string
}

/** @throws LicError FILE_EXISTS, UNWRITABLE, DISK_FULL; then no file of the call is left. */
export const writeFiles = async (
  context: Pick<Context, 'path' | 'io'>,
  files: readonly ResultFile[],
  force: boolean,
): Promise<void> => {
  const staged: Staged[] = []
  const published: string[] = []
  try {
    for (const file of files) {
      const path = context.path(file.path)
      await guard(path, async () => {
        if (await isSpecial(path)) return writeTo(path, 'w', file)
        // A repeated request writes what is there already.
        if (!force && (await holds(path, file.content))) return
        await check(path, force)
        const temporary = join(dirname(path), `${stemOf(path)}${toHex(context.io.random(6))}`)
        staged.push({ path, temporary })
        await writeTo(temporary, 'wx', file)
      })
    }
    for (const { path, temporary } of staged) {
      await guard(path, () => publish(temporary, path, force))
      if (!force) published.push(path)
    }
  } catch (error) {
    for (const path of published) await rm(path, { force: true })
    throw error
  } finally {
    for (const { temporary } of staged) await rm(temporary, { force: true })
  }
}

/**
 * A file too large to hold, piece by piece: it appears whole under its name, or not at all.
 * @throws LicError FILE_EXISTS, UNWRITABLE, DISK_FULL
 */
export const writePieces = async (
  context: Pick<Context, 'path' | 'io'>,
  { path: given, pieces }: { readonly path: string; readonly pieces: AsyncIterable<string> },
  force: boolean,
): Promise<void> => {
  const path = context.path(given)
  const special = await isSpecial(path)
  const temporary = special ? path : join(dirname(path), `${stemOf(path)}${toHex(context.io.random(6))}`)
  try {
    if (!special) await guard(path, () => check(path, force))
    const handle = await open(temporary, special ? 'w' : 'wx', 0o644).catch((cause: unknown) => {
      throw failure(path, cause)
    })
    try {
      for await (const piece of pieces) await guard(path, () => handle.writeFile(piece))
      if (!special) await guard(path, () => handle.sync())
    } finally {
      await handle.close()
    }
    if (!special) await guard(path, () => publish(temporary, path, force))
  } finally {
    if (!special) await rm(temporary, { force: true })
  }
}

/** Whether a regular file has exactly this content. */
const holds = async (path: string, content: string | Uint8Array): Promise<boolean> => {
  const wanted = Buffer.from(content)
  const found = await lstat(path).catch(() => undefined)
  return found?.isFile() === true && found.size === wanted.length && wanted.equals(await readFile(path))
}

const guard = async (path: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (cause) {
    throw failure(path, cause)
  }
}

const writeTo = async (path: string, flags: 'w' | 'wx', { content, mode = 0o644 }: ResultFile): Promise<void> => {
  const handle = await open(path, flags, mode)
  try {
    await handle.writeFile(content)
    if (flags === 'wx') await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A link fails where the name is taken, a rename does not. File systems without links get the check of a moment ago. */
const publish = async (temporary: string, path: string, force: boolean): Promise<void> => {
  if (force) return rename(temporary, path)
  try {
    await link(temporary, path)
    await unlink(temporary)
  } catch (cause) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(systemCode(cause))) throw cause
    await rename(temporary, path)
  }
}
