/** What the vendor keeps about a license beside what is signed: label, tags, references to orders, notes. */

import { utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { LicenseNoted } from '../ledger/event-types.ts'

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

const LONGEST = { label: 128, note: 4096, reference: 128 } as const
const TAG = /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{N}_.-]{0,31}$/u
const MOST_TAGS = 32

/** @throws LicError INVALID_INPUT */
const short = (what: string, text: string | undefined, bytes: number): string | undefined => {
  if (text === undefined || utf8(text).length <= bytes) return text?.trim()
  throw new LicError('INVALID_INPUT', `${what} is longer than ${bytes} bytes`)
}

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

/** The part that the log may hold. @throws LicError INVALID_INPUT */
export const remarkData = ({ tags, order, invoice, subscription }: RemarksInput = {}): LicenseNoted => ({
  ...(tags && { tags: checkTags(tags) }),
  orderRef: short('the order', order, LONGEST.reference) ?? null,
  invoiceRef: short('the invoice', invoice, LONGEST.reference) ?? null,
  subscriptionRef: short('the subscription', subscription, LONGEST.reference) ?? null,
})

/** The part that is kept beside it. @throws LicError INVALID_INPUT */
export const remarkTexts = ({ label, note }: RemarksInput = {}): Readonly<Record<string, string>> => ({
  ...(label !== undefined && { label: short('the label', label, LONGEST.label) ?? '' }),
  ...(note !== undefined && { notes: short('the note', note, LONGEST.note) ?? '' }),
})
