/** Why something was found: which of its texts have the words that were sought. */

import type { Customer } from './customers.ts'
import type { License } from './licenses.ts'
import { newestFirst, wordsOf } from './words.ts'

export interface Reason {
  /** As `lic show` and `lic customer show` call it. */
  readonly field: string
  /** The text; of several lines the first that has a word. */
  readonly text: string
}

type Text = readonly [field: string, text: string | null]

const textsOfCustomer = ({ id, name, email, company, notes, tags }: Customer): readonly Text[] => [
  ['customer', id],
  ['name', name],
  ['e-mail', email],
  ['company', company],
  ...tags.map((tag): Text => ['tag', tag]),
  ['notes', newestFirst(notes)],
]

const textsOfLicense = ({ label, orderRef, invoiceRef, subscriptionRef, notes, tags }: License): readonly Text[] => [
  ['label', label],
  ['order', orderRef],
  ['invoice', invoiceRef],
  ['subscription', subscriptionRef],
  ...tags.map((tag): Text => ['tag', tag]),
  ['notes', newestFirst(notes)],
]

/** The texts of a customer, or of a license and its customer, that have one of the words. */
export const reasonsOf = (sought: readonly string[], customer: Customer, license?: License): readonly Reason[] => {
  const has = (text: string): boolean => wordsOf(text).some((word) => sought.some((each) => word.startsWith(each)))
  const texts = [...(license === undefined ? [] : textsOfLicense(license)), ...textsOfCustomer(customer)]
  return texts.flatMap(([field, text]): readonly Reason[] => {
    if (text === null || !has(text)) return []
    return [{ field, text: text.split('\n').find(has) ?? text }]
  })
}
