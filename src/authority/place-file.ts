/**
 * A file that was made beside its place is put there: whole, under its name, and still there after a power cut. Invariant: what
 * has the name is never half a file, and never replaces another unless that was said.
 */

import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync } from 'node:fs'
import { platform } from 'node:os'
import { dirname } from 'node:path'

/** @throws Error EEXIST when a file of that name is there, unless `force`; and as the file system does */
export const placeFile = (made: string, file: string, force: boolean): void => {
  if (force) renameSync(made, file)
  else {
    try {
      linkSync(made, file)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error
      if (existsSync(file)) throw Object.assign(new Error('exists'), { code: 'EEXIST' })
      renameSync(made, file)
    }
  }
  if (platform() === 'win32') return
  const directory = openSync(dirname(file), 'r')
  try {
    fsyncSync(directory)
  } catch {
    // Some file systems sync no directory: then the name is as safe as they make it.
  } finally {
    closeSync(directory)
  }
}
