/**
 * Files that are named by the generation of the chain that they were made for and by the hash of what is in them:
 * `users/0000000007.3f2a...`. They are never changed, so whoever knows the name knows whether the file is whole, and a second
 * copy is as good as the first.
 *
 * What is cleared away needs neither lock nor clock. A value of the chain refers to files of the value before it and to files
 * that were made for its own generation; so a file that none of the values that are kept refers to, and that was made for a
 * generation that is there already, is referred to by no later one either: whoever made it came second, or was killed.
 */

import { opendir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { equal, toHex } from '../../core/bytes.ts'
import { hashOf } from '../../core/hash.ts'
import { isThere, makeDirectory } from '../state/directory.ts'
import { asideOf, codeOf, failed, putAtOnce, putOver, readWhole, type Writing } from './files.ts'
import { type CounterPlaces, makePlace } from './places.ts'

export interface Ref {
  readonly generation: number
  /** 32 bytes. */
  readonly hash: Uint8Array
}

/** Thrown where a part of a value is not to be had whole: whoever keeps the values goes on with another one. */
export class Torn extends Error {}

export interface Blobs {
  readonly nameOf: (ref: Ref) => string
  /** @throws LicError UNWRITABLE, DISK_FULL */
  write(generation: number, content: Uint8Array): Promise<Ref>
  /** From the first copy that is whole. @throws Torn, LicError UNREADABLE */
  read(ref: Ref): Promise<Uint8Array>
  /** A directory has it afterwards. `content` is asked for where it does not, or has one that was found damaged. */
  ensure(dir: string, ref: Ref, generation: number, content: () => Promise<Uint8Array>): Promise<void>
  /** Takes away all but what is alive, of generations up to the newest. */
  sweep(dir: string, alive: ReadonlySet<string>, newest: number): Promise<void>
}

export interface BlobsOptions extends Writing {
  readonly places: CounterPlaces
  /** Of the directory in those places. */
  readonly name: string
  /** Bytes of one of them. */
  readonly most: number
}

const NAME = /^(?:(\d{10})\.[0-9a-f]{64}|\.new\.blob\.(\d{10})\.[0-9a-f]{12})$/

const hashed = (content: Uint8Array): Uint8Array => hashOf('lic-counts-blob-1', content)
const nameOf = ({ generation, hash }: Ref): string => `${String(generation).padStart(10, '0')}.${toHex(hash)}`

export const openBlobs = ({ places, name, most, ...writing }: BlobsOptions): Blobs => {
  const within = (dir: string): string => join(dir, name)
  const checked = new Set<string>()
  /** Paths of copies that were found not to be whole. */
  const damaged = new Set<string>()
  /** Whether others may look into it is looked at once. */
  const check = (dir: string): void => {
    if (checked.has(dir) || !isThere(within(dir), writing.rights)) return
    checked.add(dir)
  }
  const make = (dir: string): void => {
    makePlace(places, dirname(within(dir)), writing.rights)
    makeDirectory(within(dir), writing.rights)
    checked.add(dir)
  }
  /** In a directory that is made where it is not there. */
  const inDirectory = async (dir: string, work: () => Promise<void>): Promise<void> => {
    try {
      if (!checked.has(dir)) make(dir)
      await work().catch((cause) => {
        if (codeOf(cause) !== 'ENOENT') throw cause
        make(dir)
        return work()
      })
    } catch (cause) {
      throw failed('UNWRITABLE', 'write', within(dir), cause)
    }
  }
  const replace = (dir: string, ref: Ref, generation: number, bytes: Uint8Array): Promise<void> => {
    const put = { aside: asideOf('blob', generation), bytes, flush: dir === places.mirror }
    return putOver(within(dir), nameOf(ref), put, writing)
  }
  return {
    nameOf,
    write: async (generation, content) => {
      const ref = { generation, hash: hashed(content) }
      await inDirectory(places.dir, async () => {
        // Nobody reads it before this is done. Where another writer comes to the same, its file may be half of it, for good.
        if (await putAtOnce(within(places.dir), nameOf(ref), content, writing)) return
        await replace(places.dir, ref, generation, content)
      })
      return ref
    },
    read: async (ref) => {
      for (const dir of [places.dir, places.mirror]) {
        check(dir)
        const path = join(within(dir), nameOf(ref))
        const bytes = await readWhole(path, most)
        if (bytes && equal(hashed(bytes), ref.hash)) return bytes
        if (bytes) damaged.add(path)
      }
      throw new Torn(nameOf(ref))
    },
    ensure: async (dir, ref, generation, content) => {
      const path = join(within(dir), nameOf(ref))
      try {
        if (!damaged.has(path) && (await stat(path)).isFile()) return
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT') throw failed('UNREADABLE', 'read', within(dir), cause)
      }
      const bytes = await content()
      await inDirectory(dir, () => replace(dir, ref, generation, bytes))
      damaged.delete(path)
    },
    sweep: async (dir, alive, newest) => {
      try {
        for await (const { name: each } of await opendir(within(dir))) {
          const [, made, aside] = NAME.exec(each) ?? []
          const generation = Number(made ?? aside ?? Number.POSITIVE_INFINITY)
          if (generation <= newest && !alive.has(each)) await rm(join(within(dir), each), { force: true })
        }
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT') throw failed('UNREADABLE', 'read', within(dir), cause)
      }
    },
  }
}
