import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/authority/nearest.ts'

describe('nearest', () => {
  const words = ['seats', 'devices', 'features', 'feature_titles', 'limits', 'kind', 'term', 'title']
  const cases: [string, string | undefined][] = [
    ['saets', 'seats'],
    ['seat', 'seats'],
    ['Seats', 'seats'],
    ['feature', 'features'],
    ['featuretitles', 'feature_titles'],
    ['kid', 'kind'],
    ['knid', 'kind'],
    ['xyz', undefined],
    ['colour_of_hair', undefined],
    ['', undefined],
  ]
  for (const [word, expected] of cases) {
    it(`${JSON.stringify(word)}: ${expected}`, () => expect(nearest(word, words)).toBe(expected))
  }

  it('finds a word after one edit', () => {
    const edited = fc.tuple(fc.constantFrom(...words), fc.nat(), fc.constantFrom('drop', 'double', 'swap'))
    fc.assert(
      fc.property(edited, ([word, place, kind]) => {
        const at = place % (word.length - 1)
        const [a = '', b = ''] = [word[at], word[at + 1]]
        const middle = { drop: b, double: a + a + b, swap: b + a }[kind]
        expect(nearest(word.slice(0, at) + middle + word.slice(at + 2), words)).toBe(word)
      }),
    )
  })
})
