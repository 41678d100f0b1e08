/**
 * The state of a device in two directories, of which the newest generation wins. What becomes of it when it is touched:
 *
 *   one copy edited, damaged or deleted      the other is used; the next writing makes both whole
 *   every copy edited or damaged             STATE_DAMAGED; nothing is guessed
 *   every copy deleted                       as on a new machine: LICENSE_MISSING; answers to old requests fit nothing
 *   one directory put back from a backup     the other is newer and wins: what was released stays released
 *   both put back, or a copy elsewhere       the record of released anchors beside them still names what was released; where
 *                                            that is gone too, the next revocation list does
 *   copied to another machine                read as it is; what is bound to the machine is DEVICE_MISMATCH, and its pending
 *                                            requests are not shown again; a binding by name holds where the name is the same
 *   written by a newer lic                   UNSUPPORTED_CLAIM
 *
 * Invariant: `update` hands its value out only after the change has been flushed to the first directory, and what it gave up
 * has been recorded beside it; where the power failed between the two, the next update records it.
 */

import { chownSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { releaseAnchor } from '../../core/release.ts'
import { EMPTY, type State } from './content.ts'
import { isThere, makeDirectory, prune, type Rights, readNewest, writeNext } from './directory.ts'
import type { Sealed } from './seal.ts'

export interface Places {
  readonly dir: string
  readonly mirror: string
  /** Names of released anchors, one empty file each. */
  readonly released: string
}

export interface Snapshot {
  readonly state: State
  /** 0 = nothing was ever kept here. */
  readonly generation: number
  /** The machine that the state was begun on; undefined = not begun. */
  readonly home: Uint8Array | undefined
  /** What was found of the two copies. */
  readonly copies: readonly { readonly dir: string; readonly found: 'whole' | 'older' | 'damaged' | 'none' }[]
}

/** Places in which a test lets the power fail. */
export type Step = 'begin' | 'written' | 'mirrored' | 'pruned' | 'recorded'

export interface StoreOptions {
  readonly rights: Rights
  readonly random: (length: number) => Uint8Array
  /** The machine, 11 bytes; asked when the state is begun. */
  readonly home: () => Promise<Uint8Array>
  readonly reached?: ((step: Step) => void) | undefined
}

export interface Changed<T> {
  readonly state: State
  readonly value: T
}

export interface Store {
  /** @throws LicError STATE_EXPOSED, STATE_DAMAGED, UNREADABLE, UNSUPPORTED_CLAIM */
  read(): Snapshot
  /** Writes what `change` makes of the newest state; nothing when it gives the same state back. Throws as `read`, UNWRITABLE, DISK_FULL, STATE_BUSY. */
  update<T>(change: (state: State) => Promise<Changed<T>>): Promise<T>
  /** Whether this anchor (10 bytes) was given up here: a restored state does not undo it. */
  wasReleased(anchor: Uint8Array): boolean
}

/** Writers that meet: each round one of them gets through. */
const ROUNDS = 200

export const openStore = (places: Places, { rights, random, home, reached = () => {} }: StoreOptions): Store => {
  const dirs = [places.dir, places.mirror]
  const look = () =>
    dirs.map((dir) => ({ dir, found: dir === places.dir ? foundIn(dir) : ifForUs(() => foundIn(dir)) }))
  const foundIn = (dir: string) => (isThere(dir, rights) ? readNewest(dir, rights) : undefined)
  const read = (): Snapshot & { readonly highest: number } => {
    const copies = look()
    const newest = copies.reduce<Sealed | undefined>(
      (best, { found }) => (found?.newest && found.newest.generation > (best?.generation ?? -1) ? found.newest : best),
      undefined,
    )
    if (newest === undefined && copies.some(({ found }) => (found?.damaged ?? 0) > 0)) {
      throw new LicError('STATE_DAMAGED', `no whole copy of the state is left in ${places.dir}`, {
        data: { dirs },
      })
    }
    return {
      state: newest?.state ?? EMPTY,
      generation: newest?.generation ?? 0,
      home: newest?.home,
      highest: Math.max(...copies.map(({ found }) => found?.highest ?? 0)),
      copies: copies.map(({ dir, found }) => ({ dir, found: standingOf(found, newest) })),
    }
  }
  const wasReleased = (anchor: Uint8Array): boolean => existsSync(join(places.released, toHex(anchor)))
  const recordReleased = ({ tombstones }: State): void => {
    for (const { cti, secret } of tombstones) {
      const anchor = releaseAnchor(cti, secret)
      if (wasReleased(anchor)) continue
      orLess(() => {
        makeDirectory(places.released, rights)
        if (rights.shared) giveGroup(places.released, statSync(places.dir).gid)
        writeFileSync(join(places.released, toHex(anchor)), '', { mode: rights.shared ? 0o640 : 0o600 })
      })
      reached('recorded')
    }
  }
  return {
    read,
    update: async (change) => {
      for (let round = 0; round < ROUNDS; round++) {
        const { state, home: known, highest } = read()
        const { state: next, value } = await change(state)
        if (next === state) {
          recordReleased(next)
          return value
        }
        reached('begin')
        const sealed = { generation: highest + 1, home: known ?? (await home()), state: next }
        makeDirectory(places.dir, rights)
        if (!writeNext(places.dir, sealed, rights, toHex(random(6)))) continue
        reached('written')
        mirror(places, sealed, rights, toHex(random(6)))
        reached('mirrored')
        for (const dir of dirs) orLess(() => prune(dir, sealed.generation))
        reached('pruned')
        recordReleased(next)
        return value
      }
      throw new LicError('STATE_BUSY', 'other processes keep changing the state')
    },
    wasReleased,
  }
}

const standingOf = (
  found: ReturnType<typeof readNewest> | undefined,
  newest: Sealed | undefined,
): Snapshot['copies'][number]['found'] => {
  if (found?.newest === undefined) return (found?.damaged ?? 0) > 0 ? 'damaged' : 'none'
  return found.newest.generation === newest?.generation ? 'whole' : 'older'
}

/** The second copy is for bad days: where it cannot be written, the first one counts, and `status` tells. */
const mirror = ({ dir, mirror: second }: Places, sealed: Sealed, rights: Rights, unique: string): void =>
  orLess(() => {
    makeDirectory(second, rights)
    if (rights.shared) giveGroup(second, statSync(dir).gid)
    writeNext(second, sealed, rights, unique)
  })

/** Whoever may read the first directory may read what lies beside it. */
const giveGroup = (path: string, gid: number): void => {
  const found = statSync(path)
  if (found.gid !== gid) chownSync(path, found.uid, gid)
}

/** A service may be let into the first directory and not into the second. */
const ifForUs = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch (error) {
    if (error instanceof LicError && error.code === 'UNREADABLE') return undefined
    throw error
  }
}

const orLess = (work: () => void): void => {
  try {
    work()
  } catch (error) {
    // What the file system refuses is told by the next look at the copies.
    const isSystem = error instanceof Error && 'code' in error
    if (!isSystem) throw error
  }
}
