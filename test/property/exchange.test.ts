/** The exchange against chance and mischief: codes that open nothing, requests with two slips, every hour of a license's life. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALPHABET } from '../../src/core/codes/base32.ts'
import { spell } from '../../src/core/codes/spoken.ts'
import { machineDevice } from '../../src/core/device.ts'
import { anchorOf, emergencyCode, openEmergency, spanOf } from '../../src/core/emergency.ts'
import { LicError } from '../../src/core/errors.ts'
import { openRelease, releaseAnchor } from '../../src/core/release.ts'
import { parseRequest, writeRequest } from '../../src/core/request.ts'
import { SLOW, size } from './size.ts'

const ISSUED = 1_790_000_000
const KEY = { epoch: 1, secret: new Uint8Array(32).fill(9) }
const CTI = Uint8Array.of(0, 17, 34, 51, 68, 85, 102, 119, 136, 153)
const SUBJECT = { cti: CTI, revision: 3 }
const DAYS = SLOW ? 365 : 20
const SPAN = spanOf(ISSUED, ISSUED + DAYS * 86_400)
const ANCHOR = anchorOf(KEY, SUBJECT, SPAN)

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}

describe('emergency codes', () => {
  it('are accepted from the hour before to 24 hours after, and in no other hour of the license’s life', () => {
    const hour = SPAN.baseHour + 300
    const code = emergencyCode(KEY, SUBJECT, SPAN, hour).join('-')
    const accepted: number[] = []
    for (let at = SPAN.baseHour - 100; at <= SPAN.baseHour + SPAN.length + 100; at++) {
      if (codeOf(() => openEmergency(code, ANCHOR, SUBJECT, { hour: at })) === 'accepted') accepted.push(at - hour)
    }
    expect(accepted).toEqual(Array.from({ length: 26 }, (_, i) => i - 1))
  })

  it('of another revision, license or device open nothing', () => {
    const hour = SPAN.baseHour + 100
    const others = [
      { cti: CTI, revision: 2 },
      { cti: CTI, revision: 4 },
      { cti: CTI.map((byte) => byte ^ 1), revision: 3 },
      { cti: CTI, revision: 3, releaseAnchor: new Uint8Array(10).fill(7) },
    ]
    for (const other of others) {
      const code = emergencyCode(KEY, other, SPAN, hour).join('-')
      expect(codeOf(() => openEmergency(code, ANCHOR, SUBJECT, { hour }))).toBe('NO_EMERGENCY')
    }
  })

  it('that are guessed open nothing, however well they are spelled', () => {
    const hour = SPAN.baseHour + 40
    const guess = fc.uint8Array({ minLength: 13, maxLength: 13 }).map((bytes) => {
      // Of this very hour: all that is left to guess is the 95 bits.
      bytes[0] = (hour % 32) >> 1
      bytes[1] = (((hour % 32) & 1) << 7) | ((bytes[1] ?? 0) & 0x7f)
      return bytes
    })
    fc.assert(
      fc.property(guess, (bytes) => {
        const code = spell('emergency', bytes).join('-')
        expect(codeOf(() => openEmergency(code, ANCHOR, SUBJECT, { hour }))).toBe('NO_EMERGENCY')
      }),
      { numRuns: size(2_000, 1_000_000) },
    )
  })
})

const RANDOM = fc.record({
  cti: fc.uint8Array({ minLength: 10, maxLength: 10 }),
  r: fc.uint8Array({ minLength: 13, maxLength: 13 }).map((bytes) => {
    bytes[0] = (bytes[0] ?? 0) & 0x0f
    return bytes
  }),
  values: fc.array(fc.option(fc.string({ minLength: 1 }), { nil: undefined }), { minLength: 5, maxLength: 5 }),
  line: fc.integer({ min: 0, max: 15 }),
  clock: fc.boolean(),
})

describe('requests', () => {
  it('are read back, and one with two wrong symbols is never taken for another', () => {
    const slip = fc.record({ at: fc.integer({ min: 0, max: 49 }), symbol: fc.constantFrom(...ALPHABET) })
    let slips = 0
    fc.assert(
      fc.property(RANDOM, slip, slip, ({ cti, r, values, line, clock }, one, two) => {
        const request = {
          clock,
          line,
          ctiPrefix: cti.slice(0, 5),
          device: machineDevice(cti, values),
          anchor: releaseAnchor(cti, r),
        }
        const symbols = spell('request', writeRequest(request)).join('')
        expect(parseRequest(symbols).request).toEqual(request)
        const wrong = [...symbols]
        for (const { at, symbol } of [one, two]) wrong[at] = symbol
        if (wrong.join('') === symbols) return
        slips += 1
        expect(['CODE_MISTYPED', 'CODE_KIND', 'LICENSE_INVALID']).toContain(codeOf(() => parseRequest(wrong.join(''))))
      }),
      { numRuns: size(2_000, 1_000_000) },
    )
    expect(slips).toBeGreaterThan(1_000)
  })
})

describe('release codes', () => {
  it('that are guessed give no place back', () => {
    fc.assert(
      fc.property(RANDOM, RANDOM, (own, other) => {
        const anchor = releaseAnchor(own.cti, own.r)
        const code = spell('release', other.r).join('-')
        expect(codeOf(() => openRelease(code, own.cti, anchor))).toBe('BAD_SIGNATURE')
        expect(openRelease(spell('release', own.r).join(' '), own.cti, anchor)).toEqual(own.r)
      }),
      { numRuns: size(2_000, 1_000_000) },
    )
  })
})
