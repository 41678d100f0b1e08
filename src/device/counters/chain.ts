/**
 * A value that several processes change: generations of it in one directory, `counts.0000000007`, each a whole file that was
 * linked to its name, which succeeds for one writer alone. So there is no lock that a killed process could leave behind. A
 * second copy, flushed to the disk at most once a second, lies in another directory. What becomes of it when it is touched:
 *
 *   a process is killed at any moment        its change is there as a whole, or not at all; nothing that was acknowledged is lost
 *   the power fails                          as above, but for the last second
 *   the newest file edited or damaged        the generation before it, or the second copy, whichever is newer
 *   a part of a value edited or damaged      the second copy of that part, or as above
 *   every file edited or damaged             STATE_DAMAGED; nothing is guessed
 *   both directories deleted                 as on a new machine: counting begins anew
 *
 * A value that is large consists of parts, files that it refers to (blobs.ts): they are there before it, and in the second copy too.
 *
 * Unlike the state of a device it is changed often, so nothing here waits for the disk on the thread of the product.
 * Invariant: `update` hands its value out only when the change is part of the newest generation.
 */

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { equal } from '../../core/bytes.ts'
import { type Cbor, decode, encode } from '../../core/cbor.ts'
import { LicError } from '../../core/errors.ts'
import { hashOf } from '../../core/hash.ts'
import { STATE_LIMITS } from '../state/content.ts'
import { isThere } from '../state/directory.ts'
import { Torn } from './blobs.ts'
import { asideOf, codeOf, failed, putNew, readWhole, type Writing } from './files.ts'
import { type CounterPlaces, makePlace } from './places.ts'

/** The files that values refer to. Whoever works on a value throws Torn where one of them is not to be had whole. */
export interface Parts<T> {
  /** Puts what these directories lack of a value; what was put once is not looked at again. */
  complete(value: T, generation: number, dirs: readonly string[]): Promise<void>
  /** What lies in the directories is not what it was. */
  forget(): void
  /** Takes away what was made for generations up to the newest and is part of none of these values. */
  sweep(dir: string, values: readonly T[], newest: number): Promise<void>
}

export interface ChainOptions<T> extends Writing {
  readonly places: CounterPlaces
  /** First part of the names of its files. */
  readonly name: string
  readonly empty: T
  readonly write: (value: T) => Uint8Array
  readonly read: (content: Uint8Array) => T
  readonly parts?: Parts<T>
}

interface Changed<T, V> {
  readonly value: T
  readonly answer: V
}

export interface Chain<T> {
  /** The newest whole value. @throws LicError STATE_DAMAGED, STATE_EXPOSED, UNREADABLE, UNSUPPORTED_CLAIM */
  read(): Promise<T>
  /** What is found out about the newest value that is whole as far as that goes. @throws LicError as `read` */
  look<V>(work: (value: T) => Promise<V>): Promise<V>
  /**
   * Writes what `change` makes of the newest value; nothing when it gives the same one back.
   * @param change is told the generation that it is asked for; asked again when another writer was faster
   * @param isIn whether a newer value holds that change: asked when others wrote while it was not known whether it came through
   * @throws LicError as `read`, UNWRITABLE, DISK_FULL, STATE_BUSY
   */
  update<V>(
    change: (value: T, generation: number) => Changed<T, V> | Promise<Changed<T, V>>,
    isIn: (value: T) => boolean,
  ): Promise<V>
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
/** Generations after which parts that are no longer referred to are taken away. */
const SWEEP = 64

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
interface Base<T> extends Known<T> {
  readonly highest: number
  /** Nothing but the memory of this process holds it. */
  readonly isLost: boolean
}

/** Generations of which a part was not to be had. */
type Torns = ReadonlySet<number>
/** Another writer was faster. */
const AGAIN = Symbol('again')

const busy = (): LicError => new LicError('STATE_BUSY', 'other processes keep counting')
const damagedIn = ({ dir, mirror }: CounterPlaces): LicError =>
  new LicError('STATE_DAMAGED', `no whole copy of what was counted is left in ${dir}`, {
    hint: 'ask the vendor how to go on; until then nothing that is limited is granted',
    data: { dirs: [dir, mirror] },
  })

export const openChain = <T>(options: ChainOptions<T>): Chain<T> => {
  const { places, rights, random, name, empty, parts } = options
  const pattern = new RegExp(`^${name}\\.(\\d{10})$`)
  const left = new RegExp(`^\\.new\\.${name}\\.(\\d{10})\\.[0-9a-f]{12}$`)
  const nameOf = (generation: number): string => `${name}.${String(generation).padStart(10, '0')}`
  let known: Known<T> = { generation: 0, value: empty }
  /** Who may look into the directory was looked at. */
  let checked = false
  let flushed = { generation: 0, at: Number.NEGATIVE_INFINITY }
  let flushing: Promise<void> | undefined
  let sweeping: Promise<void> | undefined
  /** Generation of the second copy at which it was last swept. */
  let swept = 0

  const namesIn = async (dir: string): Promise<readonly string[]> => {
    try {
      return await readdir(dir)
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return []
      throw failed('UNREADABLE', 'read', dir, cause)
    }
  }
  /** Newest first; none where there is no directory. */
  const listed = async (dir: string): Promise<readonly number[]> =>
    (await namesIn(dir))
      .flatMap((each) => pattern.exec(each)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a)
  const opened = async (dir: string, generation: number): Promise<Known<T> | 'gone' | 'damaged'> => {
    const bytes = await readWhole(join(dir, nameOf(generation)), STATE_LIMITS.bytes)
    const content = bytes && unsealed(name, generation, bytes)
    if (bytes === undefined) return 'gone'
    return content === undefined ? 'damaged' : readAs(options, generation, content)
  }
  const newestIn = async (dir: string, torn: Torns): Promise<Looked<T>> => {
    for (let round = 0; round < ROUNDS; round++) {
      const numbers = await listed(dir)
      const highest = numbers[0] ?? 0
      if (highest > 0 && highest === known.generation && !torn.has(highest))
        return { found: known, highest, damaged: false }
      const all = await firstWhole(dir, numbers, torn)
      // What was listed has been replaced meanwhile.
      if (all !== 'gone') return { ...all, highest }
    }
    throw busy()
  }
  const firstWhole = async (
    dir: string,
    numbers: readonly number[],
    torn: Torns,
  ): Promise<Omit<Looked<T>, 'highest'> | 'gone'> => {
    let damaged = false
    for (const number of numbers) {
      const found = torn.has(number) ? 'damaged' : await opened(dir, number)
      if (found === 'gone') return 'gone'
      if (found !== 'damaged') return { found, damaged }
      damaged = true
    }
    return { found: undefined, damaged }
  }
  /** Of both directories and of what this process knows: it does not go back behind that. */
  const newest = async (torn: Torns = new Set()): Promise<Base<T>> => {
    const first = await newestIn(places.dir, torn)
    if (first.found && !first.damaged && first.found.generation >= known.generation) {
      known = first.found
      return { ...known, highest: first.highest, isLost: false }
    }
    const second = await newestIn(places.mirror, torn)
    const own = torn.has(known.generation) ? { generation: 0, value: empty } : known
    if (own.generation === 0 && !first.found && !second.found && (first.damaged || second.damaged)) {
      throw damagedIn(places)
    }
    const best = [first.found, second.found].reduce<Known<T>>((a, b) => (b && b.generation > a.generation ? b : a), own)
    const highest = Math.max(first.highest, second.highest, best.generation)
    if (highest >= LAST) throw damagedIn(places)
    const isLost = ![0, first.found?.generation, second.found?.generation].includes(best.generation)
    return { ...best, highest, isLost }
  }
  /**
   * Work on the newest value that is whole as far as the work goes. Where a part is not to be had and there is a newer value by
   * now, the part was cleared away; else that value is damaged, for this work and no other.
   */
  const onWhole = async <V>(work: (base: Base<T>, round: number) => Promise<V | typeof AGAIN>): Promise<V> => {
    const torn = new Set<number>()
    for (let round = 0; round < ROUNDS; round++) {
      const base = await newest(torn)
      try {
        const answer = await work(base, round)
        if (answer !== AGAIN) return answer
      } catch (error) {
        if (!(error instanceof Torn)) throw error
        parts?.forget()
        const [now = 0] = await listed(places.dir)
        if (now <= base.highest) torn.add(base.generation)
      }
    }
    throw busy()
  }
  const put = (dir: string, generation: number, bytes: Uint8Array, flush: boolean): Promise<boolean> =>
    putNew(dir, nameOf(generation), { aside: asideOf(name, generation), bytes, flush }, options)
  const prune = async (dir: string, below: number): Promise<void> => {
    const names = await namesIn(dir)
    const numbered = (like: RegExp) =>
      names.flatMap((each): [string, number][] => {
        const number = Number(like.exec(each)?.[1] ?? below)
        return number < below ? [[each, number]] : []
      })
    // The oldest first: who finds one gone knows that there are newer ones.
    const old = numbered(pattern).sort(([, a], [, b]) => a - b)
    for (const [each] of [...old, ...numbered(left)]) await rm(join(dir, each), { force: true })
  }
  /** What is part of no value that is kept. */
  const sweep = async (dir: string): Promise<void> => {
    const found: Known<T>[] = []
    for (const number of await listed(dir)) {
      const each = await opened(dir, number)
      if (each !== 'gone' && each !== 'damaged') found.push(each)
    }
    const values = found.map(({ value }) => value)
    if (found[0]) await parts?.sweep(dir, values, found[0].generation)
  }
  /** The second copy is for bad days: where it cannot be written, the first one counts. */
  const flush = async (): Promise<void> => {
    const { generation, value } = known
    flushed = { generation, at: performance.now() }
    await withoutHaste(async () => {
      makePlace(places, places.mirror, rights)
      if ((await listed(places.mirror)).includes(generation)) return
      await parts?.complete(value, generation, [places.dir, places.mirror])
      await put(places.mirror, generation, sealed(name, generation, options.write(value)), true)
      await prune(places.mirror, generation)
      if (parts === undefined || generation < swept + SWEEP) return
      swept = generation
      await sweep(places.mirror)
    })
  }
  const flushInTurn = (): void => {
    if (flushing !== undefined || performance.now() - flushed.at < FLUSH || known.generation === flushed.generation)
      return
    flushing = flush().finally(() => {
      flushing = undefined
    })
  }

  const written = async (generation: number, value: T, isLost: boolean): Promise<boolean> => {
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
      if (isLost) {
        parts?.forget()
        await parts?.complete(value, generation, [places.dir])
      }
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
    if (parts === undefined || generation % SWEEP !== 0) return
    sweeping ??= withoutHaste(() => sweep(places.dir)).finally(() => {
      sweeping = undefined
    })
  }

  return {
    read: async () => {
      isThere(places.dir, rights)
      return (await newest()).value
    },
    look: async (work) => {
      isThere(places.dir, rights)
      return onWhole(({ value }) => work(value))
    },
    update: (change, isIn) =>
      onWhole(async (base, round) => {
        const generation = base.highest + 1
        const { value, answer } = await change(base.value, generation)
        if (value === base.value) return answer
        if (!(await written(generation, value, base.isLost))) {
          const [wait = 0] = random(1)
          await pause((wait * Math.min(round, 8)) / 256)
          return AGAIN
        }
        // A number that was free because it was cleared away is no place: then others are further, without this change.
        const [highest = 0] = await listed(places.dir)
        if (highest === generation) known = { generation, value }
        else if (!isIn((await newest()).value)) return AGAIN
        await cleared(generation)
        flushInTurn()
        return answer
      }),
    settle: async () => {
      await Promise.all([flushing, sweeping])
      if (known.generation > flushed.generation) await flush()
    },
  }
}

/** What makes up for bad days, or for what was left behind, may fail on one: it is tried again later. */
const withoutHaste = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (cause) {
    if (codeOf(cause) === '' && !(cause instanceof LicError || cause instanceof Torn)) throw cause
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
