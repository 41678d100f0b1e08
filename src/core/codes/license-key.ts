/** The spoken license key (FORMAT 10.4): `EDIT-XXXXX-XXXXX-XXXXX-XXXXX`. It names a license and holds no right. */

import { LicError } from '../errors.ts'
import { normalize } from './base32.ts'
import { CODE_KINDS, mistyped, spell, unspell, wrongGroups } from './spoken.ts'
import { checkKind } from './typed.ts'

export interface LicenseKey {
  /** Upper case. */
  readonly prefix: string
  /** 10 bytes. */
  readonly cti: Uint8Array
}

/** The key in full. */
export const formatKey = (prefix: string, cti: Uint8Array): string => [prefix, ...spell('key', cti)].join('-')

/** First and last group, for lists, logs and messages. */
export const maskKey = (prefix: string, cti: Uint8Array): string => {
  const groups = spell('key', cti)
  return `${prefix}-${groups[0]}-…-${groups.at(-1)}`
}

/** `EDIT-7Q4MW-…-XXXXX`; an ellipsis may have become dots on its way. */
const MASKED = /^(.*?)-?(?:…|\.{2,3})-?([0-9A-Za-z]{5})\s*$/su

/** The beginning and the last group of a key as `maskKey` writes it; null for other text. */
export const unmask = (text: string): { readonly beginning: string; readonly end: string } | null => {
  const [, beginning, end] = MASKED.exec(text) ?? []
  return beginning === undefined || end === undefined ? null : { beginning, end: normalize(end) }
}

const PREFIXED = /^\s*([A-Za-z][A-Za-z0-9]{1,7})[\s-]+(.*)$/s
const JOINED = /^\s*([A-Za-z][A-Za-z0-9]{1,7})([A-Za-z0-9]{20})\s*$/

/**
 * Reads a typed key. Where nothing stands between prefix and key, the last twenty symbols are the key.
 * @throws LicError CODE_MISTYPED (the wrong group is named)
 */
export const parseKey = (text: string): LicenseKey => {
  const match = PREFIXED.exec(text) ?? JOINED.exec(text)
  if (!match) throw new LicError('CODE_MISTYPED', 'a license key is a prefix and four groups of five characters')
  return { prefix: (match[1] as string).toUpperCase(), cti: unspell('key', match[2] as string) }
}

/**
 * Makes a typed key, or the beginning of one, strict: `EDIT-7Q4MW-2`. Whole groups are checked.
 * @throws LicError CODE_MISTYPED naming the group, CODE_KIND, INVALID_INPUT for what is no beginning of a key
 */
export const normalizeKey = (text: string): string => {
  const match = PREFIXED.exec(text)
  if (!match) {
    checkKind('key', text)
    throw new LicError('INVALID_INPUT', 'this is neither a license key nor the beginning of one', {
      hint: 'a key looks like EDIT-XXXXX-XXXXX-XXXXX-XXXXX; find it with: lic list',
    })
  }
  const groups = normalize(match[2] as string).match(/.{1,5}/g) ?? []
  const wrong = wrongGroups(
    'key',
    groups.filter((group) => group.length === 5),
  )
  if (wrong.length > 0 || groups.length > CODE_KINDS.key.groups) checkKind('key', text, wrong.length || undefined)
  if (groups.length > CODE_KINDS.key.groups) {
    throw new LicError('CODE_MISTYPED', `a license key has 20 characters behind its prefix, this has more`)
  }
  if (wrong.length > 0) throw mistyped('key', wrong)
  return [(match[1] as string).toUpperCase(), ...groups].join('-')
}

/** Prefix and two groups: the 40 bits that no other license of a ledger has, for file names and hints. */
export const keyBeginning = (key: string): string => key.split('-').slice(0, 3).join('-')
