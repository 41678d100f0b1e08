/**
 * A hint is followed to the letter, so it may not name what is not there. Held against the program: each `lic ...` that a hint
 * names is a command, and each flag one of that command, or of the one that gave the hint. Every transcript passes here.
 */

import { GLOBAL_FLAGS } from '../../src/cli/global-flags.ts'
import { OFFERED } from '../../src/cli/program.ts'

const flagNames = (flags: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(flags).map((flag) => flag.split(' ')[0] ?? '')
const GLOBAL = new Set(flagNames(GLOBAL_FLAGS))

const FLAGS = new Map(
  OFFERED.map(({ usage, flags }) => [usage.replace(/ [<[].*$/, ''), new Set(flagNames(flags))] as const),
)

/** The longest name of a command that the words begin with. */
const commandOf = (words: readonly string[]): string | undefined =>
  [3, 2, 1].map((count) => words.slice(0, count).join(' ')).find((name) => FLAGS.has(name))

/** @throws Error naming what there is none of */
export const checkHints = (argv: readonly string[], stderr: string): void => {
  const own = commandOf(argv.filter((word) => !word.startsWith('-')))
  for (const [, hint = ''] of stderr.matchAll(/^lic: hint: (.*)$/gm)) {
    // Up to the first command the flags are those of the command that failed.
    const [before = '', ...commands] = hint.split(/\blic (?=[a-z])(?!calls )/)
    check(hint, own, before)
    for (const text of commands) {
      const name = commandOf(text.replaceAll('`', ' ').split(/[\s,;:.)?]+/))
      if (name === undefined) throw new Error(`there is no such command: ${hint}`)
      // What stands behind an "or" is again said of the command that failed.
      const [said = '', ...more] = text.split(/[;,`]/)
      check(hint, name, said)
      for (const each of more) check(hint, name, each, own)
    }
  }
}

const check = (hint: string, ...[name, text = '', other]: (string | undefined)[]): void => {
  for (const [flag] of text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)) {
    if (GLOBAL.has(flag) || [name, other].some((each) => (each === undefined ? false : FLAGS.get(each)?.has(flag))))
      continue
    throw new Error(`lic ${name} has no ${flag}: ${hint}`)
  }
}
