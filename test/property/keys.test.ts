/**
 * Random lives of an authority against a small model (life.ts). After each publishing every license that was ever signed, and
 * every one that a thief made, is verified on the first root alone: none stands that should not, none is refused that should.
 */

import { describe, expect, test } from 'vitest'
import { Life } from './life.ts'
import { SLOW, size } from './size.ts'

const LIVES = size(8, 500)
const STEPS = 40

/** What is said of licenses and trials, of the holder's and of the thief's, and of trials when they are taken in. */
const SEEN = [
  ...['ok', 'KEY_COMPROMISED', 'LICENSE_REVOKED', 'LICENSE_EXPIRED', 'RIGHTS_EXCEEDED'].map((each) => `trial ${each}`),
  ...['ok', 'KEY_COMPROMISED', 'LICENSE_REVOKED', 'RIGHTS_EXCEEDED'].map((each) => `license ${each}`),
  ...['taken', 'again', 'KEY_COMPROMISED', 'NOT_IN_LEDGER', 'RIGHTS_EXCEEDED'].map((each) => `import ${each}`),
]

describe('random lives', () => {
  test(`${LIVES} of them agree with the model`, { timeout: SLOW ? 7_200_000 : 120_000 }, async () => {
    let verified = 0
    const seen = new Set<string>()
    for (let n = 0; n < LIVES; n++) {
      const life = await Life.begin(`life ${n}`)
      try {
        for (let step = 0; step < STEPS; step++) {
          await life.step().catch((cause: unknown) => {
            throw new Error(`life ${n}, step ${step}: ${cause instanceof Error ? cause.message : cause}`, { cause })
          })
        }
        verified += life.verified
        for (const each of life.seen) seen.add(each)
      } finally {
        await life.close()
      }
    }
    expect(verified).toBeGreaterThan(LIVES * 20)
    // What never comes up is not shown.
    expect([...seen]).toEqual(expect.arrayContaining(SEEN))
    if (SLOW) expect([...seen]).toContain('import CONFLICT')
  })
})
