/**
 * The kit calls itself as it was started: `node lic.cjs install FILE` is the next step there. Invariant: only commands that the kit
 * has are renamed; others are for the vendor, whose program is called `lic`.
 */

import { relative } from 'node:path'
import { OFFERED } from './program.ts'

/** In quotes that shells and the prompt of Windows take alike. */
const word = (path: string): string => (/^[\w./\\:+@%-]+$/.test(path) ? path : `"${path}"`)

/** What Node says of itself: how it was called, the file that it runs, and from where. */
interface Started {
  readonly argv0: string
  readonly argv: readonly string[]
  cwd(): string
}

const nameOf = ({ argv0, argv, cwd }: Started): string => {
  const file = argv[1] ?? 'lic.cjs'
  const near = relative(cwd(), file)
  return `${word(argv0)} ${word(near.length < file.length ? near : file)}`
}

/** For Io. */
export const calledAs = (started: Started): ((text: string) => string) => {
  const program = nameOf(started)
  const names = [...OFFERED.map(({ usage }) => usage.replace(/ [<[].*$/, '')), 'COMMAND', 'TOPIC', 'CODE']
  const own = new RegExp(`(?<![\\w./-])lic (?=(?:${names.join('|')})(?![\\w-]))`, 'g')
  return (text) => text.replace(own, () => `${program} `)
}
