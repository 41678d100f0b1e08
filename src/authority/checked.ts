/** What people type as codes, names and addresses, checked once where it enters the book. */

import { utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { COUNTRIES } from './countries.ts'

const FORMS = {
  code: [
    /^[a-z0-9][a-z0-9_-]{0,31}$/,
    'lower-case letters, digits, - and _, at most 32, beginning with a letter or digit',
  ],
  prefix: [/^[A-Z][A-Z0-9]{1,7}$/, '2 to 8 capital letters and digits, beginning with a letter'],
  email: [/^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,189}$/u, 'an address such as it@acme.example'],
} as const

/** @throws LicError INVALID_INPUT naming `what` and the form it takes */
export const checkForm = (form: keyof typeof FORMS, what: string, value: string): string => {
  const [pattern, description] = FORMS[form]
  if (pattern.test(value)) return value
  throw new LicError('INVALID_INPUT', `${what} cannot be "${value.slice(0, 64)}"`, { hint: `it is ${description}` })
}

/** The id of a customer, which is lower case however it is typed. @throws LicError INVALID_INPUT */
export const checkCustomerId = (value: string): string => checkForm('code', 'the customer id', value.toLowerCase())

/** A name that licenses may carry: 1 to 128 bytes of UTF-8 without control characters. @throws LicError INVALID_INPUT */
export const checkName = (what: string, value: string): string => {
  const name = value.trim()
  const bytes = utf8(name).length
  if (bytes >= 1 && bytes <= 128 && !/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u.test(name)) return name
  throw new LicError('INVALID_INPUT', `${what} must be 1 to 128 bytes of text without control characters`, {
    data: { bytes },
  })
}

/** Longest texts of each sort, in bytes. */
export const LONGEST = { label: 128, reference: 128, note: 4096 } as const

/** Text about something, trimmed; may be empty. @throws LicError INVALID_INPUT */
export const checkText = (sort: keyof typeof LONGEST, what: string, value: string): string => {
  const text = value.trim()
  if (utf8(text).length <= LONGEST[sort] && !/\p{Cs}/u.test(text)) return text
  throw new LicError('INVALID_INPUT', `${what} must be text of at most ${LONGEST[sort]} bytes`)
}

/** A country by ISO 3166-1 alpha-2, in capitals. @throws LicError INVALID_INPUT */
export const checkCountry = (value: string): string => {
  const code = value.trim().toUpperCase()
  if (COUNTRIES.has(code)) return code
  throw new LicError('INVALID_INPUT', `there is no country "${value.slice(0, 64)}"`, {
    hint: 'it is two letters of ISO 3166: DE, GB, US',
  })
}

/** One of a closed set. @throws LicError INVALID_INPUT naming them all */
export const checkChoice = (names: readonly string[], what: string, value: string): string => {
  if (names.includes(value)) return value
  throw new LicError('INVALID_INPUT', `${what} ${value.slice(0, 64)} does not exist`, {
    hint: `one of: ${names.join(', ')}`,
  })
}
