import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addTerm,
  formatDay,
  formatTerm,
  formatTime,
  longestHours,
  parseExpiry,
  parseTerm,
  parseTime,
  relativeText,
  spanText,
  type Term,
  UNITS,
} from '../../src/authority/term.ts'

const invalid = expect.objectContaining({ code: 'INVALID_INPUT' })
const time = (text: string): number => Date.parse(text) / 1000
const MAX = 2 ** 32 - 1

describe('terms', () => {
  it('are read and written', () => {
    for (const text of ['1h', '12h', '14d', '2w', '6mo', '1y', '99999h']) expect(formatTerm(parseTerm(text))).toBe(text)
    expect(parseTerm('6mo')).toEqual({ count: 6, unit: 'mo' })
  })

  const refused: Record<string, string | undefined> = {
    '6m': 'write 6mo for months',
    '6M': 'write 6mo for months',
    '14 days': 'write 14d',
    '14D': 'write 14d',
    '014d': 'write 14d',
    ' 1y': 'write 1y',
    '2 Weeks': 'write 2w',
    '6months': 'write 6mo',
    '1yr': 'write 1y',
    '30min': 'write 12h, 14d, 2w, 6mo or 1y',
    '0d': undefined,
    '00y': undefined,
    '-1d': 'write 12h, 14d, 2w, 6mo or 1y',
    '1.5y': 'write 12h, 14d, 2w, 6mo or 1y',
    '1e3d': 'write 12h, 14d, 2w, 6mo or 1y',
    '100000d': 'write 12h, 14d, 2w, 6mo or 1y',
    '1y6mo': 'write 12h, 14d, 2w, 6mo or 1y',
    d: 'write 12h, 14d, 2w, 6mo or 1y',
    '14': 'write 12h, 14d, 2w, 6mo or 1y',
    '': 'write 12h, 14d, 2w, 6mo or 1y',
    '1y\n': 'write 1y',
    '１y': 'write 12h, 14d, 2w, 6mo or 1y',
    '1constructor': 'write 12h, 14d, 2w, 6mo or 1y',
    '1toString': 'write 12h, 14d, 2w, 6mo or 1y',
  }
  for (const [text, hint] of Object.entries(refused)) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseTerm(text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', hint }))
    })
  }

  const sums: [string, string, string][] = [
    ['2028-02-29T10:20:30Z', '1y', '2029-02-28T10:20:30Z'],
    ['2028-02-29T10:20:30Z', '4y', '2032-02-29T10:20:30Z'],
    ['2027-01-31T00:00:00Z', '1mo', '2027-02-28T00:00:00Z'],
    ['2028-01-31T00:00:00Z', '1mo', '2028-02-29T00:00:00Z'],
    ['2027-08-31T23:59:59Z', '6mo', '2028-02-29T23:59:59Z'],
    ['2027-12-31T23:59:59Z', '1mo', '2028-01-31T23:59:59Z'],
    ['2027-11-30T00:00:00Z', '14mo', '2029-01-30T00:00:00Z'],
    ['2027-02-28T00:00:00Z', '1y', '2028-02-28T00:00:00Z'],
    ['2096-02-29T00:00:00Z', '4y', '2100-02-28T00:00:00Z'],
    ['2027-03-28T00:30:00Z', '1d', '2027-03-29T00:30:00Z'],
    ['2027-12-31T12:00:00Z', '12h', '2028-01-01T00:00:00Z'],
    ['2027-12-31T12:00:00Z', '2w', '2028-01-14T12:00:00Z'],
  ]
  for (const [from, term, to] of sums) {
    it(`${from} + ${term} = ${to}`, () => {
      expect(formatTime(addTerm(time(from), parseTerm(term)))).toBe(to)
    })
  }

  it('end by 2106', () => {
    expect(addTerm(MAX - 3600, parseTerm('1h'))).toBe(MAX)
    for (const text of ['2h', '1y', '99999y', '99999mo', '99999w']) {
      expect(() => addTerm(MAX - 3600, parseTerm(text))).toThrow(invalid)
    }
  })

  const from = fc.integer({ min: 0, max: time('2060-01-01T00:00:00Z') })
  const term = fc
    .record({ count: fc.integer({ min: 1, max: 480 }), unit: fc.constantFrom(...UNITS) })
    .map(({ count, unit }): Term => ({ count: unit === 'y' ? Math.ceil(count / 12) : count, unit }))

  it('keep the day, or take the last one of the month', () => {
    fc.assert(
      fc.property(from, fc.integer({ min: 1, max: 480 }), (start, count) => {
        const a = new Date(start * 1000)
        const b = new Date(addTerm(start, { count, unit: 'mo' }) * 1000)
        const months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
        expect(months).toBe(count)
        expect(b.toISOString().slice(11)).toBe(a.toISOString().slice(11))
        if (b.getUTCDate() !== a.getUTCDate()) {
          expect(b.getUTCDate()).toBeLessThan(a.getUTCDate())
          expect(new Date(b.getTime() + 86_400_000).getUTCDate()).toBe(1)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('grow with their start and their count, and 12mo is 1y', () => {
    fc.assert(
      fc.property(from, fc.nat(86_400 * 40), term, (start, later, length) => {
        const end = addTerm(start, length)
        expect(end).toBeGreaterThan(start)
        expect(addTerm(start + later, length)).toBeGreaterThanOrEqual(end - 86_400 * 3)
        expect(addTerm(start, { ...length, count: length.count + 1 })).toBeGreaterThan(end)
        if (length.unit === 'y') expect(addTerm(start, { count: length.count * 12, unit: 'mo' })).toBe(end)
        expect(parseTerm(formatTerm(length))).toEqual(length)
      }),
      { numRuns: 2000 },
    )
  })

  it('never span more than their longest hours, and sometimes all of them', () => {
    fc.assert(
      fc.property(from, term, (start, length) => {
        expect((addTerm(start, length) - start) / 3600).toBeLessThanOrEqual(longestHours(length))
      }),
      { numRuns: 2000 },
    )
    const hours = { '12h': 12, '14d': 336, '2w': 336, '1mo': 744, '2mo': 1488, '1y': 8784, '5y': 24 * 1827 }
    for (const [text, expected] of Object.entries(hours)) expect(longestHours(parseTerm(text))).toBe(expected)
  })
})

describe('dates', () => {
  const good: [string, string][] = [
    ['2027-01-31', '2027-01-31T23:59:59Z'],
    ['2028-02-29', '2028-02-29T23:59:59Z'],
    ['1970-01-01T00:00Z', '1970-01-01T00:00:00Z'],
    ['2027-01-31T12:34:56Z', '2027-01-31T12:34:56Z'],
    ['2027-01-31T00:30:00+01:00', '2027-01-30T23:30:00Z'],
    ['2027-12-31T23:30-05:30', '2028-01-01T05:00:00Z'],
    ['2106-02-07T06:28:15Z', '2106-02-07T06:28:15Z'],
  ]
  for (const [text, expected] of good) {
    it(`reads ${text}`, () => expect(formatTime(parseTime(text))).toBe(expected))
  }

  it('begin at midnight where a start is asked for', () => {
    expect(formatTime(parseTime('2027-01-31', 'start'))).toBe('2027-01-31T00:00:00Z')
    expect(formatTime(parseTime('2027-01-31T12:00Z', 'start'))).toBe('2027-01-31T12:00:00Z')
  })

  const bad = [
    '2027-02-29',
    '2100-02-29',
    '2027-04-31',
    '2027-13-01',
    '2027-00-10',
    '2027-01-00',
    '2027-1-31',
    '20270131',
    '31.01.2027',
    '01/31/2027',
    '2027-01-31T12:00:00',
    '2027-01-31 12:00Z',
    '2027-01-31t12:00z',
    '2027-01-31T24:00Z',
    '2027-01-31T23:59:60Z',
    '2027-01-31T12:60Z',
    '2027-01-31T12Z',
    '2027-01-31T12:00:00.5Z',
    '2027-01-31T12:00+24:00',
    '2027-01-31T12:00+0100',
    '1969-12-31',
    '1970-01-01T00:00+01:00',
    '2106-02-07T06:28:16Z',
    '9999-12-31',
    '+002027-01-31',
    '2027-01-31\n',
    '2027-01-31x',
    '1800000000',
    'today',
    '',
    '２０２７-01-31',
  ]
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseTime(text)).toThrow(invalid))
  }

  it('come back from their text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX }), (seconds) => {
        expect(parseTime(formatTime(seconds))).toBe(seconds)
        if (seconds < MAX - 86_400) {
          expect(parseTime(formatDay(seconds), 'start')).toBe(Math.floor(seconds / 86_400) * 86_400)
          expect(parseTime(formatDay(seconds))).toBe(Math.floor(seconds / 86_400) * 86_400 + 86_399)
        }
      }),
    )
  })

  it('any text is a time or INVALID_INPUT', () => {
    const near = fc.stringMatching(/^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{0,8}[Z+-]?[0-9:]{0,5})?$/)
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        for (const read of [parseTime, (input: string) => parseExpiry(input, 1_800_000_000)]) {
          try {
            const at = read(text)
            if (at !== undefined) expect(Number.isInteger(at) && at >= 0 && at <= MAX).toBe(true)
          } catch (error) {
            expect(error).toEqual(invalid)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('the end of a license', () => {
  const now = time('2026-11-22T18:00:00Z')

  it('is a term from now, a date, or never', () => {
    expect(parseExpiry('1y', now)).toBe(time('2027-11-22T18:00:00Z'))
    expect(parseExpiry('2027-01-31', now)).toBe(time('2027-01-31T23:59:59Z'))
    expect(parseExpiry('2026-11-22', now)).toBe(time('2026-11-22T23:59:59Z'))
    expect(parseExpiry('never', now)).toBeUndefined()
  })

  it('does not lie in the past, and is one of these forms', () => {
    for (const text of [
      '2026-11-21',
      '2026-11-22T18:00:00Z',
      '6m',
      '14',
      'Never',
      'soon',
      '',
      '31/01/2027',
      '1y 6mo',
    ]) {
      expect(() => parseExpiry(text, now)).toThrow(invalid)
    }
  })
})

describe('spans in words', () => {
  const now = time('2026-11-22T18:00:00Z')
  const words: [string, string][] = [
    ['2026-11-22T18:00:00Z', 'now'],
    ['2026-11-22T18:00:59Z', 'in less than a minute'],
    ['2026-11-22T18:01:00Z', 'in 1 minute'],
    ['2026-11-22T19:59:59Z', 'in 1 hour'],
    ['2026-11-24T17:59:59Z', 'in 47 hours'],
    ['2026-11-24T18:00:00Z', 'in 2 days'],
    ['2026-12-19T18:00:00Z', 'in 27 days'],
    ['2027-02-20T17:59:59Z', 'in 89 days'],
    ['2027-02-22T17:59:59Z', 'in 2 months'],
    ['2027-02-22T18:00:00Z', 'in 3 months'],
    ['2027-11-22T18:00:00Z', 'in 12 months'],
    ['2028-11-22T17:59:59Z', 'in 23 months'],
    ['2028-11-22T18:00:00Z', 'in 2 years'],
    ['2026-10-26T18:00:00Z', '27 days ago'],
    ['2026-11-22T17:59:59Z', 'less than a minute ago'],
    ['2020-11-22T18:00:00Z', '6 years ago'],
  ]
  for (const [at, expected] of words) {
    it(`${at}: ${expected}`, () => expect(relativeText(time(at), now)).toBe(expected))
  }

  it('never say more than there is', () => {
    const unit = { minute: 60, hour: 3600, day: 86_400, month: 86_400 * 28, year: 86_400 * 365 }
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(2 ** 31 - 1), (from, seconds) => {
        const [count, name] = spanText(from, from + seconds).split(' ')
        if (count === 'less') return
        expect(Number(count)).toBeGreaterThan(0)
        const size = unit[(name ?? '').replace(/s$/, '') as keyof typeof unit]
        expect(Number(count) * size).toBeLessThanOrEqual(seconds)
      }),
      { numRuns: 2000 },
    )
  })
})
