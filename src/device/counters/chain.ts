/**
 * A value that several processes change: generations of it in one directory, `counts.0000000007`, each a whole file that was
 * linked to its name, which succeeds for one writer alone. So there is no lock that a killed process could leave behind. A
 * second copy, flushed to the disk at most once a second, lies in another directory. What becomes of it when it is touched:
 *
 *   a process is killed at any moment        its change is there as a whole, or not at all; nothing that was acknowledged is lost
 *   the power fails                          as above, but for the last second
 *   the newest file edited or damaged        the generation before it, or the second copy, whichever is newer
 *   every file edited or damaged             STATE_DAMAGED; nothing is guessed
 *   both directories deleted                 as on a new machine: counting begins anew
 *
 * Unlike the state of a device it is changed often, so nothing here waits for the disk on the thread of the product.
 * Invariant: `update` hands its value out only when the change is part of the newest generation.
 */

import { constants } from 'node:fs'
import { link, open, readdir, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { equal, toHex } from '../../core/bytes.ts'
import { type Cbor, decode, encode } from '../../core/cbor.ts'
import { LicError } from '../../core/errors.ts'
import { hashOf } from '../../core/hash.ts'
import { STATE_LIMITS } from '../state/content.ts'
import { isThere, type Rights } from '../state/directory.ts'
import { type CounterPlaces, makePlace } from './places.ts'

export interface ChainOptions<T> {
  readonly places: CounterPlaces
  readonly rights: Rights
  readonly random: (length: number) => Uint8Array
  /** First part of the names of its files. */
  readonly name: string
  readonly empty: T
  readonly write: (value: T) => Uint8Array
  readonly read: (content: Uint8Array) => T
}

export interface Chain<T> {
  /** The newest whole value. @throws LicError STATE_DAMAGED, STATE_EXPOSED, UNREADABLE, UNSUPPORTED_CLAIM */
  read(): Promise<T>
  /**
   * Writes what `change` makes of the newest value; nothing when it gives the same one back.
   * @param isIn whether a newer value holds that change: asked when others wrote while it was not known whether it came through
   * @throws LicError as `read`, UNWRITABLE, DISK_FULL, STATE_BUSY
   */
  update<V>(change: (value: T) => { readonly value: T; readonly answer: V }, isIn: (value: T) => boolean): Promise<V>
  /** Makes the second copy whole. */
  settle(): Promise<void>
}

/** Generations that are kept, for readers that have just listed them. */
const KEPT = 16
/** Writers that meet: each round one of them gets through. */
const ROUNDS = 2_000
/** Bytes of a value, so that it can be read again with its seal. */
const MOST = STATE_LIMITS.bytes - 1_024
/** Milliseconds between two flushes of the second copy. */
const FLUSH = 1_000

/** No number that lic gives; a file of such a name was made by hand. */
const LAST = 9_999_999_000

interface Known<T> {
  readonly generation: number
  readonly value: T
}
interface Looked<T> {
  readonly found: Known<T> | undefined
  /** The highest number that any file has, whole or not. */
  readonly highest: number
  /** Files above what was found are no whole values. */
  readonly damaged: boolean
}

const busy = (): LicError => new LicError('STATE_BUSY', 'other processes keep counting')
const damagedIn = ({ dir, mirror }: CounterPlaces): LicError =>
  new LicError('STATE_DAMAGED', `no whole copy of what was counted is left in ${dir}`, {
    hint: 'ask the vendor how to go on; until then nothing that is limited is granted',
    data: { dirs: [dir, mirror] },
  })

export const openChain = <T>(options: ChainOptions<T>): Chain<T> => {
  const { places, rights, random, name, empty } = options
  const pattern = new RegExp(`^${name}\\.(\\d{10})$`)
  const nameOf = (generation: number): string => `${name}.${String(generation).padStart(10, '0')}`
  let known: Known<T> = { generation: 0, value: empty }
  /** Who may look into the directory was looked at. */
  let checked = false
  let flushed = { generation: 0, at: Number.NEGATIVE_INFINITY }
  let flushing: Promise<void> | undefined

  /** Newest first; none where there is no directory. */
  const listed = async (dir: string): Promise<readonly number[]> => {
    try {
      const names = await readdir(dir)
      return names
        .flatMap((each) => pattern.exec(each)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => b - a)
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return []
      throw failed('UNREADABLE', 'read', dir, cause)
    }
  }
  const opened = async (dir: string, generation: number): Promise<Known<T> | 'gone' | 'damaged'> => {
    const bytes = await readWhole(join(dir, nameOf(generation)))
    const content = bytes && unsealed(name, generation, bytes)
    if (bytes === undefined) return 'gone'
    return content === undefined ? 'damaged' : readAs(options, generation, content)
  }
  const newestIn = async (dir: string): Promise<Looked<T>> => {
    for (let round = 0; round < ROUNDS; round++) {
      const numbers = await listed(dir)
      const highest = numbers[0] ?? 0
      if (highest > 0 && highest === known.generation) return { found: known, highest, damaged: false }
      const all = await firstWhole(dir, numbers)
      // What was listed has been replaced meanwhile.
      if (all !== 'gone') return { ...all, highest }
    }
    throw busy()
  }
  const firstWhole = async (dir: string, numbers: readonly number[]): Promise<Omit<Looked<T>, 'highest'> | 'gone'> => {
    let damaged = false
    for (const number of numbers) {
      const found = await opened(dir, number)
      if (found === 'gone') return 'gone'
      if (found !== 'damaged') return { found, damaged }
      damaged = true
    }
    return { found: undefined, damaged }
  }
  /** Of both directories and of what this process knows: it does not go back behind that. */
  const newest = async (): Promise<Known<T> & { readonly highest: number }> => {
    const first = await newestIn(places.dir)
    if (first.found && !first.damaged && first.found.generation >= known.generation) {
      known = first.found
      return { ...known, highest: first.highest }
    }
    const second = await newestIn(places.mirror)
    if (known.generation === 0 && !first.found && !second.found && (first.damaged || second.damaged)) {
      throw damagedIn(places)
    }
    const best = [first.found, second.found].reduce<Known<T>>(
      (a, b) => (b && b.generation > a.generation ? b : a),
      known,
    )
    const highest = Math.max(first.highest, second.highest, best.generation)
    if (highest >= LAST) throw damagedIn(places)
    return { ...best, highest }
  }
  const put = async (dir: string, generation: number, bytes: Uint8Array, flush: boolean): Promise<boolean> => {
    const aside = join(dir, `.new.${name}.${toHex(random(6))}`)
    const file = await open(aside, 'wx', rights.shared ? 0o640 : 0o600)
    try {
      await file.writeFile(bytes)
      if (flush) await file.sync()
    } finally {
      await file.close()
    }
    try {
      return await published(aside, join(dir, nameOf(generation)))
    } finally {
      await unlink(aside).catch(() => undefined)
    }
  }
  const prune = async (dir: string, below: number): Promise<void> => {
    const old = (await listed(dir)).filter((number) => number < below)
    // The oldest first: who finds one gone knows that there are newer ones.
    for (const number of old.reverse()) await rm(join(dir, nameOf(number)), { force: true })
  }
  /** The second copy is for bad days: where it cannot be written, the first one counts. */
  const flush = async (): Promise<void> => {
    const { generation, value } = known
    flushed = { generation, at: performance.now() }
    try {
      makePlace(places, places.mirror, rights)
      await put(places.mirror, generation, sealed(name, generation, options.write(value)), true)
      await prune(places.mirror, generation)
    } catch (cause) {
      if (codeOf(cause) === '' && !(cause instanceof LicError)) throw cause
    }
  }
  const flushInTurn = (): void => {
    if (flushing !== undefined || performance.now() - flushed.at < FLUSH || known.generation === flushed.generation)
      return
    flushing = flush().finally(() => {
      flushing = undefined
    })
  }

  const written = async (generation: number, value: T): Promise<boolean> => {
    const content = options.write(value)
    // What could not be read again is not written.
    if (content.length > MOST) {
      throw new LicError('UNWRITABLE', `what is counted in ${places.dir} has no room for more`, {
        data: { dir: places.dir },
      })
    }
    const bytes = sealed(name, generation, content)
    try {
      if (!checked) makePlace(places, places.dir, rights)
      checked = true
      return await put(places.dir, generation, bytes, false)
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT') throw failed('UNWRITABLE', 'write', places.dir, cause)
      makePlace(places, places.dir, rights)
      return false
    }
  }
  const cleared = async (generation: number): Promise<void> => {
    if (generation > KEPT) await rm(join(places.dir, nameOf(generation - KEPT)), { force: true })
    // What was left behind by numbers that were jumped over.
    if (generation % KEPT === 0) await prune(places.dir, generation - KEPT)
  }

  return {
    read: async () => {
      isThere(places.dir, rights)
      return (await newest()).value
    },
    update: async (change, isIn) => {
      for (let round = 0; round < ROUNDS; round++) {
        const base = await newest()
        const { value, answer } = change(base.value)
        if (value === base.value) return answer
        const generation = base.highest + 1
        if (!(await written(generation, value))) {
          const [wait = 0] = random(1)
          await pause((wait * Math.min(round, 8)) / 256)
          continue
        }
        // A number that was free because it was cleared away is no place: then others are further, without this change.
        const [highest = 0] = await listed(places.dir)
        if (highest === generation) known = { generation, value }
        else if (!isIn((await newest()).value)) continue
        await cleared(generation)
        flushInTurn()
        return answer
      }
      throw busy()
    },
    settle: async () => {
      await flushing
      if (known.generation > flushed.generation) await flush()
    },
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

const failed = (code: 'UNREADABLE' | 'UNWRITABLE', verb: string, path: string, cause: unknown): unknown => {
  const system = codeOf(cause)
  if (cause instanceof LicError || system === '') return cause
  return new LicError(FULL.has(system) ? 'DISK_FULL' : code, `cannot ${verb} ${path}: ${system}`, {
    cause,
    data: { path },
  })
}

const readWhole = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      return new Uint8Array(await file.readFile())
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw failed('UNREADABLE', 'read', path, cause)
  }
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
    const taken = await open(name, 'r').then(
      async (file) => {
        await file.close()
        return true
      },
      () => false,
    )
    if (!taken) await rename(aside, name)
    return !taken
  }
}

/** Against accident and casual editing, as the seal of the state (seal.ts): whoever reads this can make one. */
const sealOf = (name: string, generation: number, content: Uint8Array): Uint8Array =>
  hashOf('lic-counts-seal-1', name, generation, content)

const sealed = (name: string, generation: number, content: Uint8Array): Uint8Array =>
  encode([TAG, generation, content, sealOf(name, generation, content)])

const TAG = 'lic-counts-1'

const unsealed = (name: string, generation: number, bytes: Uint8Array): Uint8Array | undefined => {
  try {
    const value: Cbor = decode(bytes, STATE_LIMITS)
    const [tag, number, content, seal] = Array.isArray(value) ? (value as readonly Cbor[]) : []
    if (tag !== TAG || number !== generation) return undefined
    if (!(content instanceof Uint8Array && seal instanceof Uint8Array)) return undefined
    return equal(seal, sealOf(name, generation, content)) ? content.slice() : undefined
  } catch (error) {
    if (error instanceof LicError) return undefined
    throw error
  }
}

const readAs = <T>({ read }: ChainOptions<T>, generation: number, content: Uint8Array): Known<T> | 'damaged' => {
  try {
    return { generation, value: read(content) }
  } catch (error) {
    if (error instanceof LicError && error.code !== 'UNSUPPORTED_CLAIM') return 'damaged'
    throw error
  }
}
