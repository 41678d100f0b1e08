/** The spoken license key (FORMAT 10.4): `EDIT-XXXXX-XXXXX-XXXXX-XXXXX`. It names a license and holds no right. */

import { LicError } from '../errors.ts'
import { normalize } from './base32.ts'
import { spell, unspell } from './spoken.ts'

export interface LicenseKey {
  /** As typed, upper case; empty when the key was given without. */
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

const PREFIXED = /^\s*([A-Za-z][A-Za-z0-9]{1,7})[\s-]+(.*)$/s

/**
 * Reads a typed key, with or without its prefix.
 * @throws LicError CODE_MISTYPED (the wrong group is named), CODE_KIND
 */
export const parseKey = (text: string): LicenseKey => {
  const match = PREFIXED.exec(text)
  const whole = tryNormalize(text)
  // Twenty symbols are a key without prefix, whatever its first group looks like.
  if (!match || whole?.length === 20) return { prefix: '', cti: unspell('key', text) }
  return { prefix: (match[1] as string).toUpperCase(), cti: unspell('key', match[2] as string) }
}

/**
 * Reads the beginning of a key as a range of ctis: everything typed so far must fit, check symbols included where groups are whole.
 * @returns the data symbols (without checks) typed so far and the prefix
 * @throws LicError CODE_MISTYPED
 */
export const parseKeyPrefix = (text: string): { prefix: string; symbols: string } => {
  const match = PREFIXED.exec(text) ?? /^\s*([A-Za-z][A-Za-z0-9]{1,7})(\s*)$/.exec(text)
  const prefix = (match?.[1] ?? '').toUpperCase()
  const typed = normalize(match ? (match[2] as string) : text)
  if (typed.length > 20)
    throw new LicError('CODE_MISTYPED', `a license key has 20 characters behind its prefix, this has ${typed.length}`)
  return { prefix, symbols: [...typed].filter((_, i) => (i + 1) % 5 !== 0).join('') }
}

const tryNormalize = (text: string): string | undefined => {
  try {
    return normalize(text)
  } catch {
    return undefined
  }
}
