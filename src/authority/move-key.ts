/** A key file leaves this machine: copied to another medium, compared there, and only then gone here. */

import { existsSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { LicError } from '../core/errors.ts'
import { type Copied, copyKeyFile, removeKeyFile } from './vault.ts'

/**
 * Where the file would lie.
 * @throws LicError USAGE for a directory within the home, NOT_FOUND, FILE_EXISTS
 */
export const placeForKey = (home: string, file: string, directory: string): string => {
  const within = relative(home, directory)
  if (within === '' || (!within.startsWith('..') && within !== directory)) {
    throw new LicError('USAGE', `${directory} lies within the home that the key is to leave`, {
      hint: 'name a directory on another medium: --root-to /media/usb',
    })
  }
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new LicError('NOT_FOUND', `there is no directory ${directory}`, {
      hint: 'plug the medium in, and name a directory on it',
    })
  }
  const place = join(directory, basename(file))
  if (!existsSync(place)) return place
  throw new LicError('FILE_EXISTS', `${place}: exists, and a key is never overwritten`, {
    hint: 'name another directory',
  })
}

/** Whether both lie on one file system, so that the key has hardly left. */
export const sameMedium = (home: string, directory: string): boolean => statSync(home).dev === statSync(directory).dev

/** @throws LicError as the vault does; then the key is still here */
export const moveKey = (from: string, to: string): Copied => {
  const copied = copyKeyFile(from, to)
  removeKeyFile(from)
  if (existsSync(from)) throw new LicError('UNWRITABLE', `${from}: the key file is still there`)
  return copied
}
