/**
 * One command, from its words to its delivered result. Everything that every command needs is imported here together,
 * so that the bundle loads it as one piece; what a single command needs is loaded by that command.
 */

import { LicError } from '../core/errors.ts'
import { type Context, contextOf } from './context.ts'
import type { Flags } from './declare.ts'
import { deliver } from './deliver.ts'
import { hintOf } from './exits.ts'
import type { Io } from './io.ts'
import type { Finding, Result } from './outcome.ts'
import { type Parsed, parse } from './parse.ts'
import { OFFERED } from './program.ts'
import { voiceOf } from './voice.ts'

export { exitOf } from './exits.ts'
export { voiceOf }

/** The command that the words name, such as `customer add`; undefined when they name none. */
export const commandIn = (words: readonly string[]): string | undefined => {
  const names = OFFERED.map(({ usage }) => usage.replace(/ [<[].*$/, ''))
  return names.find((name) =>
    words
      .filter((word) => !word.startsWith('-'))
      .join(' ')
      .concat(' ')
      .startsWith(`${name} `),
  )
}

const flagsIn = (words: readonly string[]): Flags | undefined => {
  const name = commandIn(words)
  return OFFERED.find(({ usage }) => usage.replace(/ [<[].*$/, '') === name)?.flags
}

/** Whether the command that the words name changes something: then it takes --dry-run, whatever else it takes. */
export const changesIn = (words: readonly string[]): boolean => '--dry-run' in (flagsIn(words) ?? {})

/** What mends an error, in the words of the command that met it: no flag is named that it does not take. */
export const hintFor = async (error: LicError, words: readonly string[]): Promise<string> => {
  const flags = flagsIn(words)
  if (error.code === 'FILE_EXISTS' && error.hint === undefined && flags !== undefined && !('--force' in flags)) {
    return 'choose another name'
  }
  if (error.hint === undefined && error.data?.kind !== undefined) {
    const known = (await import('./belongs.ts')).belonging(error)
    if (known !== undefined) return known
  }
  return hintOf(error).replace('COMMAND', commandIn(words) ?? 'COMMAND')
}

/**
 * @param lasting called when the result is a stream that ends by itself after Ctrl-C
 * @throws LicError, and whatever else a command throws; then stdout is empty, or has the whole rows of a stream
 */
export const conduct = async (
  argv: readonly string[],
  io: Io,
  version: string,
  lasting: () => void = () => {},
): Promise<Finding | undefined> => {
  const parsed = parse(argv, OFFERED)
  const voice = await voiceOf(io, parsed.globals)
  const context = contextOf(io, voice, parsed.globals, OFFERED)
  const result = await resultOf(parsed, context, version)
  if ('rows' in result && result.lasting) lasting()
  return deliver(context, result)
}

const resultOf = async (parsed: Parsed, context: Context, version: string): Promise<Result> => {
  if (parsed.kind === 'version') {
    return { schema: 'version', data: { version }, show: { text: `lic ${version}` } }
  }
  if (parsed.kind === 'help') {
    const { help } = await import('./commands/help.ts')
    return help(context, { topic: parsed.topic })
  }
  const body = await parsed.command.run?.()
  if (body === undefined) throw new LicError('UNEXPECTED', `lic ${parsed.command.usage} has no body`)
  return body(context, parsed.given)
}
