/** `lic help [topic...]`: a command, an error code, a topic, or everything on one page. */

import { LicError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import type { Command } from '../declare.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import { explained, overview } from '../help.ts'
import type { Outcome } from '../outcome.ts'
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

export const help = async ({ offered }: Context, { topic }: HelpOptions): Promise<Outcome> => {
  const asked = topic.join(' ')
  if (asked === '') {
    return {
      schema: 'help',
      data: { commands: offered.map(described), topics: Object.keys(TOPICS), flags: GLOBAL_FLAGS },
      show: { text: overview(offered, Object.keys(TOPICS), GLOBAL_FLAGS) },
    }
  }
  const commands = find(offered, asked)
  if (commands.length > 0) {
    const text = commands.map((command) => explained(command, GLOBAL_FLAGS)).join('\n\n\n')
    return { schema: 'help', data: { commands: commands.map(described) }, show: { text } }
  }
  const text = (Object.hasOwn(TOPICS, asked) ? TOPICS[asked]?.() : undefined) ?? codePage(asked)
  if (text === undefined) {
    throw new LicError('NOT_FOUND', `no help on ${asked}`, {
      hint: `\`lic help\` lists the commands; topics: ${Object.keys(TOPICS).join(', ')}`,
    })
  }
  return { schema: 'help', data: { topic: asked, text }, show: { text } }
}
