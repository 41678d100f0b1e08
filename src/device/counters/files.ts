/**
 * Files that several processes write and read at once: each is there as a whole or not at all, and no error is without a code.
 * They are opened as numbers: handles, which are objects that only a full collection of garbage frees, keep the thread of the
 * product waiting for some milliseconds where there are thousands of them.
 */

import { close, constants, fstat, open, read, writeFile } from 'node:fs'
import { access, link, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { Rights } from '../state/directory.ts'

export interface Writing {
  readonly rights: Rights
  readonly random: (length: number) => Uint8Array
}

/** Of an error of the system, or of lic. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** What to throw for an error of the system; any other is itself. */
export const failed = (code: 'UNREADABLE' | 'UNWRITABLE', verb: string, path: string, cause: unknown): unknown => {
  const system = codeOf(cause)
  if (cause instanceof LicError || system === '') return cause
  return new LicError(FULL.has(system) ? 'DISK_FULL' : code, `cannot ${verb} ${path}: ${system}`, {
    cause,
    data: { path },
  })
}

const file = {
  open: promisify(open),
  stat: promisify(fstat),
  read: promisify(read),
  close: promisify(close),
  write: promisify(writeFile),
}

/** Nothing where there is no such file; no bytes at all of one that is larger than `most`. @throws LicError UNREADABLE */
export const readWhole = async (path: string, most: number): Promise<Uint8Array | undefined> => {
  try {
    const opened = await file.open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const { size } = await file.stat(opened)
      const bytes = new Uint8Array(size > most ? 0 : size)
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await file.read(opened, bytes, at, bytes.length - at, at)
        if (bytesRead === 0) return bytes.subarray(0, at)
        at += bytesRead
      }
      return bytes
    } finally {
      await file.close(opened)
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw failed('UNREADABLE', 'read', path, cause)
  }
}

/**
 * The first part of the names of files that are being written, with the generation that they are written for: what a killed
 * process left behind is known by its number, whatever the clock says.
 */
export const asideOf = (name: string, generation: number): string =>
  `.new.${name}.${String(generation).padStart(10, '0')}.`

interface Put {
  /** As `asideOf` has it. */
  readonly aside: string
  readonly bytes: Uint8Array
  /** Waits for the disk. */
  readonly flush: boolean
}

const writeAside = async (dir: string, { aside, bytes, flush }: Put, { rights, random }: Writing): Promise<string> => {
  const path = join(dir, aside + toHex(random(6)))
  await file.write(path, bytes, { flag: 'wx', mode: rights.shared ? 0o640 : 0o600, flush })
  return path
}

/** A file of that name, which is there as a whole when this is done, and not before: false where there is one already. */
export const putAtOnce = async (
  dir: string,
  name: string,
  bytes: Uint8Array,
  { rights }: Writing,
): Promise<boolean> => {
  try {
    await file.write(join(dir, name), bytes, { flag: 'wx', mode: rights.shared ? 0o640 : 0o600 })
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw cause
  }
}

/** A file of that name, once: false where there is one already. */
export const putNew = async (dir: string, name: string, put: Put, writing: Writing): Promise<boolean> => {
  const aside = await writeAside(dir, put, writing)
  try {
    return await published(aside, join(dir, name))
  } finally {
    await unlink(aside).catch(() => undefined)
  }
}

/** A file of that name, in the place of any other. */
export const putOver = async (dir: string, name: string, put: Put, writing: Writing): Promise<void> => {
  const aside = await writeAside(dir, put, writing)
  await rename(aside, join(dir, name))
}

const LINKLESS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** A link fails where the name is taken. Where there are no links, a file that may not exist is made of the content. */
const published = async (aside: string, name: string): Promise<boolean> => {
  try {
    await link(aside, name)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    if (!LINKLESS.has(codeOf(cause))) throw cause
    const taken = await access(name).then(
      () => true,
      () => false,
    )
    if (!taken) await rename(aside, name)
    return !taken
  }
}
