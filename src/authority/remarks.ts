/** What the vendor keeps about a license beside what is signed: label, tags, references to orders, notes. */

import { LicError } from '../core/errors.ts'
import type { LicenseNoted } from '../ledger/event-types.ts'
import { checkText } from './checked.ts'

/** An empty text takes away what was there; undefined leaves it. */
export interface RemarksInput {
  /** The vendor's own name for the license: which site, which project. Personal as far as the log is concerned. */
  readonly label?: string | undefined
  readonly note?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly order?: string | undefined
  readonly invoice?: string | undefined
  readonly subscription?: string | undefined
}

const TAG = /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}_.-]{0,31}$/u
const MOST_TAGS = 32

/** Lower-case words, each once, in order. @throws LicError INVALID_INPUT */
export const checkTags = (tags: readonly string[]): readonly string[] => {
  const wrong = tags.find((tag) => !TAG.test(tag))
  if (wrong !== undefined || tags.length > MOST_TAGS) {
    throw new LicError(
      'INVALID_INPUT',
      wrong === undefined ? `more than ${MOST_TAGS} tags` : `no tag can be "${wrong.slice(0, 64)}"`,
      {
        hint: 'a tag is a word in lower case: letters, digits, . _ and -, at most 32',
      },
    )
  }
  return [...new Set(tags)].sort()
}

/** The tags that are left after `tag` was added and `untag` taken away; undefined when neither was given. */
export const tagsAfter = (
  now: readonly string[],
  {
    tag = [],
    untag = [],
  }: { readonly tag?: readonly string[] | undefined; readonly untag?: readonly string[] | undefined },
): readonly string[] | undefined => {
  if (tag.length === 0 && untag.length === 0) return undefined
  const both = tag.find((each) => untag.includes(each))
  if (both !== undefined) throw new LicError('USAGE', `${both.slice(0, 64)} is both added and taken away`)
  return checkTags([...now.filter((each) => !untag.includes(each)), ...tag])
}

const reference = (what: string, text: string | undefined): string | null =>
  text === undefined ? null : checkText('reference', what, text)

/** The part that the log may hold. @throws LicError INVALID_INPUT */
export const remarkData = ({ tags, order, invoice, subscription }: RemarksInput = {}): LicenseNoted => ({
  ...(tags && { tags: checkTags(tags) }),
  orderRef: reference('the order', order),
  invoiceRef: reference('the invoice', invoice),
  subscriptionRef: reference('the subscription', subscription),
})

/** The part that is kept beside it. @throws LicError INVALID_INPUT */
export const remarkTexts = ({ label, note }: RemarksInput = {}): Readonly<Record<string, string>> => ({
  ...(label !== undefined && { label: checkText('label', 'the label', label) }),
  ...(note !== undefined && { notes: checkText('note', 'the note', note) }),
})
