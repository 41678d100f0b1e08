/**
 * How counts change: time goes on, something is used, a place among several at once is taken or given back. Pure; whoever
 * keeps the counts makes one of these changes after the other.
 * Invariant: what is granted never exceeds the limit that it is held against, whatever the clock does in between.
 */

import type { Quantity } from '../../core/license.ts'
import {
  type Counts,
  type Meter,
  type MeterKey,
  NO_METER,
  readTallies,
  type Slot,
  type Tallies,
  writeTallies,
} from './content.ts'
import { DAY, endOf, HOUR, SPANS, spanOf } from './periods.ts'

export type Period = Quantity['period']

/** What a count is held against: 0 = unlimited. */
export interface Ceiling {
  readonly value: number
  readonly period: Period
}

/** A look at the machine. */
export interface Moment {
  /** Unix seconds. */
  readonly at: number
  /** Seconds since the machine was started, by a clock that nobody sets. */
  readonly uptime: number
  readonly boot: string | undefined
}

/** What became of a wish. `used` is what counts now, the wish included where it was granted. */
export interface Tally {
  readonly granted: boolean
  readonly used: number
  /** When more is to be had by time alone, unix seconds; undefined: never. */
  readonly resets: number | undefined
}

/** How long a process is believed that does not say that it lives, seconds. */
export const LEASE = 30
/**
 * A clock that is so far behind what was counted was put right by the vendor's word, or it would be refused elsewhere: then
 * counting goes on from there, and nothing that was counted is forgiven.
 */
const PUT_RIGHT = 2 * HOUR
const MOST = Number.MAX_SAFE_INTEGER

/** The same counts at a later time: hours that are over are laid aside, processes that are gone are dropped. */
export const advanced = (counts: Counts, moment: Moment): Counts => {
  const { at: before } = counts
  const at = before > moment.at && before - moment.at <= PUT_RIGHT ? before : moment.at
  const since = counts.since === 0 ? at : counts.since
  const slots = [...counts.slots].every(([, slot]) => lives(slot, moment))
    ? counts.slots
    : new Map([...counts.slots].filter(([, slot]) => lives(slot, moment)))
  if (at < before || spanOf('hour', at) === spanOf('hour', before)) return { ...counts, at, since, slots }
  const over = SPANS.filter((span) => spanOf(span, at) !== spanOf(span, before))
  const zero = Object.fromEntries(over.map((span) => [span, 0]))
  const hour = spanOf('hour', before)
  const closed = [...counts.meters].flatMap(([key, meter]): [string, number][] =>
    meter.hour > 0 ? [[key, meter.hour]] : [],
  )
  return {
    ...counts,
    at,
    since,
    slots,
    meters: new Map([...counts.meters].map(([key, meter]) => [key, { ...meter, ...zero }])),
    hours: closed.length === 0 ? counts.hours : withHour(counts.hours, hour, new Map(closed)),
  }
}

const lives = ({ until, boot }: Slot, { uptime, boot: now }: Moment): boolean =>
  boot === now && until > uptime && until <= uptime + LEASE

/** An hour that a clock came back to is there already: what was counted in it adds up. */
const withHour = (hours: Counts['hours'], hour: number, counts: Tallies): Counts['hours'] => {
  const written = hours.get(hour)
  const sum = new Map(written && readTallies(written))
  for (const [key, count] of counts) sum.set(key, (sum.get(key) ?? 0) + count)
  return new Map([...hours, [hour, writeTallies(sum)]])
}

/** How many are held at once, by every process that lives. */
export const heldAtOnce = ({ slots }: Counts, key: MeterKey): number =>
  [...slots.values()].reduce((sum, { leases }) => sum + (leases.get(key) ?? 0), 0)

/** What a limit of that period is held against. A limit without period is held against what the product says itself. */
export const usedOf = (counts: Counts, key: MeterKey, period: Period): number => {
  const meter = counts.meters.get(key) ?? NO_METER
  switch (period) {
    case 'hour':
    case 'day':
    case 'month':
    case 'total':
      return meter[period]
    case 'concurrent':
      return heldAtOnce(counts, key)
    case 'none':
      return meter.peak
  }
}

export const resetOf = (period: Period, at: number): number | undefined =>
  period === 'hour' || period === 'day' || period === 'month' ? endOf(period, at) : undefined

const isAbove = (used: number, { value }: Ceiling): boolean => value !== 0 && used > value

/** Counts that are being changed: maps of their own, so that a batch of wishes copies them once. */
export interface Draft extends Counts {
  readonly meters: Map<MeterKey, Meter>
  readonly slots: Map<string, Slot>
  /** Something was granted that has to be written. */
  dirty: boolean
}
export const draftOf = (counts: Counts): Draft => ({
  ...counts,
  meters: new Map(counts.meters),
  slots: new Map(counts.slots),
  dirty: false,
})

/** Something was used `amount` times. Nothing of it is counted when all of it is not granted. */
export const take = (draft: Draft, key: MeterKey, amount: number, ceiling: Ceiling): Tally => {
  const used = usedOf(draft, key, ceiling.period)
  const resets = resetOf(ceiling.period, draft.at)
  const next = Math.min(used + amount, MOST)
  if (isAbove(next, ceiling)) return { granted: false, used, resets }
  if (amount > 0) {
    draft.dirty = true
    const before = draft.meters.get(key) ?? NO_METER
    const more = (count: number): number => Math.min(count + amount, MOST)
    draft.meters.set(key, {
      total: more(before.total),
      hour: more(before.hour),
      day: more(before.day),
      week: more(before.week),
      month: more(before.month),
      peak: Math.max(before.peak, ceiling.period === 'none' ? 0 : next),
    })
  }
  return { granted: true, used: next, resets }
}

/** There are `present` of something now: a limit without period. */
export const gauge = (draft: Draft, key: MeterKey, present: number, ceiling: Ceiling): Tally => {
  const granted = !isAbove(present, ceiling)
  if (granted) peaked(draft, key, present)
  return { granted, used: present, resets: undefined }
}

/** One more is held at once by a process, or one less. */
export const hold = (draft: Draft, key: MeterKey, slot: string, amount: 1 | -1, ceiling: Ceiling): Tally => {
  const used = heldAtOnce(draft, key)
  const own = draft.slots.get(slot)
  const next = Math.max(used + amount, 0)
  if (own === undefined || (amount > 0 && isAbove(next, ceiling))) return { granted: false, used, resets: undefined }
  const leases = new Map(own.leases)
  const left = (leases.get(key) ?? 0) + amount
  if (left > 0) leases.set(key, left)
  else leases.delete(key)
  draft.slots.set(slot, { ...own, leases })
  draft.dirty = true
  peaked(draft, key, next)
  return { granted: true, used: next, resets: undefined }
}

const peaked = (draft: Draft, key: MeterKey, value: number): void => {
  const meter = draft.meters.get(key) ?? NO_METER
  if (value <= meter.peak) return
  draft.meters.set(key, { ...meter, peak: value })
  draft.dirty = true
}

/** The process says that it lives, and numbers its change. */
export const appear = (draft: Draft, id: string, sequence: number, { uptime, boot }: Moment): void => {
  const leases = draft.slots.get(id)?.leases ?? new Map()
  draft.slots.set(id, { sequence, until: uptime + LEASE, boot, leases })
}

/** The process is gone, with all that it held. */
export const without = (counts: Counts, id: string): Counts => ({
  ...counts,
  slots: new Map([...counts.slots].filter(([each]) => each !== id)),
})

/** Days of which every hour is over. */
export const daysOver = ({ hours, at }: Counts): readonly number[] => {
  const today = spanOf('day', at)
  return [...new Set([...hours.keys()].map((hour) => Math.floor((hour * HOUR) / DAY)))].filter((day) => day < today)
}

/** Without the hours of a day, as they are in the history. */
export const archived = (counts: Counts, day: number): Counts => ({
  ...counts,
  hours: new Map([...counts.hours].filter(([hour]) => Math.floor((hour * HOUR) / DAY) !== day)),
})
