/**
 * What is counted on a device, as one value: the schema of the file that all processes of a product share. It holds what limits
 * are held against now, and the hours of the days that are not in the history yet, so it stays small whatever is counted.
 * Invariant: within an hour, day, week or month a count only rises.
 */

import { toHex } from '../../core/bytes.ts'
import { type Cbor, decode, encode } from '../../core/cbor.ts'
import {
  bytes,
  list,
  optional,
  record,
  required,
  TIME,
  type Type,
  type TypeOf,
  text,
  tuple,
  uint,
} from '../../core/fields.ts'
import { BLOB, STATE_LIMITS } from '../state/content.ts'

/** A product and a name of its features or limits: `editor/exports`. */
export type MeterKey = string
export const meterKey = (product: string, name: string): MeterKey => `${product}/${name}`

/** What was counted under one key: ever, and in the hour, day, week and month of `Counts.at`. */
export interface Meter {
  readonly total: number
  readonly hour: number
  readonly day: number
  readonly week: number
  readonly month: number
  /** The highest that a limit on it was held against. */
  readonly peak: number
}
export const NO_METER: Meter = { total: 0, hour: 0, day: 0, week: 0, month: 0, peak: 0 }

/** A process at work. It is believed as long as it says that it lives. */
export interface Slot {
  /** Of its last change: what it tells by whether that change is in the file. */
  readonly sequence: number
  /** Until when it counts, in seconds since the start of the machine that `boot` names. */
  readonly until: number
  readonly boot: string | undefined
  /** How many of each it holds at once. */
  readonly leases: ReadonlyMap<MeterKey, number>
}

export type Tallies = ReadonlyMap<MeterKey, number>

export interface Counts {
  /** The latest time that was counted at, unix seconds. */
  readonly at: number
  /** When counting began. */
  readonly since: number
  /** Number of the last usage report. */
  readonly reports: number
  readonly meters: ReadonlyMap<MeterKey, Meter>
  /** By the id of the process, hexadecimal. */
  readonly slots: ReadonlyMap<string, Slot>
  /** Hours that are over, by number, until their day is in the history; as `writeTallies` has them, for they are seldom read. */
  readonly hours: ReadonlyMap<number, Uint8Array>
}
export const NO_COUNTS: Counts = {
  at: 0,
  since: 0,
  reports: 0,
  meters: new Map(),
  slots: new Map(),
  hours: new Map(),
}

const KEY = text(255)
const many = <T>(item: Type<T>): Type<readonly T[]> => list(item, { min: 0 })
const TALLIES = many(tuple<[key: string, count: number]>(KEY, uint()))
/** Hours of one day or more, in order. */
export const HOURS = many(tuple<[hour: number, counts: TypeOf<typeof TALLIES>]>(uint(), TALLIES))

const METER = tuple<[string, number, number, number, number, number, number]>(
  KEY,
  uint(),
  uint(),
  uint(),
  uint(),
  uint(),
  uint(),
)
const SLOT = record({
  id: required(0, bytes(8)),
  sequence: required(1, uint()),
  until: required(2, uint()),
  boot: optional(3, text()),
  leases: required(4, TALLIES),
})
const COUNTS = record({
  at: required(0, TIME),
  since: required(1, TIME),
  reports: required(2, uint()),
  meters: required(3, many(METER)),
  slots: required(4, many(SLOT)),
  hours: required(5, many(tuple<[hour: number, counts: Uint8Array]>(uint(), BLOB))),
})

const idBytes = (id: string): Uint8Array =>
  Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(id.slice(2 * i, 2 * i + 2), 16))

export const writeTallies = (tallies: Tallies): Uint8Array => encode(TALLIES.write([...tallies]))
/** @throws LicError LICENSE_INVALID */
export const readTallies = (written: Uint8Array): Tallies =>
  new Map(TALLIES.read(decode(written, STATE_LIMITS), 'counts of an hour'))

export const writeCounts = ({ meters, slots, hours, ...rest }: Counts): Uint8Array =>
  encode(
    COUNTS.write({
      ...rest,
      meters: [...meters].map(([key, { total, hour, day, week, month, peak }]) => [
        key,
        total,
        hour,
        day,
        week,
        month,
        peak,
      ]),
      slots: [...slots].map(([id, { leases, ...slot }]) => ({ ...slot, id: idBytes(id), leases: [...leases] })),
      hours: [...hours],
    }) as Cbor,
  )

/** @throws LicError LICENSE_INVALID, or UNSUPPORTED_CLAIM for counts that a newer lic wrote */
export const readCounts = (content: Uint8Array): Counts => {
  const { meters, slots, hours, ...rest } = COUNTS.read(decode(content, STATE_LIMITS), 'counts')
  return {
    ...rest,
    meters: new Map(
      meters.map(([key, total, hour, day, week, month, peak]) => [key, { total, hour, day, week, month, peak }]),
    ),
    slots: new Map(
      slots.map(({ id, boot, leases, ...slot }) => [toHex(id), { ...slot, boot, leases: new Map(leases) }]),
    ),
    hours: new Map(hours),
  }
}
