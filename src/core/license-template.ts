/**
 * Licenses that say the same but for whose they are: customer, id, licensee, places in the revocation lists. The first is
 * written and read back whole (license.ts); of each other one only these values are written, by their own types, into the
 * bytes of the first. Invariant: the bytes are the very ones that `writeLicense` gives. An item of CBOR stands by itself,
 * and no rule of FORMAT 8 ties these values to anything else in a license.
 */

import { concat } from './bytes.ts'
import { type Cbor, encode, gate, itemLength } from './cbor.ts'
import { FIELDS } from './cose.ts'
import { type Type, text, uint } from './fields.ts'
import { CTI, type License } from './license.ts'

/** What differs from one license to the next. */
export interface Holder {
  readonly customer: string
  /** 10 bytes. */
  readonly cti: Uint8Array
  readonly licensee: string
  /** One for each line, in the order of lines. */
  readonly statusIndexes: readonly number[]
}

/** The payload for another holder, and the license as every reader will see it. @throws LicError LICENSE_INVALID */
export type LicenseTemplate = (holder: Holder) => { readonly payload: Uint8Array; readonly license: License }

const CUSTOMER = text()
const LICENSEE = text()
const STATUS_INDEX = uint(0xffffffff)

/** Where an item lies: from, and behind its end. */
type Span = readonly [from: number, end: number]

/** Number of entries of the map that begins at `at`, and where the first stands. The bytes came through the gate. */
const entriesOf = (bytes: Uint8Array, at: number): readonly [count: number, first: number] => {
  const info = (bytes[at] as number) & 31
  return info < 24 ? [info, at + 1] : [bytes[at + 1] as number, at + 2]
}

/** The value behind a path of integer keys, through maps in maps. */
const spanOf = (bytes: Uint8Array, path: readonly number[], at = 0): Span | undefined => {
  const [key, ...rest] = path
  if (key === undefined) return [at, at + itemLength(bytes, at)]
  const wanted = encode(key)
  const [count, first] = entriesOf(bytes, at)
  for (let i = 0, from = first; i < count; i++) {
    const value = from + itemLength(bytes, from)
    if (wanted.every((byte, n) => bytes[from + n] === byte) && value === from + wanted.length) {
      return spanOf(bytes, rest, value)
    }
    from = value + itemLength(bytes, value)
  }
  return undefined
}

const written = <T extends Cbor>(type: Type<T>, value: T, name: string): Uint8Array => {
  const bytes = encode(type.read(value, name))
  gate(bytes)
  return bytes
}

/**
 * @param payload of a license that was written and read back
 * @returns undefined for one that lacks something of a holder, or ties it to an emergency chain
 */
export const licenseTemplate = (payload: Uint8Array, first: License): LicenseTemplate | undefined => {
  const { licensee, anchor, lines } = first
  if (anchor || !licensee || licensee.id !== undefined || licensee.domain !== undefined) return undefined
  const numbers = [...lines.keys()]
  const places = [[2], [7], [FIELDS, 4, 0], ...numbers.map((number) => [FIELDS, 2, number, 16])]
  const spans = places.map((path) => spanOf(payload, path))
  if (spans.some((span) => span === undefined)) return undefined
  const holes = (spans as Span[]).map((span, value) => ({ span, value })).sort((a, b) => a.span[0] - b.span[0])
  const between = holes.map(({ span }, i) => payload.slice(holes[i - 1]?.span[1] ?? 0, span[0]))
  const end = payload.slice(holes.at(-1)?.span[1])
  return ({ customer, cti, licensee: name, statusIndexes }) => {
    const values = [
      written(CUSTOMER, customer, 'customer'),
      written(CTI, cti, 'cti'),
      written(LICENSEE, name, 'name'),
      ...numbers.map((_, i) => written(STATUS_INDEX, statusIndexes[i] as number, 'statusIndex')),
    ]
    const parts: Uint8Array[] = []
    for (const [i, { value }] of holes.entries()) parts.push(between[i] as Uint8Array, values[value] as Uint8Array)
    const own = [...lines].map(([number, line], i) => [number, { ...line, statusIndex: statusIndexes[i] }] as const)
    return {
      payload: concat(...parts, end),
      license: { ...first, customer, cti, licensee: { ...licensee, name }, lines: new Map(own) },
    }
  }
}
