/** `lic help [topic...]`: a command, an error code, a topic, or everything on one page. */

import { ERRORS } from '../../core/error-table.ts'
import { LicError } from '../../core/errors.ts'
import { closeMatches } from '../../ledger/close-matches.ts'
import { wrap } from '../../render/width.ts'
import type { Context } from '../context.ts'
import type { Command } from '../declare.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import { explained, overview } from '../help.ts'
import type { Outcome } from '../outcome.ts'
import type { Show } from '../show.ts'
import { codePage, TOPICS } from '../topics.ts'

interface HelpOptions {
  readonly topic: readonly string[]
}

const described = ({ usage, audience, summary, flags, examples }: Command) => ({
  usage: `lic ${usage}`,
  audience,
  summary,
  flags,
  examples,
})

/** `customer` finds all verbs of the noun, `customer add` the one. */
const find = (offered: readonly Command[], topic: string): readonly Command[] =>
  offered.filter(({ usage }) => usage === topic || usage.startsWith(`${topic} `))

export const help = async ({ offered, io }: Context, { topic }: HelpOptions): Promise<Outcome> => {
  const page = (composed: string): Show => {
    const text = io.called(composed)
    return { text: io.stdout.isTTY ? wrap(text, io.stdout.columns) : text }
  }
  const asked = topic.join(' ')
  if (asked === '') {
    return {
      schema: 'help',
      data: { commands: offered.map(described), topics: Object.keys(TOPICS), flags: GLOBAL_FLAGS },
      show: page(overview(offered, Object.keys(TOPICS), GLOBAL_FLAGS)),
    }
  }
  const commands = find(offered, asked)
  if (commands.length > 0) {
    const text = commands.map((command) => explained(command, GLOBAL_FLAGS)).join('\n\n\n')
    return { schema: 'help', data: { commands: commands.map(described) }, show: page(text) }
  }
  const text = (Object.hasOwn(TOPICS, asked) ? TOPICS[asked]?.() : undefined) ?? codePage(asked)
  if (text === undefined) {
    throw noHelp(asked, offered)
  }
  return { schema: 'help', data: { topic: asked, text }, show: page(text) }
}

/** Commands, topics and codes are looked through for what was meant; a code in capitals as it is written. */
const noHelp = (asked: string, offered: readonly Command[]): LicError => {
  const names = offered.map(({ usage }) => usage.replace(/ [<[].*$/, ''))
  const nouns = names.map((name) => name.split(' ')[0] ?? name)
  const candidates = closeMatches(asked, [
    ...new Set([...nouns, ...names, ...Object.keys(TOPICS), ...Object.keys(ERRORS)]),
  ])
  return new LicError('NOT_FOUND', `no help on ${asked}`, {
    hint:
      candidates.length > 0
        ? `did you mean ${candidates.join(', ')}?`
        : `\`lic help\` lists the commands; topics: ${Object.keys(TOPICS).join(', ')}`,
    data: { topic: asked, candidates },
  })
}
