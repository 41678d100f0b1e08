/**
 * Words of the command line to a command and its values. The only file that knows commander. Invariant: it prints
 * nothing and never ends the process; help and version are ordinary results, everything else wrong is USAGE.
 */

import { Argument, Command as Commander, CommanderError, Option } from 'commander'
import { LicError } from '../core/errors.ts'
import type { Globals } from './context.ts'
import type { Command } from './declare.ts'
import { GLOBAL_FLAGS } from './global-flags.ts'
import { elsewhere, SYNONYMS } from './synonyms.ts'

export type Parsed =
  | { readonly kind: 'run'; readonly command: Command; readonly given: Values; readonly globals: Globals }
  | { readonly kind: 'help'; readonly topic: readonly string[]; readonly globals: Globals }
  | { readonly kind: 'version'; readonly globals: Globals }
type Values = Readonly<Record<string, unknown>>

const NOTHING: Globals = {
  json: false,
  yes: false,
  noInput: false,
  debug: false,
  color: true,
  plain: false,
  dryRun: false,
  home: undefined,
  actor: undefined,
}

/** @throws LicError USAGE naming the word that is wrong, with the nearest right one in the hint. */
export const parse = (argv: readonly string[], commands: readonly Command[]): Parsed => {
  let parsed: Parsed | undefined
  let helped: Commander | undefined
  const root = new Commander('lic')
    .exitOverride()
    .enablePositionalOptions()
    .helpCommand(false)
    .version('-', '-V, --version')
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .configureHelp({
      formatHelp: (at) => {
        helped = at
        return ''
      },
    })
  addFlags(root, GLOBAL_FLAGS)
  for (const command of commands) {
    const leaf = add(root, command, argv)
    leaf.action(() => {
      const given = values(leaf, command)
      parsed = { kind: 'run', command, given, globals: globalsOf(leaf, given) }
    })
  }
  try {
    root.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const at = helped ?? root
    if (error.code === 'commander.version') {
      // What stands behind --version is not parsed any more.
      return { kind: 'version', globals: { ...globalsOf(root, {}), json: argv.includes('--json') } }
    }
    if (error.code === 'commander.helpDisplayed' || (error.code === 'commander.help' && at === root)) {
      return { kind: 'help', topic: pathOf(at), globals: globalsOf(at, {}) }
    }
    throw usage(error, at, argv.find((word) => !word.startsWith('-')) ?? '')
  }
  return parsed ?? { kind: 'help', topic: [], globals: globalsOf(root, {}) }
}

/** Start-up: flags are built only where `argv` can lead; the other commands are there to be named in a suggestion. */
const add = (root: Commander, { usage, flags }: Command, argv: readonly string[]): Commander => {
  const words = usage.split(' ')
  const names = words.filter((word) => /^[a-z]/.test(word))
  const leaf = names.reduce((parent, name) => {
    const known = parent.commands.find((child) => child.name() === name)
    if (known !== undefined) return known
    const made = parent.command(name)
    return argv.includes(name) ? addFlags(made, GLOBAL_FLAGS) : made
  }, root)
  if (!names.every((name) => argv.includes(name))) return leaf
  for (const place of words.slice(names.length)) leaf.addArgument(new Argument(place))
  return addFlags(leaf, flags)
}

/** `--name <value>...` may be repeated: each time adds one value, so it never swallows the words after it. */
const addFlags = (command: Commander, flags: Command['flags']): Commander => {
  for (const flag of Object.keys(flags)) {
    const repeatable = flag.endsWith('...')
    const option = new Option(repeatable ? flag.slice(0, -3) : flag)
    if (repeatable) option.argParser((value: string, before: readonly string[] = []) => [...before, value])
    command.addOption(option)
  }
  return command
}

/** Every key of the declaration, present or not. */
const values = (leaf: Commander, { flags }: Command): Values => {
  const given: Record<string, unknown> = {}
  leaf.registeredArguments.forEach((argument, i) => {
    given[argument.name()] = leaf.processedArgs[i] ?? (argument.variadic ? [] : undefined)
  })
  for (const flag of Object.keys(flags)) {
    const option = new Option(flag.replace(/\.\.\.$/, ''))
    const value: unknown = leaf.getOptionValue(option.attributeName())
    const name = camel(option.name())
    if (option.negate) given[name] = value === false
    else if (flag.endsWith('...')) given[name] = value ?? []
    else given[name] = option.required ? value : value === true
  }
  return given
}

const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** Options for every command may stand before the command or after it. */
const globalsOf = (at: Commander, given: Values): Globals => {
  const levels: Readonly<Record<string, unknown>>[] = []
  for (let level: Commander | null = at; level !== null; level = level.parent) levels.push(level.opts())
  const home = levels.map((level) => level.home).find((value) => typeof value === 'string')
  return {
    ...NOTHING,
    json: levels.some((level) => level.json === true),
    yes: levels.some((level) => level.yes === true),
    debug: levels.some((level) => level.debug === true),
    noInput: levels.some((level) => level.input === false),
    color: levels.every((level) => level.color !== false),
    plain: levels.some((level) => level.plain === true),
    home: typeof home === 'string' ? home : undefined,
    dryRun: given.dryRun === true,
    actor: typeof given.actor === 'string' ? given.actor : undefined,
  }
}

const pathOf = (at: Commander): readonly string[] => (at.parent === null ? [] : [...pathOf(at.parent), at.name()])

/** commander: `error: unknown option '--tire'\n(Did you mean --tier?)` */
const usage = (error: CommanderError, at: Commander, command: string): LicError => {
  if (error.code === 'commander.help') {
    const verbs = at.commands.map((child) => child.name())
    return new LicError('USAGE', `lic ${pathOf(at).join(' ')} needs a verb: ${verbs.join(', ')}`)
  }
  const [first = '', second] = error.message.split('\n')
  const meant = /^\(Did you mean (.*)\?\)$/.exec(second ?? '')?.[1]
  const message = first.replace(/^error: /, '').replace(/\.$/, '')
  const hint = otherwise(message, command) ?? (meant === undefined ? undefined : `did you mean ${meant}?`)
  return new LicError('USAGE', message, hint === undefined ? {} : { hint })
}

/** What goes before the nearest spelling: a word that is another command's name for it, an option that is elsewhere. */
const otherwise = (message: string, command: string): string | undefined => {
  const [, what, word = ''] = /^unknown (command|option) '([^']*)'/.exec(message) ?? []
  if (what === 'option') return elsewhere(command, word)
  const meant = what === 'command' && word === command ? SYNONYMS.get(word) : undefined
  return meant === undefined ? undefined : `lic calls it otherwise: ${meant}`
}
