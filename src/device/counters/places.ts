/** Where counters lie: in the state of the device, `usage` in each of its two directories, or in a directory that was named. */

import { basename, dirname, join } from 'node:path'
import { makeDirectory, type Rights } from '../state/directory.ts'
import type { Places } from '../state/store.ts'

export interface CounterPlaces {
  readonly dir: string
  /** The second copy. */
  readonly mirror: string
  /** Lie in the directories of a state, which are as private as they are. */
  readonly inState: boolean
}

/** @param named absolute; absent = in the state */
export const counterPlaces = ({ dir, mirror }: Places, named?: string): CounterPlaces =>
  named === undefined
    ? { dir: join(dir, 'usage'), mirror: join(mirror, 'usage'), inState: true }
    : { dir: named, mirror: join(dirname(named), `.${basename(named)}.mirror`), inState: false }

/** @throws LicError STATE_EXPOSED, UNREADABLE, UNWRITABLE, DISK_FULL */
export const makePlace = ({ inState }: CounterPlaces, path: string, rights: Rights): void => {
  if (inState) makeDirectory(dirname(path), rights)
  makeDirectory(path, rights)
}
