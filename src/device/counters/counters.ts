/**
 * Counters of a device, shared by every process of a product. Wishes that come while a change is being written wait and are
 * written together, so that counting costs the thread of the product next to nothing however often it is asked for.
 * Invariant: a wish is answered with yes only when it stands in the newest generation of the file; a process that is
 * killed before has used nothing.
 */

import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { Rights } from '../state/directory.ts'
import { openChain } from './chain.ts'
import { type Counts, type MeterKey, NO_COUNTS, readCounts, readTallies, writeCounts } from './content.ts'
import {
  advanced,
  appear,
  archived,
  type Ceiling,
  type Draft,
  daysOver,
  draftOf,
  gauge,
  hold,
  LEASE,
  type Moment,
  type Tally,
  take,
  without,
} from './count.ts'
import { type Hours, openHistory } from './history.ts'
import type { CounterPlaces } from './places.ts'
import { openUsers, type Users } from './users.ts'

export interface CountersOptions {
  readonly places: CounterPlaces
  readonly rights: Rights
  readonly random: (length: number) => Uint8Array
  readonly moment: () => Moment
  /** Calls back once, after so many milliseconds; the answer takes that back. */
  readonly after: (milliseconds: number, work: () => void) => () => void
}

/** A place among several at once. It is given back by `release`, or by the end of the process. */
export interface Lease {
  /** Others have it, as this process did not run for a while: what it was for is to end. */
  readonly lost: boolean
  release(): Promise<void>
}

/** Throws LicError as chains do: STATE_DAMAGED, STATE_EXPOSED, UNREADABLE, UNWRITABLE, DISK_FULL, STATE_BUSY. */
export interface Counters {
  /** Uses something up, all of `amount` or nothing. */
  take(key: MeterKey, amount: number, ceiling: Ceiling): Promise<Tally>
  /** There are so many of something now. */
  gauge(key: MeterKey, present: number, ceiling: Ceiling): Promise<Tally>
  hold(key: MeterKey, ceiling: Ceiling): Promise<Tally & { readonly lease: Lease | undefined }>
  readonly users: Omit<Users, 'close'>
  /** Everything as it is now. */
  read(): Promise<Counts>
  history(): Promise<Hours>
  /** Deals the number of a usage report. */
  nextReport(): Promise<number>
  /** Places among several at once that this process holds. */
  holding(): number
  /** Gives back what is held and makes the second copy whole, as far as that can be. */
  close(): Promise<void>
}

interface Wish {
  readonly apply: (draft: Draft) => Tally
  readonly done: (tally: Tally) => void
  readonly failed: (error: unknown) => void
}

interface Held {
  readonly key: MeterKey
  readonly ceiling: Ceiling
  lost: boolean
}

/** Seconds after which a process that holds something says that it lives. */
const BEAT = LEASE / 3

export const openCounters = (options: CountersOptions): Counters => {
  const { random, moment, after } = options
  const id = toHex(random(8))
  const chain = openChain({ ...options, name: 'counts', empty: NO_COUNTS, write: writeCounts, read: readCounts })
  const users = openUsers({ ...options, now: () => moment().at })
  const history = openHistory(options)
  const held = new Set<Held>()
  let wishes: Wish[] = []
  let sequence = 0
  let working: Promise<void> | undefined
  let stopBeat: (() => void) | undefined

  const changed = <T>(
    change: (draft: Draft, before: Counts) => { readonly counts: Counts; readonly answer: T },
  ): Promise<T> => {
    const number = ++sequence
    return chain.update(
      (before) => {
        const now = moment()
        const draft = draftOf(advanced(before, now))
        appear(draft, id, number, now)
        // A clock that was put right is remembered also when nothing else is.
        draft.dirty = draft.at < before.at
        const { counts, answer } = change(draft, before)
        return { value: counts, answer }
      },
      (value) => (value.slots.get(id)?.sequence ?? 0) >= number,
    )
  }

  /** All that was wished for so far, in one change; what was refused needs none. */
  const work = async (): Promise<void> => {
    // What is wished for in the same breath goes along.
    await undefined
    while (wishes.length > 0) {
      const batch = wishes
      wishes = []
      try {
        const { tallies, days } = await changed((draft, before) => {
          const tallies = batch.map(({ apply }) => apply(draft))
          return { counts: draft.dirty ? draft : before, answer: { tallies, days: daysOver(draft) } }
        })
        for (const [i, { done }] of batch.entries()) done(tallies[i] as Tally)
        if (days.length > 0) await archive()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    // In the same breath as the last look at what is wished for.
    working = undefined
  }
  const wish = (apply: (draft: Draft) => Tally): Promise<Tally> =>
    new Promise((done, failed) => {
      wishes.push({ apply, done, failed })
      working ??= work()
    })

  const archive = async (): Promise<void> => {
    const counts = await chain.read()
    for (const day of daysOver(counts)) {
      await history.keep(day, counts)
      await changed((draft) => ({ counts: archived(draft, day), answer: undefined }))
    }
  }

  /** Whoever was not heard of for too long has lost what it held; it asks again, and may be refused. */
  const beat = async (): Promise<void> => {
    stopBeat = undefined
    try {
      await wish((draft) => {
        const own = draft.slots.get(id)?.leases ?? new Map<MeterKey, number>()
        const left = new Map(own)
        for (const each of held) {
          const has = left.get(each.key) ?? 0
          left.set(each.key, has - 1)
          if (has <= 0 && !each.lost) each.lost = !hold(draft, each.key, id, 1, each.ceiling).granted
        }
        draft.dirty = true
        return { granted: true, used: 0, resets: undefined }
      })
      for (const each of held) if (each.lost) held.delete(each)
    } catch (error) {
      if (!(error instanceof LicError)) throw error
    }
    keepBeating()
  }
  const keepBeating = (): void => {
    if (held.size > 0) stopBeat ??= after(BEAT * 1000, () => void beat())
  }
  const leaseOf = (own: Held): Lease => ({
    get lost() {
      return own.lost
    },
    release: async () => {
      if (!held.delete(own) || own.lost) return
      await wish((draft) => hold(draft, own.key, id, -1, own.ceiling))
    },
  })

  return {
    take: (key, amount, ceiling) => wish((draft) => take(draft, key, amount, ceiling)),
    gauge: (key, present, ceiling) => wish((draft) => gauge(draft, key, present, ceiling)),
    hold: async (key, ceiling) => {
      const tally = await wish((draft) => hold(draft, key, id, 1, ceiling))
      if (!tally.granted) return { ...tally, lease: undefined }
      const own: Held = { key, ceiling, lost: false }
      held.add(own)
      keepBeating()
      return { ...tally, lease: leaseOf(own) }
    },
    users,
    read: async () => advanced(await chain.read(), moment()),
    history: async () => {
      const [{ hours }, past] = [await chain.read(), await history.read()]
      return new Map([...past, ...[...hours].map(([hour, written]) => [hour, readTallies(written)] as const)])
    },
    nextReport: () =>
      changed((draft) => ({ counts: { ...draft, reports: draft.reports + 1 }, answer: draft.reports + 1 })),
    holding: () => held.size,
    close: async () => {
      stopBeat?.()
      held.clear()
      await working
      const gone = async (): Promise<void> => {
        if (sequence > 0 && (await chain.read()).slots.has(id)) {
          await changed((draft) => ({ counts: without(draft, id), answer: undefined }))
        }
        await chain.settle()
      }
      for (const each of await Promise.allSettled([gone(), users.close()])) {
        // What cannot be given back now is free in a while, as if this process had died.
        if (each.status === 'rejected' && !(each.reason instanceof LicError)) throw each.reason
      }
    },
  }
}
