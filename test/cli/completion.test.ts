/** What is offered at the tab key: from the declarations alone, for whatever was typed. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wantedAt } from '../../src/cli/completion/wanted.ts'
import { GLOBAL_FLAGS } from '../../src/cli/global-flags.ts'
import { parse } from '../../src/cli/parse.ts'
import { OFFERED } from '../../src/cli/program.ts'

const at = (...words: readonly string[]) => wantedAt(words, OFFERED)
const values = (...words: readonly string[]) => at(...words).candidates.map(({ value }) => value)

describe.each(OFFERED.map((command) => [command.usage.replace(/ [<[].*$/, ''), command] as const))(
  'lic %s',
  (name, command) => {
    test('is found word by word', () => {
      const words = name.split(' ')
      words.forEach((word, i) => {
        expect(values(...words.slice(0, i), '')).toContain(word)
      })
    })

    test('offers each of its flags', () => {
      const flags = Object.keys({ ...command.flags, ...GLOBAL_FLAGS }).map((flag) => flag.split(' ')[0])
      expect(values(...name.split(' '), '-')).toEqual(expect.arrayContaining(flags))
    })
  },
)

test('a flag that takes a value is followed by it, not by a place', () => {
  expect(at('list', '--status', '').source).toContain('revoked')
  expect(at('list', '--status=').source).toContain('revoked')
  expect(at('renew', '--for', '').source).toBeUndefined()
  expect(at('renew', '--for', '1y', '').source).toBe('licenses')
  expect(at('key', 'export', '').source).toBe('keys')
  expect(at('--home', 'h', 'renew', '').home).toBe('h')
})

test('behind -- nothing is a flag', () => {
  expect(values('list', '--', '-')).toEqual([])
})

test('a shell may ask anything', () => {
  const names = OFFERED.flatMap(({ usage, flags }) => [...usage.split(' '), ...Object.keys(flags)])
  const word = fc.oneof(fc.constantFrom(...names, '--', '', '--='), fc.string({ unit: 'binary' }))
  fc.assert(fc.property(fc.array(word), (words) => Array.isArray(at(...words).candidates)))
})

test('no command is called as the question is', () => {
  expect(() => parse(['complete'], OFFERED)).toThrow()
})
