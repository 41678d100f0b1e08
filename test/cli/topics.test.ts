/** The pages of `lic help TOPIC` are true: what they name exists, and they fit a terminal. */

import { describe, expect, test } from 'vitest'
import { parse } from '../../src/cli/parse.ts'
import { OFFERED } from '../../src/cli/program.ts'
import { TOPICS } from '../../src/cli/topics.ts'
import { ERRORS } from '../../src/core/error-table.ts'

/** In backquotes, which may run over a line's end, or a line of its own. */
const commandsIn = (page: string): readonly string[] => [
  ...[...page.matchAll(/`lic ([^`]+)`/g)].map(([, words = '']) => words.replace(/\s+/g, ' ')),
  ...[...page.matchAll(/^ {2}lic (.+?)(?: {2,}.*)?$/gm)].map(([, words = '']) => words),
]

describe.each(Object.entries(TOPICS))('lic help %s', (_name, page) => {
  test('fits 80 columns', () => {
    expect(
      page()
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([])
  })

  test('names commands that exist, as they are written', () => {
    for (const words of commandsIn(page())) {
      // `lic init` in a sentence names the command; what it needs besides is asked for.
      expect(() => parse(words.split(' '), OFFERED), words).not.toThrow()
    }
  })

  test('names codes that exist', () => {
    const known = new Set<string>(Object.keys(ERRORS))
    const codes = [...page().matchAll(/^([A-Z]+(?:_[A-Z]+)+)(?=:| although| at|$)/gm)].map(([, code = '']) => code)
    expect(codes.filter((code) => !known.has(code))).toEqual([])
  })
})

test('pages name commands and codes at all', () => {
  expect(Object.values(TOPICS).flatMap((page) => commandsIn(page())).length).toBeGreaterThan(25)
})

test('lic help bulk names every column of every file', async () => {
  const blocks = (TOPICS.bulk?.() ?? '').split(/^(?=lic )/m)
  const [issue, renew, move, customers, trials] = blocks
    .slice(1)
    .map((block) => block.split(/\n\n/, 1)[0]?.split(/\s+/) ?? [])
  const commands = '../../src/cli/commands'
  expect(issue).toEqual(expect.arrayContaining([...(await import(`${commands}/issue-from.ts`)).columns(0).names]))
  expect(renew).toEqual(expect.arrayContaining([...(await import(`${commands}/renew-from.ts`)).columns(0).names]))
  expect(move).toEqual(expect.arrayContaining([...(await import(`${commands}/move-from.ts`)).COLUMNS.names]))
  expect(customers).toEqual(expect.arrayContaining([...(await import(`${commands}/customer-import.ts`)).COLUMNS.names]))
  expect(trials).toEqual(expect.arrayContaining([...(await import(`${commands}/trial-from.ts`)).COLUMNS.names]))
})
