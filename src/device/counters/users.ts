/**
 * Named users of a device's products, shared by every process. Wishes that come while a change is being written wait and are
 * written together, in the order in which they came: who is named first here has their place first.
 * Invariant: a wish is answered with yes only when it stands in the newest generation of the file. However many users there
 * are, none of this keeps the thread of the product for as long as a millisecond, but for the memory of a list of all of them.
 */

import { utf8 } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { openBlobs, type Ref } from './blobs.ts'
import { openChain } from './chain.ts'
import type { Tally } from './count.ts'
import type { Writing } from './files.ts'
import { isMarked, marked, type Named, type NamedOf, NOBODY, readNamed, writeNamed } from './named.ts'
import { type Branch, type Entry, isFile, MOST_BYTES } from './nodes.ts'
import { partsOf } from './parts.ts'
import type { CounterPlaces } from './places.ts'
import { newPile, ordered, slicing } from './slices.ts'
import { openTree } from './tree.ts'

export interface User {
  readonly user: string
  /** Unix seconds. */
  readonly since: number
}

/** Throws LicError as chains do. */
export interface Users {
  /**
   * A user of a product gets a place, or has one: of more users than places those who were named first. `used` counts the users.
   * @throws LicError INVALID_INPUT for what is no name
   */
  assign(product: string, user: string, places: number): Promise<Tally>
  /** @returns whether they had one */
  unassign(product: string, user: string): Promise<boolean>
  /** How many there are; undefined where nobody ever was. */
  count(product: string): Promise<number | undefined>
  /** Some of them at a time, in the order in which they were named. */
  list(product: string): AsyncIterable<readonly User[]>
  /** What was wished for is done, and the second copy whole. */
  close(): Promise<void>
}

export interface UsersOptions extends Writing {
  readonly places: CounterPlaces
  /** Unix seconds. */
  readonly now: () => number
}

interface Wish {
  readonly product: string
  readonly user: string
  /** Undefined: the user is released. */
  readonly places: number | undefined
  readonly done: (tally: Tally) => void
  readonly failed: (error: unknown) => void
}

/** Wishes of one change: with more of them others would be faster again and again. */
const BATCH = 64
/** Users that are handed out at a time. */
const PAGE = 256

interface Draft extends Omit<NamedOf, 'tree'> {
  readonly tree: Branch | undefined
}
const NONE: Draft = { count: 0, next: 0, tree: undefined }

const tally = (granted: boolean, used: number): Tally => ({ granted, used, resets: undefined })

export const openUsers = ({ now, ...options }: UsersOptions): Users => {
  const blobs = openBlobs({ ...options, name: 'users', most: MOST_BYTES })
  const tree = openTree(blobs)
  const chain = openChain<Named>({
    ...{ ...options, name: 'users', empty: NOBODY, write: writeNamed, read: readNamed },
    parts: partsOf(blobs, tree),
  })
  let wishes: Wish[] = []
  let working: Promise<void> | undefined
  /** Of the tree that was last asked for it: the number of the last user who has a place. */
  let last = { tree: '', places: 0, sequence: 0 }

  const lastPlaced = async (root: Ref, places: number): Promise<number> => {
    const name = blobs.nameOf(root)
    if (last.tree !== name || last.places !== places) {
      const sequences = newPile<number>()
      await tree.leaves(root, '', (entries) => {
        for (const [, sequence] of entries) sequences.push(sequence)
      })
      const [at = -1] = (await ordered(sequences)).subarray(places - 1)
      last = { tree: name, places, sequence: sequences.at(at) ?? Number.POSITIVE_INFINITY }
    }
    return last.sequence
  }

  /** What becomes of a wish, and the same draft where nothing changes; undefined: that is told once the draft stands in the file. */
  const granted = async (
    draft: Draft,
    { user, places }: Wish,
  ): Promise<{ readonly next: Draft; readonly tally: Tally } | undefined> => {
    const { count, next: sequence, tree: root } = draft
    const entry = await tree.find(root, user)
    if (places === undefined) {
      if (root === undefined || entry === undefined) return { next: draft, tally: tally(false, count) }
      const next = { count: count - 1, next: sequence, tree: await tree.without(root, user) }
      return { next, tally: tally(true, count - 1) }
    }
    if (entry !== undefined) {
      if (places === 0 || count <= places || root === undefined) return { next: draft, tally: tally(true, count) }
      // Whoever was named first has a place, also when there are fewer of them than before.
      if (!isFile(root)) return undefined
      return { next: draft, tally: tally(entry[1] <= (await lastPlaced(root, places)), count) }
    }
    if (places !== 0 && count >= places) return { next: draft, tally: tally(false, count) }
    const named: Entry = [user, sequence, Math.max(now(), 0)]
    const next = { count: count + 1, next: sequence + 1, tree: await tree.with(root, named) }
    return { next, tally: tally(true, count + 1) }
  }
  /** One wish after the other, as many as can be told at once: the first always can. */
  const changed = async (before: Named, generation: number, batch: readonly Wish[], mark: Uint8Array) => {
    const drafts = new Map<string, Draft>()
    const tallies: Tally[] = []
    const slice = slicing()
    for (const wish of batch) {
      const draft = drafts.get(wish.product) ?? before.products.get(wish.product) ?? NONE
      const outcome = await granted(draft, wish)
      if (outcome === undefined) break
      if (outcome.next !== draft) drafts.set(wish.product, outcome.next)
      tallies.push(outcome.tally)
      await slice()
    }
    if (drafts.size === 0) return { value: before, answer: tallies }
    const products = new Map(before.products)
    for (const [product, { tree: root, ...rest }] of drafts) {
      products.set(product, { ...rest, tree: root && (await tree.save(root, generation)) })
    }
    return { value: { products, marks: marked(before.marks, mark) }, answer: tallies }
  }
  const work = async (): Promise<void> => {
    // What is wished for in the same breath goes along.
    await undefined
    while (wishes.length > 0) {
      const batch = wishes.slice(0, BATCH)
      try {
        const mark = options.random(8)
        const tallies = await chain.update(
          (before, generation) => changed(before, generation, batch, mark),
          (value) => isMarked(value, mark),
        )
        wishes = wishes.slice(tallies.length)
        for (const [i, each] of tallies.entries()) batch[i]?.done(each)
      } catch (error) {
        wishes = wishes.slice(batch.length)
        for (const { failed } of batch) failed(error)
      }
    }
    // In the same breath as the last look at what is wished for.
    working = undefined
  }
  const wish = (product: string, user: string, places: number | undefined): Promise<Tally> =>
    new Promise((done, failed) => {
      wishes.push({ product, user, places, done, failed })
      working ??= work()
    })

  return {
    assign: async (product, user, places) => {
      if (!isUserName(user)) throw new LicError('INVALID_INPUT', NO_NAME)
      return wish(product, user, places)
    },
    unassign: async (product, user) => (await wish(product, user, undefined)).granted,
    count: async (product) => (await chain.read()).products.get(product)?.count,
    async *list(product) {
      // Lists of their own rather than one of all three: whoever collects garbage has less to carry.
      const users = newPile<string>()
      const times = newPile<number>()
      const sequences = newPile<number>()
      // What changes while it is read is cleared away in time: then it is read on from there, as it is by then.
      await chain.look(({ products }) =>
        tree.leaves(products.get(product)?.tree, users.at(users.length() - 1) ?? '', (entries) => {
          for (const [user, sequence, since] of entries) {
            users.push(user)
            times.push(since)
            sequences.push(sequence)
          }
        }),
      )
      const order = await ordered(sequences)
      const slice = slicing()
      for (let at = 0; at < order.length; at += PAGE) {
        yield [...order.subarray(at, at + PAGE)].map((i) => ({ user: users.at(i) ?? '', since: times.at(i) ?? 0 }))
        await slice()
      }
    },
    close: async () => {
      await working
      await chain.settle()
    },
  }
}

export const NO_NAME = 'a user is named by text of 1 to 255 bytes'
/** What is written is read again as it was: half a character is not, nor is a mark of byte order at the beginning. */
export const isUserName = (user: unknown): user is string =>
  typeof user === 'string' && user !== '' && !/^\ufeff|\p{Surrogate}/u.test(user) && utf8(user).length <= 255
