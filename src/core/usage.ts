/**
 * The usage report (FORMAT 15): what a site counted for one line of a license, on its way to the vendor. It comes from a side
 * without keys, so nobody signs it: it is what the site says. Readers take hostile bytes.
 */

import { type Cbor, decode, encode, OBJECT_LIMITS } from './cbor.ts'
import { decodeText, encodeText } from './codes/text.ts'
import {
  bytes,
  invalid,
  list,
  mapOf,
  optional,
  record,
  required,
  TIME,
  type Type,
  type TypeOf,
  tuple,
  uint,
} from './fields.ts'
import { CTI, NAME } from './license.ts'

/** A map that may be empty. */
const named = <V>(values: Type<V>): Type<ReadonlyMap<string, V>> => {
  const some = mapOf(NAME, values, Number.MAX_SAFE_INTEGER)
  return {
    read: (value, name) => (value instanceof Map && value.size === 0 ? new Map() : some.read(value, name)),
    write: some.write,
  }
}

const DAYS = tuple<[first: number, counts: readonly number[]]>(uint(), list(uint(), { min: 0 }))

const REPORT = record({
  cti: required(0, CTI),
  line: required(1, uint(15)),
  /** What was counted, from when and until when; totals are those of the whole time. */
  from: required(2, TIME),
  until: required(3, TIME),
  totals: required(4, named(uint())),
  peaks: optional(5, named(uint())),
  /** Release anchor of the activation of the device. */
  anchor: optional(6, bytes(10)),
  /** Counts of days one after the other, from the first on; days are those since 1970 in UTC. */
  days: optional(7, named(DAYS)),
  /** Rises with each report of a device. */
  number: optional(8, uint()),
})
export type UsageReport = TypeOf<typeof REPORT>

const TYPE = 6
const HEAD = 0x82

/** Whether these bytes begin like a usage report: an array of two, the first of them its type. */
export const isUsage = (given: Uint8Array): boolean => given[0] === HEAD && given[1] === TYPE

/** @throws LicError LICENSE_INVALID, UNSUPPORTED_CLAIM */
export const readUsage = (given: Uint8Array): UsageReport => {
  const value = decode(given)
  const items = Array.isArray(value) ? (value as readonly Cbor[]) : []
  const [type, report] = items
  if (type !== TYPE || items.length !== 2 || report === undefined) throw invalid('not a usage report')
  return REPORT.read(report, 'usage report')
}

/** The bytes. @throws LicError LICENSE_INVALID for more than an object may have (FORMAT 2.3) */
export const writeUsage = (report: UsageReport): Uint8Array => {
  const written = encode([TYPE, REPORT.write(report) as Cbor])
  if (written.length > OBJECT_LIMITS.bytes) throw invalid('a usage report that is larger than an object may be')
  return written
}

/** The report with the counts of as many of the latest days as fit into one object. */
export const fittingUsage = (report: UsageReport): Uint8Array => {
  let { days } = report
  for (;;) {
    const written = encode([TYPE, REPORT.write({ ...report, days }) as Cbor])
    if (written.length <= OBJECT_LIMITS.bytes || days === undefined) return writeUsage({ ...report, days })
    days = laterHalf(days)
  }
}

const laterHalf = (days: NonNullable<UsageReport['days']>): UsageReport['days'] => {
  const first = Math.min(...[...days.values()].map(([day]) => day))
  const last = Math.max(...[...days.values()].map(([day, counts]) => day + counts.length))
  const from = Math.ceil((first + last) / 2)
  const left = [...days].flatMap(([name, [day, counts]]): [string, [number, readonly number[]]][] => {
    const kept = counts.slice(Math.max(from - day, 0))
    return kept.length === 0 ? [] : [[name, [Math.max(day, from), kept]]]
  })
  return left.length === 0 || from >= last ? undefined : new Map(left)
}

/** `LIC1-...`, as QR codes and mails carry it. */
export const usageText = (written: Uint8Array): string => encodeText(written)

/** A report as it was pasted or scanned. @throws LicError as `readUsage`, CODE_MISTYPED, INVALID_INPUT */
export const parseUsage = (text: string): UsageReport => readUsage(decodeText(text.trim()))
