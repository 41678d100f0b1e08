/**
 * A directory that holds generations of the state, one file each: `state.0000000007`. A generation is written aside, flushed
 * and linked to its name, which succeeds for one writer alone: whoever comes second reads again and tries the next. So two
 * processes need no lock, none can be left behind, and a file is whole or not there.
 * Invariant: nothing is read from or written to a directory that is a symbolic link or that others may look into.
 */

import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { LicError } from '../../core/errors.ts'
import { STATE_LIMITS } from './content.ts'
import { type Sealed, seal, unseal } from './seal.ts'

export interface Rights {
  /** Readable by the group of the directory, for a service that runs as somebody else. */
  readonly shared: boolean
  /** The number of this user; undefined where users have none, and rights are not bits. */
  readonly uid: number | undefined
}

const NAME = /^state\.(\d{10})$/
const nameOf = (generation: number): string => `state.${String(generation).padStart(10, '0')}`

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const exposed = (path: string, why: string, hint: string): LicError =>
  new LicError('STATE_EXPOSED', `${path} ${why}`, { hint, data: { path } })

/** @throws LicError STATE_EXPOSED, UNREADABLE */
const check = (path: string, found: Stats, { shared, uid }: Rights): void => {
  if (found.isSymbolicLink()) {
    throw exposed(path, 'is a symbolic link', 'name the directory that it leads to, or remove the link')
  }
  if (!found.isDirectory()) throw new LicError('UNREADABLE', `${path} is not a directory`, { data: { path } })
  if (uid === undefined) return
  if (found.uid !== uid && found.uid !== 0 && !(shared && uid === 0)) {
    throw exposed(path, 'belongs to another user', 'name a directory of your own with --state, or use --system')
  }
  const mode = found.mode & 0o777
  if ((mode & (shared ? 0o027 : 0o077)) === 0) return
  throw exposed(
    path,
    `can be ${(mode & 0o022) !== 0 ? 'written' : 'read'} by others (mode ${mode.toString(8).padStart(4, '0')})`,
    shared ? `chmod 0750 ${path}` : `chmod 0700 ${path}; for a service group use --system`,
  )
}

/** Whether there is one; a wrong one is refused. @throws LicError STATE_EXPOSED, UNREADABLE */
export const isThere = (path: string, rights: Rights): boolean => {
  try {
    check(path, lstatSync(path), rights)
    return true
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return false
    throw unreadable(path, cause)
  }
}

const unreadable = (path: string, cause: unknown): LicError =>
  cause instanceof LicError
    ? cause
    : new LicError('UNREADABLE', `cannot read ${path}: ${codeOf(cause) || String(cause)}`, { cause, data: { path } })

/** Makes it when it is not there. @throws LicError STATE_EXPOSED, UNREADABLE, UNWRITABLE, DISK_FULL */
export const makeDirectory = (path: string, rights: Rights): void => {
  if (isThere(path, rights)) return
  writing(path, () => {
    makeParents(dirname(path))
    try {
      mkdirSync(path, { mode: rights.shared ? 0o750 : 0o700 })
      if (rights.shared) chmodSync(path, 0o750)
    } catch (cause) {
      // Another process was faster.
      if (codeOf(cause) !== 'EEXIST') throw cause
    }
  })
  isThere(path, rights)
}

/** Step by step: Node's own recursive way never ends where a file system has no room for names, such as /proc. */
export const makeParents = (path: string): void => {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  if (dirname(path) !== path) makeParents(dirname(path))
  try {
    mkdirSync(path)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** @throws LicError UNWRITABLE, DISK_FULL */
const writing = <T>(path: string, work: () => T): T => {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof LicError) throw cause
    const code = codeOf(cause)
    if (code === '') throw cause
    throw new LicError(FULL.has(code) ? 'DISK_FULL' : 'UNWRITABLE', `cannot write ${path}: ${code}`, {
      cause,
      data: { path },
    })
  }
}

export interface Found {
  readonly newest: Sealed | undefined
  /** The highest number that any file has, whole or not. */
  readonly highest: number
  /** Files that are no whole state. */
  readonly damaged: number
}

/** The newest whole generation. @throws LicError STATE_EXPOSED, UNREADABLE, UNSUPPORTED_CLAIM */
export const readNewest = (path: string, rights: Rights): Found => {
  for (let round = 0; ; round++) {
    const numbers = generationsIn(path)
    let damaged = 0
    let vanished = false
    for (const number of numbers) {
      const bytes = readFile(join(path, nameOf(number)), rights)
      vanished ||= bytes === undefined
      const sealed = bytes && unseal(bytes)
      if (sealed?.generation === number) return { newest: sealed, highest: numbers[0] ?? 0, damaged }
      if (bytes !== undefined) damaged++
    }
    // Another process has put a newer one in the place of what was listed.
    if (!vanished || round > 100) return { newest: undefined, highest: numbers[0] ?? 0, damaged }
  }
}

/** Newest first. */
const generationsIn = (path: string): readonly number[] => {
  try {
    return readdirSync(path)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

const readFile = (path: string, { shared, uid }: Rights): Uint8Array | undefined => {
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const found = fstatSync(file)
      if (uid !== undefined && (found.mode & (shared ? 0o027 : 0o077)) !== 0) {
        throw exposed(path, 'can be read or written by others', `chmod ${shared ? '0640' : '0600'} ${path}`)
      }
      return found.size > STATE_LIMITS.bytes ? new Uint8Array() : new Uint8Array(readFileSync(file))
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    if (codeOf(cause) === 'ELOOP') throw exposed(path, 'is a symbolic link', `remove it: rm ${path}`)
    throw unreadable(path, cause)
  }
}

/** Puts a generation beside the others. False when another process has written that number. */
export const writeNext = (path: string, sealed: Sealed, rights: Rights, unique: string): boolean =>
  writing(path, () => {
    const aside = join(path, `.new.${unique}`)
    const name = join(path, nameOf(sealed.generation))
    try {
      writeAside(aside, seal(sealed), path, rights)
      return publish(aside, name)
    } finally {
      rmSync(aside, { force: true })
      flushDirectory(path)
    }
  })

const writeAside = (aside: string, bytes: Uint8Array, directory: string, { shared }: Rights): void => {
  const file = openSync(aside, 'wx', shared ? 0o640 : 0o600)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    if (shared) {
      fchmodSync(file, 0o640)
      const { gid } = lstatSync(directory)
      // Whoever is in the group already, or is root, may give it; the directory's own group is the wish.
      if (fstatSync(file).gid !== gid) fchownSync(file, fstatSync(file).uid, gid)
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const LINKLESS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** A link fails where the name is taken. File systems without links get a look and a rename. */
const publish = (aside: string, name: string): boolean => {
  try {
    linkSync(aside, name)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    if (!LINKLESS.has(codeOf(cause))) throw cause
    if (lstatSync(name, { throwIfNoEntry: false }) !== undefined) return false
    renameSync(aside, name)
    return true
  }
}

/** So that the name outlives a power failure. Windows has no such thing. */
const flushDirectory = (path: string): void => {
  try {
    const directory = openSync(path, 'r')
    try {
      fsyncSync(directory)
    } finally {
      closeSync(directory)
    }
  } catch (cause) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes(codeOf(cause))) throw cause
  }
}

/** Takes away what is older than a generation that is kept. */
export const prune = (path: string, kept: number): void => {
  for (const number of generationsIn(path)) if (number < kept) rmSync(join(path, nameOf(number)), { force: true })
}
