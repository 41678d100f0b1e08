/** Hours, days, weeks and months as counters know them: all of them in UTC, a week from Monday on, a month as the calendar has it. Pure. */

export const SPANS = ['hour', 'day', 'week', 'month'] as const
/** A stretch of time that a counter is rolled up by. */
export type Span = (typeof SPANS)[number]

export const HOUR = 3600
export const DAY = 86_400
/** 1970-01-01 was a Thursday. */
const MONDAY = 3

/** The number of the hour, day, week or month that a time (unix seconds) lies in; it rises with time. */
export const spanOf = (span: Span, at: number): number => {
  switch (span) {
    case 'hour':
      return Math.floor(at / HOUR)
    case 'day':
      return Math.floor(at / DAY)
    case 'week':
      return Math.floor((Math.floor(at / DAY) + MONDAY) / 7)
    case 'month': {
      const date = new Date(at * 1000)
      return date.getUTCFullYear() * 12 + date.getUTCMonth()
    }
  }
}

/** The first second of a span, by its number. */
export const startOf = (span: Span, number: number): number => {
  switch (span) {
    case 'hour':
      return number * HOUR
    case 'day':
      return number * DAY
    case 'week':
      return (number * 7 - MONDAY) * DAY
    case 'month':
      return Date.UTC(Math.floor(number / 12), number % 12, 1) / 1000
  }
}

/** When the span that a time lies in is over: the first second of the next. */
export const endOf = (span: Span, at: number): number => startOf(span, spanOf(span, at) + 1)
