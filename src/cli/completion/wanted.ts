/**
 * What may stand where the cursor is, from the words before it and the declarations alone. Pure: what the ledger or the
 * disk knows is named as a source, and asked by answer.ts. The parser is not used: half a command line does not parse.
 */

import type { Command } from '../declare.ts'
import { GLOBAL_FLAGS } from '../global-flags.ts'
import { type Source, sourceOfFlag, sourceOfPlace } from './sources.ts'

export interface Candidate {
  readonly value: string
  /** One short line; may be empty. */
  readonly meaning: string
}

export interface Wanted {
  /** Known from the declarations. */
  readonly candidates: readonly Candidate[]
  /** Asked for `typed`; each answer stands behind `before`. */
  readonly source?: Source | undefined
  readonly before: string
  readonly typed: string
  /** The words that name the command, and its places that are filled. */
  readonly path: readonly string[]
  readonly home?: string | undefined
  readonly brand?: string | undefined
}

interface Declared {
  readonly names: readonly string[]
  readonly places: readonly string[]
  readonly command: Command
}

const declared = (command: Command): Declared => {
  const words = command.usage.split(' ')
  return {
    command,
    names: words.filter((word) => /^[a-z]/.test(word)),
    places: words.filter((word) => !/^[a-z]/.test(word)),
  }
}

const begins = (longer: readonly string[], shorter: readonly string[]): boolean =>
  shorter.length <= longer.length && shorter.every((word, i) => longer[i] === word)

/** @param words those before the cursor, behind `lic`; the last is being typed and may be empty */
export const wantedAt = (words: readonly string[], commands: readonly Command[]): Wanted => {
  const all = commands.map(declared)
  const typed = words.at(-1) ?? ''
  const { path, flags, open, ended } = walked(words.slice(0, -1), all)
  const base = { path, typed, before: '', candidates: [], home: flags.get('--home'), brand: flags.get('--brand') }
  const known = flagsAt(path, all)
  if (open !== undefined) return { ...base, source: sourceOfFlag(open) }
  const [, name = '', value] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? []
  if (value !== undefined && !ended) {
    const flag = known.find(([each]) => nameOf(each) === name)?.[0]
    return { ...base, before: `${name}=`, typed: value, source: flag === undefined ? undefined : sourceOfFlag(flag) }
  }
  if (typed.startsWith('-') && !ended) {
    const free = known.filter(([flag]) => flag.endsWith('...') || !flags.has(nameOf(flag)))
    return { ...base, candidates: free.map(([flag, meaning]) => ({ value: nameOf(flag), meaning })) }
  }
  const found = all.find(({ names }) => names.length > 0 && begins(path, names))
  if (found === undefined) return { ...base, candidates: nextWords(path, all) }
  const at = path.length - found.names.length
  const place = found.places[at] ?? found.places.filter((each) => each.includes('...')).at(-1)
  return { ...base, source: place === undefined ? undefined : sourceOfPlace(place, found.names) }
}

const nameOf = (flag: string): string => flag.split(' ')[0] ?? flag

/** The flags that may stand behind these words. */
const flagsAt = (path: readonly string[], all: readonly Declared[]): readonly (readonly [string, string])[] => {
  const own = all.find(({ names }) => begins(path, names))?.command.flags ?? {}
  return [...Object.entries(own), ...Object.entries(GLOBAL_FLAGS), ['--help', 'explain this command']]
}

/** Words without flags, the flags with their values, and the flag that still waits for one. */
const walked = (words: readonly string[], all: readonly Declared[]) => {
  const path: string[] = []
  const flags = new Map<string, string>()
  let open: string | undefined
  let ended = false
  for (const word of words) {
    if (open !== undefined) {
      flags.set(nameOf(open), word)
      open = undefined
    } else if (word === '--') ended = true
    else if (ended || !word.startsWith('-')) path.push(word)
    else {
      const [name = word, ...value] = word.split('=')
      flags.set(name, value.join('='))
      const flag = flagsAt(path, all).find(([each]) => nameOf(each) === name)?.[0]
      if (flag?.includes('<') && !word.includes('=')) open = flag
    }
  }
  return { path, flags, open, ended }
}

/** What goes on from these words: commands, and nouns with their verbs. */
export const nextWords = (
  path: readonly string[],
  all: readonly { readonly names: readonly string[]; readonly command: Command }[],
): readonly Candidate[] => {
  const further = all.filter(({ names }) => names.length > path.length && begins(names, path))
  const words = [...new Set(further.map(({ names }) => names[path.length] ?? ''))]
  return words.map((value) => {
    const under = further.filter(({ names }) => names[path.length] === value)
    const [only] = under
    const verbs = under.map(({ names }) => names[path.length + 1]).filter((verb) => verb !== undefined)
    return { value, meaning: verbs.length > 0 ? verbs.join(', ') : (only?.command.summary ?? '') }
  })
}

/** The same for `lic help`, which takes the names of commands. */
export const namesBehind = (path: readonly string[], commands: readonly Command[]): readonly Candidate[] =>
  nextWords(path, commands.map(declared))
