/**
 * Terms and dates: the one place where text becomes a point in time and back. All is UTC and calendar arithmetic;
 * points in time are seconds since 1970, from 0 to 2^32 - 1 (FORMAT 2.7; February 2106).
 * Invariant: whatever is accepted has one meaning. A bare `m`, a time without a zone or 30 February is refused.
 */

import { LicError } from '../core/errors.ts'

export const UNITS = ['h', 'd', 'w', 'mo', 'y'] as const
export type Unit = (typeof UNITS)[number]

/** A length of time: `count` (from 1 up) hours, days, weeks, calendar months or calendar years. */
export interface Term {
  readonly count: number
  readonly unit: Unit
}

const HOUR = 3600
const DAY = 24 * HOUR
const SECONDS: Readonly<Record<'h' | 'd' | 'w', number>> = { h: HOUR, d: DAY, w: 7 * DAY }
const MAX_TIME = 2 ** 32 - 1

/** What people write instead, and what they are told to write. `m` and `min` are missing: their meaning is not known. */
const SPELLED: ReadonlyMap<string, Unit> = new Map([
  ['hour', 'h'],
  ['hr', 'h'],
  ['day', 'd'],
  ['week', 'w'],
  ['wk', 'w'],
  ['month', 'mo'],
  ['mon', 'mo'],
  ['mth', 'mo'],
  ['year', 'y'],
  ['yr', 'y'],
])

const refuse = (message: string, hint?: string): LicError =>
  new LicError('INVALID_INPUT', message, hint === undefined ? {} : { hint })

/** Text of the user's in a message: short, and on one line. */
const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)

/**
 * Reads `12h`, `14d`, `2w`, `6mo` or `1y`: a whole number from 1 to 99999 and a unit, nothing between.
 * @throws LicError INVALID_INPUT; where the meaning can be guessed, the hint says what to write.
 */
export const parseTerm = (text: string): Term => {
  const exact = /^([1-9][0-9]{0,4})(h|d|w|mo|y)$/.exec(text)
  if (exact) return { count: Number(exact[1]), unit: exact[2] as Unit }
  const loose = /^\s*0*([0-9]{1,5})\s*([a-z]+)\s*$/i.exec(text)
  const digits = loose?.[1] ?? ''
  const word = loose?.[2]?.toLowerCase() ?? ''
  if (loose && Number(digits) === 0) throw refuse(`${quoted(text)} is no time at all`)
  if (word === 'm') throw refuse(`${quoted(text)} may mean months or minutes`, `write ${digits}mo for months`)
  const unit = UNITS.find((known) => known === word) ?? SPELLED.get(word.replace(/s$/, ''))
  const hint = unit === undefined ? 'write 12h, 14d, 2w, 6mo or 1y' : `write ${digits}${unit}`
  throw refuse(`${quoted(text)} is no term`, hint)
}

/** The text that `parseTerm` reads. */
export const formatTerm = (term: Term): string => `${term.count}${term.unit}`

/**
 * The point in time one term after `from`, both in unix seconds. Months and years keep day and time of day; a day that
 * the month does not have becomes its last one: 29 February + 1y = 28 February, 31 January + 1mo = 28 or 29 February.
 * @throws LicError INVALID_INPUT when the result lies behind 2106.
 */
export const addTerm = (from: number, term: Term): number => {
  const { count, unit } = term
  const at =
    unit === 'mo' || unit === 'y' ? addMonths(from, unit === 'y' ? count * 12 : count) : from + count * SECONDS[unit]
  if (at > MAX_TIME) throw refuse(`${formatTerm(term)} later is after ${formatTime(MAX_TIME)}, the last time there is`)
  return at
}

/**
 * The most hours that a term can span, whatever the day it begins on: what a maximum term in a certificate must allow.
 * 1y is 8,784 (a leap year), 1mo 744, 14d 336.
 */
export const longestHours = (term: Term): number => {
  const { count, unit } = term
  if (unit !== 'mo' && unit !== 'y') return (count * SECONDS[unit]) / HOUR
  const months = unit === 'y' ? count * 12 : count
  let longest = 0
  // The calendar repeats after four years as far as 2099. The first of a month is never moved to a last day.
  for (let month = 0; month < 48; month++) {
    const from = Date.UTC(2000, month, 1) / 1000
    longest = Math.max(longest, addMonths(from, months) - from)
  }
  return longest / HOUR
}

/** `14 days`, `36 hours`: whole days where they are. */
export const hoursText = (hours: number): string => {
  const [count, unit] = hours > 0 && hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

const addMonths = (from: number, months: number): number => {
  const date = new Date(from * 1000)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth() + months
  const day = Math.min(date.getUTCDate(), daysInMonth(year, month))
  return Date.UTC(year, month, day) / 1000 + (from % DAY)
}

/** `month` counts from 0 and may lie outside the year. */
const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate()

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d))?$/

/**
 * Reads an ISO 8601 date, `2027-01-31`, or time, `2027-01-31T12:00Z`, `2027-01-31T12:00:00+01:00`, into unix seconds.
 * A date alone means its last second, 23:59:59Z, or with `edge: 'start'` its first.
 * @throws LicError INVALID_INPUT for other forms, days that do not exist, and times before 1970 or after 2106.
 */
export const parseTime = (text: string, edge: 'start' | 'end' = 'end'): number => {
  const match = DATE.exec(text)
  if (!match) throw refuse(`${quoted(text)} is no date`, dateHint(text))
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month - 1)) {
    throw refuse(`there is no day ${match.slice(1, 4).join('-')}`)
  }
  const midnight = Date.UTC(year, month - 1, day) / 1000
  const zone = match[7]
  let at = edge === 'start' ? midnight : midnight + DAY - 1
  if (zone !== undefined) {
    const [hour = 0, minute = 0, second = 0] = match.slice(4, 7).map((part) => Number(part ?? 0))
    const [ahead = 0, aheadMinutes = 0] = zone === 'Z' ? [] : zone.slice(1).split(':').map(Number)
    if (hour > 23 || minute > 59 || second > 59 || ahead > 23 || aheadMinutes > 59) {
      throw refuse(`there is no time ${text.slice(11)}`)
    }
    const offset = (ahead * HOUR + aheadMinutes * 60) * (zone.startsWith('-') ? -1 : 1)
    at = midnight + hour * HOUR + minute * 60 + second - offset
  }
  if (at < 0 || at > MAX_TIME) throw refuse(`${text} does not lie between 1970 and ${formatTime(MAX_TIME)}`)
  return at
}

const dateHint = (text: string): string => {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text)) return 'add the zone, for example Z for UTC'
  if (/^\d{4}-\d\d-\d\d[ t]/.test(text)) return `write ${text.slice(0, 10)}, or ${text.slice(0, 10)}T12:00Z`
  return 'write YYYY-MM-DD, or YYYY-MM-DDThh:mm:ssZ'
}

/**
 * Reads the end of a license: a term from `now`, a date or time, or `never`. Unix seconds; undefined: it never ends.
 * @throws LicError INVALID_INPUT for other text, and for an end that is not later than `now`.
 */
export const parseExpiry = (text: string, now: number): number | undefined => {
  if (text === 'never') return undefined
  if (!/^\d{4}-/.test(text) && /^\s*\d+\s*[a-z]+\s*$/i.test(text)) return addTerm(now, parseTerm(text))
  if (!/\d[-/.]\d/.test(text)) throw refuse(`${quoted(text)} is no end of a license`, 'write 1y, 2027-01-31 or never')
  const at = parseTime(text)
  if (at <= now) throw refuse(`${formatTime(at)} lies in the past`)
  return at
}

/** `2027-01-31T23:59:59Z`. */
export const formatTime = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/** `2027-01-31`: the day, in UTC, that the point in time lies in. */
export const formatDay = (seconds: number): string => formatTime(seconds).slice(0, 10)

/**
 * The time from one point to a later one in words: minutes, hours up to two days, days up to 90, months up to two years,
 * then years. `27 days`, `less than a minute`. Rounded down: it never promises more than there is.
 */
export const spanText = (from: number, to: number): string => {
  const seconds = to - from
  if (seconds < 60) return 'less than a minute'
  if (seconds < HOUR) return counted(seconds / 60, 'minute')
  if (seconds < 2 * DAY) return counted(seconds / HOUR, 'hour')
  if (seconds < 90 * DAY) return counted(seconds / DAY, 'day')
  const months = fullMonths(from, to)
  return months < 24 ? counted(months, 'month') : counted(months / 12, 'year')
}

/** `in 27 days`, `27 days ago`, `now` (the same second). */
export const relativeText = (at: number, now: number): string =>
  at === now ? 'now' : at > now ? `in ${spanText(now, at)}` : `${spanText(at, now)} ago`

const counted = (amount: number, unit: string): string => {
  const whole = Math.floor(amount)
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`
}

const fullMonths = (from: number, to: number): number => {
  const a = new Date(from * 1000)
  const b = new Date(to * 1000)
  const months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
  return addMonths(from, months) > to ? months - 1 : months
}
