/**
 * What a reader relies on is there: every command that is offered is explained, stands in the README, and is played in
 * a transcript, in one step that succeeds and one that fails; every flag is used there; every error code has its page.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Command } from '../src/cli/declare.ts'
import { HINTS } from '../src/cli/exits.ts'
import { main } from '../src/cli/main.ts'
import { parse } from '../src/cli/parse.ts'
import { OFFERED } from '../src/cli/program.ts'
import { ERRORS } from '../src/core/error-table.ts'
import type { ErrorCode } from '../src/core/errors.ts'
import { parseScript } from './harness/script.ts'
import { seeded, worldIo } from './harness/world.ts'

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const FOLDER = new URL('transcripts/', import.meta.url).pathname

const namesOf = ({ usage }: Command): string => usage.replace(/ [<[].*$/, '')

/** The words of an example behind `lic`, as a shell would split them. */
const wordsOf = (line: string): readonly string[] => {
  const own = /(?:^|\| )lic (.*?)(?: [<|>] .*)?$/.exec(line)?.[1] ?? ''
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

interface Played {
  readonly failing: boolean
  /** Behind `lic`, options for every command taken away from the front. */
  readonly text: string
}

const PLAYED: readonly Played[] = readdirSync(FOLDER).flatMap((name) =>
  parseScript(readFileSync(join(FOLDER, name), 'utf8')).steps.flatMap(({ text, negated }) => {
    const words = /^(?:! )?exec lic ?(.*)$/.exec(text)?.[1]
    return words === undefined ? [] : [{ failing: negated, text: words.replace(/^(--json |--home \S+ )+/, '') }]
  }),
)

const playedOf = (command: Command): readonly Played[] =>
  PLAYED.filter(({ text }) => text === namesOf(command) || text.startsWith(`${namesOf(command)} `))

const usedIn = (command: Command, flag: string): boolean => {
  const name = flag.split(' ')[0] ?? flag
  return playedOf(command).some(({ text }) => text.split(/[ =]/).includes(name))
}

describe.each(OFFERED.map((command) => [namesOf(command), command] as const))('lic %s', (name, command) => {
  test('is explained in one line, and by command lines that parse', () => {
    expect(command.summary).toMatch(/^[a-z].*[^.]$/)
    for (const example of command.examples) {
      const parsed = parse(wordsOf(example), OFFERED)
      expect(parsed.kind === 'run' && parsed.command.usage, example).toBe(command.usage)
    }
  })

  test('takes --json', () => {
    expect(parse([...wordsOf(command.examples[0]), '--json'], OFFERED).globals.json).toBe(true)
  })

  test('stands in the README', () => {
    expect(README).toMatch(new RegExp(`\`lic ${name}( [^\`]*)?\``))
  })

  test('is played, once in vain', () => {
    expect(playedOf(command).some(({ failing }) => !failing)).toBe(true)
    expect(playedOf(command).some(({ failing }) => failing)).toBe(true)
  })

  test('has its flags played: with it, or with another that shares them', () => {
    const unplayed = Object.keys(command.flags).filter((flag) => {
      const sharing = OFFERED.filter((each) => Object.hasOwn(each.flags, flag))
      return !sharing.some((each) => usedIn(each, flag))
    })
    expect(unplayed).toEqual([])
  })
})

describe('error codes', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('%s has a page with the step that mends it', async (code) => {
    const { io, stdout } = worldIo({ cwd: '/', env: {}, now: 0, random: seeded('docs') })
    expect(await main(['help', code], io)).toBe(0)
    expect(HINTS[code].length).toBeGreaterThan(10)
    expect(stdout.text).toContain(HINTS[code])
    expect(stdout.text).toContain(`exit status ${ERRORS[code].exit} `)
  })
})

test('every exit status stands in the README', () => {
  for (const exit of new Set(Object.values(ERRORS).map((row) => row.exit))) expect(README).toContain(`${exit} `)
})
