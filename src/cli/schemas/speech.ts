/** What lic says of itself: errors and warnings on stderr, help, its version, its schemas, the demo. */

import { CODE } from './authority.ts'
import { anything, either, list, named, object, oneOf, optional, says, text, whole } from './vocabulary.ts'

/** The whole line on stderr, not the `data` of an envelope. */
export const error = says(
  'Why a command failed: one line on stderr, and stdout is empty.',
  object({
    error: object({
      code: CODE,
      message: text('what happened, one sentence'),
      hint: text('the step that mends it'),
      exit: whole('the exit status'),
      action: optional(oneOf('what the holder can do', ['activate', 'renew', 'upgrade', 'contact'])),
      stage: optional(
        oneOf('the check that failed', ['decode', 'type', 'chain', 'signature', 'rights', 'time', 'policy']),
      ),
      data: optional(named('particulars: candidates, file, field', anything('a value'))),
    }),
  }),
)

export const warning = says(
  'What may surprise later: one line on stderr.',
  object({ warning: object({ message: text('one sentence') }) }),
)

export const debug = says(
  'With --debug, behind the error: one line on stderr.',
  object({ debug: object({ stack: text('where the error came from') }) }),
)

export const version = says('The version of lic.', object({ version: text('as in package.json') }))

const COMMAND = object({
  usage: text('how it is written'),
  audience: oneOf('who uses it', ['vendor', 'customer', 'CI', 'anyone']),
  summary: text('what it does, one line'),
  flags: named('its own options, as written', text('what it does')),
  examples: list('the commonest first', text('a command line')),
})
export const help = says(
  'Everything, some commands, or a page on a topic or an error code.',
  either(
    object({
      commands: list('all of them', COMMAND),
      topics: list('pages of lic help', text('a topic')),
      flags: named('options for every command', text('what it does')),
    }),
    object({ commands: list('those that were asked for', COMMAND) }),
    object({ topic: text('what was asked for'), text: text('the page') }),
  ),
)

export const schemas = says(
  'Every shape that --json prints.',
  object({
    schemas: list(
      'by name',
      object({
        name: text('as in the field schema'),
        stream: oneOf('where it is printed', ['stdout', 'stderr']),
        description: text('what it holds'),
      }),
    ),
  }),
)

export const schema = says(
  'The JSON Schema of one shape.',
  object({ name: text('as in the field schema'), schema: named('JSON Schema 2020-12', anything('a keyword')) }),
)

export const demo = says(
  'The demo that was played.',
  object({
    dir: text('where everything lies that it made'),
    steps: list('in order', object({ command: text('a command line'), exit: whole('its exit status') })),
  }),
)

export const completion = says(
  'The script that makes a shell complete lic.',
  object({ shell: oneOf('for which shell', ['bash', 'zsh', 'fish']), script: text('what the shell reads') }),
)
