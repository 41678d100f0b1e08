/**
 * Fills a template with values. Strict: a placeholder without a value, a word that the template does not define, a
 * section that is not closed: each is an error that names it. Safe: text is escaped wherever it lands; only what this
 * program drew itself (Drawn) goes in as it is, and a value is never read as a template again.
 *
 *   <!--words            at the very start: one `name = text` a line, up to -->
 *   {{name}}             a text
 *   {{word name}}        the word `name.VALUE` of the template for one of a closed set of values
 *   {{title name}}       the same, or the value itself with blanks for underscores: for names that vendors make up
 *   {{#each name}} ... {{/each}}            {{#if name}} ... {{else}} ... {{/if}}
 */

import { LicError } from '../core/errors.ts'
import { safe } from './safe.ts'

/** Markup that this program made. */
export class Drawn {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

export type Value = string | boolean | Drawn | readonly Values[]
export interface Values {
  readonly [name: string]: Value
}

export interface Template {
  /** What the template says for the words that code knows by name. */
  readonly words: ReadonlyMap<string, string>
  readonly parts: readonly Part[]
}

type Part =
  | { readonly kind: 'markup'; readonly markup: string }
  | { readonly kind: 'text' | 'word' | 'title'; readonly name: string }
  | { readonly kind: 'each'; readonly name: string; readonly body: readonly Part[] }
  | { readonly kind: 'if'; readonly name: string; readonly body: readonly Part[]; readonly other: readonly Part[] }

const wrong = (message: string): LicError =>
  new LicError('INVALID_INPUT', `the template is not in order: ${message}`, {
    hint: 'compare it with templates/sheet.html as it was installed',
  })

const WORDS = /^<!--words\n([\s\S]*?)-->\n/
const TAG = /\{\{(.*?)\}\}/g

/** @throws LicError INVALID_INPUT naming what is wrong */
export const readTemplate = (text: string): Template => {
  const [head = '', lines = ''] = WORDS.exec(text) ?? []
  const words = new Map(
    lines
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): [string, string] => {
        const [, name, word] = /^\s*([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
        if (name === undefined || word === undefined) throw wrong(`no word: ${line.trim()}`)
        return [name, word]
      }),
  )
  return { words, parts: partsOf(text.slice(head.length)) }
}

interface Open {
  readonly kind: 'each' | 'if' | 'all'
  readonly name: string
  body: Part[]
  before: Part[] | undefined
}

const partsOf = (text: string): readonly Part[] => {
  const open: Open[] = [{ kind: 'all', name: '', body: [], before: undefined }]
  const top = (): Open => open.at(-1) as Open
  let at = 0
  for (const { 0: whole, 1: inside = '', index } of text.matchAll(TAG)) {
    top().body.push({ kind: 'markup', markup: text.slice(at, index) })
    at = index + whole.length
    const [, word, name = ''] = /^(#each|#if|word|title)? ?(\w+)$/.exec(inside) ?? []
    if (inside === 'else' && top().kind === 'if' && top().before === undefined) {
      top().before = top().body
      top().body = []
    } else if (inside === `/${top().kind}`) {
      const { kind, name, body, before } = open.pop() as Open
      top().body.push(
        kind === 'each' ? { kind, name, body } : { kind: 'if', name, body: before ?? body, other: before ? body : [] },
      )
    } else if (name === '' || name === 'else') throw wrong(`{{${inside}}} is not understood here`)
    else if (word === '#each' || word === '#if')
      open.push({ kind: word === '#each' ? 'each' : 'if', name, body: [], before: undefined })
    else top().body.push({ kind: word === 'word' || word === 'title' ? word : 'text', name })
  }
  if (open.length > 1) throw wrong(`{{#${top().kind} ${top().name}}} is not closed`)
  top().body.push({ kind: 'markup', markup: text.slice(at) })
  return top().body
}

/** @throws LicError INVALID_INPUT naming the placeholder or word that is missing */
export const fill = ({ words, parts }: Template, values: Values): string => {
  const filled = (body: readonly Part[], scope: readonly Values[]): string =>
    body
      .map((part): string => {
        if (part.kind === 'markup') return part.markup
        const value = find(part.name, scope)
        if (part.kind === 'if') return filled(isThere(value) ? part.body : part.other, scope)
        if (part.kind === 'each') {
          if (!Array.isArray(value)) throw wrong(`${part.name} is no list`)
          return value.map((each: Values) => filled(part.body, [each, ...scope])).join('')
        }
        if (value instanceof Drawn && part.kind === 'text') return value.markup
        if (typeof value !== 'string') throw wrong(`${part.name} is no text`)
        if (part.kind === 'text') return escaped(value)
        const word = words.get(`${part.name}.${value}`)
        if (word === undefined && part.kind === 'word') throw wrong(`it has no word ${part.name}.${value}`)
        return escaped(word ?? value.replaceAll('_', ' '))
      })
      .join('')
  return filled(parts, [values])
}

const find = (name: string, scope: readonly Values[]): Value => {
  for (const values of scope) if (Object.hasOwn(values, name)) return values[name] as Value
  throw wrong(`nothing is called ${name}`)
}

const isThere = (value: Value): boolean => (Array.isArray(value) ? value.length > 0 : value !== '' && value !== false)

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** The two invisible characters that Persian, Indic scripts and emoji are spelled with; alone they change nothing else. */
const JOINERS = /([\u{200c}\u{200d}])/u

/** Text in HTML, in an attribute too: no markup, no control and no direction mark of others. */
export const escaped = (text: string): string =>
  text
    .split(JOINERS)
    .map((piece) => (JOINERS.test(piece) ? piece : safe(piece)))
    .join('')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
