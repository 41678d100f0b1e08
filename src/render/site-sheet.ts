/**
 * The page that lies beside a sealed machine: what to run there, whom to ask, and boxes to write the codes into by hand. Like the
 * page of a license it is a template that brings every word with it.
 */

import { spelledOut } from './spelling.ts'
import { fill, readTemplate, type Values } from './template.ts'

export interface SiteFacts {
  readonly brand: string
  readonly authority: string
  readonly product: string
  /** Whom the site calls or writes to; empty: a line to write it on. */
  readonly contact: string
  /** The program's file, and the root keys'. */
  readonly program: string
  readonly roots: string
  /** The file of each, and the beginning of its key. */
  readonly licenses: readonly { readonly file: string; readonly begun: string }[]
  /** When the page is made, unix seconds. */
  readonly now: number
}

/** Lines of a request and of a typed answer (FORMAT 14): five groups of five each. */
const REQUEST_LINES = 2
const ANSWER_LINES = 5
const GROUPS = 5
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const repeated = <T>(count: number, each: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => each(i))

/** Of a line, and of a release or emergency code, which is one. */
const groups = (): readonly Values[] => repeated(GROUPS, () => ({ boxes: repeated(GROUPS, () => ({})) }))

const boxes = (lines: number): readonly Values[] =>
  repeated(lines, (i) => ({ number: String(i + 1), groups: groups() }))

/** @throws LicError INVALID_INPUT when the template is not in order */
export const siteSheet = (template: string, { licenses, now, ...facts }: SiteFacts): string => {
  const read = readTemplate(template)
  const day = new Intl.DateTimeFormat(read.words.get('locale') ?? 'en', { dateStyle: 'long', timeZone: 'UTC' })
  return fill(read, {
    ...facts,
    vendor: facts.authority === facts.brand ? '' : facts.authority,
    licenses: licenses.map((license) => ({ ...license })),
    only: licenses.length === 1 ? (licenses[0]?.begun ?? '') : '',
    request: boxes(REQUEST_LINES),
    answer: boxes(ANSWER_LINES),
    spoken: groups(),
    symbols: [...SYMBOLS].map((symbol) => ({ symbol, spoken: spelledOut(symbol) })),
    printed: day.format(now * 1000),
  })
}
