/**
 * A directory and those above it, private to their owner. Node's own recursive mkdir asks for ever where a parent is there
 * and takes nothing, such as /proc: here each name is tried once.
 */

import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { LicError } from '../core/errors.ts'

/** @throws LicError DISK_FULL, UNWRITABLE */
export const makeDirectory = (path: string): void => {
  try {
    make(path)
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** What keeps something from being made in a directory. */
export const unwritable = (directory: string, cause: unknown): LicError => {
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new LicError('DISK_FULL', `no room is left in ${directory}`, { cause })
  return new LicError('UNWRITABLE', `cannot write in the directory ${directory}`, {
    hint: 'use another one: --home DIR',
    cause,
  })
}

const make = (path: string): void => {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    make(dirname(path))
    mkdirSync(path, { mode: 0o700 })
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
