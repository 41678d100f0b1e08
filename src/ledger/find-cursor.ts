/** Where a page of `lic find` ends, as the text that begins the next one. */

import { decodeBase64, encodeBase64 } from '../core/base64.ts'
import { utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'

/** A hit: the row of the leading word that it was found by, and which of the hits of that row it is. */
export interface Place {
  /** The word, as sought, whose range is walked. */
  readonly leading: string
  readonly word: string
  readonly customer: string
  readonly license: number
  /** 0: the customer; else the number of a license. */
  readonly hit: number
}

export const writePlace = ({ leading, word, customer, license, hit }: Place): string =>
  encodeBase64(utf8(JSON.stringify([leading, word, customer, license, hit])))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/** @throws LicError INVALID_INPUT for a cursor that a search for these words did not give. */
export const placeIn = (cursor: string | undefined, sought: readonly string[]): Place | null => {
  if (cursor === undefined) return null
  const place = parsed(cursor)
  if (place !== undefined && sought.includes(place.leading)) return place
  throw new LicError('INVALID_INPUT', 'this cursor belongs to another list', { hint: 'start again without --cursor' })
}

const parsed = (cursor: string): Place | undefined => {
  try {
    const base64 = cursor.replaceAll('-', '+').replaceAll('_', '/')
    const bytes = decodeBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='))
    const fields: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (!Array.isArray(fields) || fields.length !== 5) return undefined
    const [leading, word, customer, license, hit] = fields as unknown[]
    if (typeof leading !== 'string' || typeof word !== 'string' || typeof customer !== 'string') return undefined
    if (!Number.isSafeInteger(license) || !Number.isSafeInteger(hit)) return undefined
    return { leading, word, customer, license: license as number, hit: hit as number }
  } catch {
    return undefined
  }
}
