/**
 * Help as text, from the declarations alone. Root: commands grouped by who you are. Command: examples first.
 * Nothing here knows commander, so the README and other tools can print the same.
 */

import type { Audience, Command, Flags } from './declare.ts'

const GROUPS: readonly (readonly [Audience, string])[] = [
  ['vendor', 'Vendor: sell and keep the book'],
  ['customer', 'Customer: run on a machine without a network'],
  ['CI', 'CI: issue trials without the ledger'],
  ['anyone', 'Anyone'],
]

/** The verbs of one noun share a line: `customer ...  add, list, show`. */
const lines = (commands: readonly Command[]): readonly (readonly [string, string])[] => {
  const nouns = new Map<string, { verbs: string[]; summary: string }>()
  for (const { usage, summary } of commands) {
    const [first = '', second] = usage.split(' ')
    const noun = second !== undefined && /^[a-z]/.test(second)
    const known = nouns.get(first)
    if (noun && known !== undefined) known.verbs.push(second)
    else nouns.set(first, { verbs: noun ? [second] : [], summary: noun ? '' : summary })
  }
  return [...nouns].map(([name, { verbs, summary }]) => {
    if (verbs.length === 0) return [name, summary]
    if (verbs.length > 1) return [`${name} ...`, verbs.join(', ')]
    return [`${name} ${verbs[0]}`, commands.find(({ usage }) => usage.startsWith(`${name} `))?.summary ?? '']
  })
}

const listed = (pairs: readonly (readonly [string, string])[]): string => {
  const most = Math.max(...pairs.map(([left]) => left.length))
  return pairs.map(([left, right]) => `  ${left.padEnd(most)}  ${right}`.trimEnd()).join('\n')
}

export const overview = (commands: readonly Command[], topics: readonly string[], globals: Flags): string => {
  const groups = GROUPS.flatMap(([audience, title]) => {
    const own = commands.filter((command) => command.audience === audience)
    return own.length === 0 ? [] : [`${title}\n${listed(lines(own))}`]
  })
  return [
    'lic: sign licenses and check them, without a network\n\nUsage: lic COMMAND [options]',
    ...groups,
    `Options for every command\n${listed(Object.entries(globals))}`,
    `More: lic help COMMAND, lic help CODE of an error, lic help TOPIC: ${topics.join(', ')}`,
  ].join('\n\n')
}

export const explained = ({ usage, summary, examples, flags }: Command, globals: Flags): string => {
  const own = Object.entries(flags)
  return [
    `lic ${usage.replace(/ [<[].*/, '')}: ${summary}`,
    `Examples\n${examples.map((example) => `  ${example}`).join('\n')}`,
    `Usage: lic ${usage}${own.length === 0 ? '' : ' [options]'}`,
    ...(own.length === 0 ? [] : [`Options\n${listed(own.map(([flag, text]) => [flag.replace(/\.\.\.$/, ''), text]))}`]),
    `Options for every command\n${listed(Object.entries(globals))}`,
  ].join('\n\n')
}
