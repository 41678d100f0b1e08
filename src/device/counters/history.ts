/**
 * Days that are over, one file each: `day.20688`, with the counts of every hour. They are kept for ninety days. Whoever finds a
 * day over writes it; twice written it says the same. Invariant: nothing is added to an hour that stands in a file.
 */

import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { equal, toHex } from '../../core/bytes.ts'
import { type Cbor, decode, encode } from '../../core/cbor.ts'
import { LicError } from '../../core/errors.ts'
import { hashOf } from '../../core/hash.ts'
import { STATE_LIMITS } from '../state/content.ts'
import { isThere, type Rights } from '../state/directory.ts'
import { type Counts, HOURS, readTallies, type Tallies } from './content.ts'
import { DAY, HOUR } from './periods.ts'
import { type CounterPlaces, makePlace } from './places.ts'

/** Days that are kept. */
export const KEPT_DAYS = 90

export type Hours = ReadonlyMap<number, Tallies>

export interface History {
  /** Puts a day that is over into files; what is too old is cleared away. */
  keep(day: number, counts: Counts): Promise<void>
  /** The hours of every day that is kept, by number. */
  read(): Promise<Hours>
}

export interface HistoryOptions {
  readonly places: CounterPlaces
  readonly rights: Rights
  readonly random: (length: number) => Uint8Array
}

const NAME = /^day\.(\d{5,7})$/
const TAG = 'lic-usage-day-1'

export const openHistory = ({ places, rights, random }: HistoryOptions): History => {
  const dirs = [places.dir, places.mirror]
  const days = async (dir: string): Promise<readonly number[]> => {
    try {
      return (await readdir(dir)).flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
    } catch (cause) {
      if (isSystem(cause)) return []
      throw cause
    }
  }
  const write = async (dir: string, day: number, hours: Hours): Promise<void> => {
    makePlace(places, dir, rights)
    const merged = joined([await dayIn(dir, day), hours])
    const aside = join(dir, `.new.day.${toHex(random(6))}`)
    const file = await open(aside, 'wx', rights.shared ? 0o640 : 0o600)
    try {
      await file.writeFile(sealed(day, merged))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, join(dir, `day.${day}`))
  }
  return {
    keep: async (day, counts) => {
      const own = [...counts.hours].filter(([hour]) => Math.floor((hour * HOUR) / DAY) === day)
      const hours = new Map(own.map(([hour, written]) => [hour, readTallies(written)]))
      await write(places.dir, day, hours)
      try {
        await write(places.mirror, day, hours)
      } catch (cause) {
        // The second copy is for bad days.
        if (!(isSystem(cause) || cause instanceof LicError)) throw cause
      }
      for (const dir of dirs) {
        for (const old of await days(dir)) {
          if (old < day - KEPT_DAYS) await rm(join(dir, `day.${old}`), { force: true })
        }
      }
    },
    read: async () => {
      const found: Hours[] = []
      for (const dir of dirs) {
        if (dir === places.dir) isThere(dir, rights)
        for (const day of await days(dir)) found.push(await dayIn(dir, day))
      }
      return joined(found)
    },
  }
}

const isSystem = (error: unknown): boolean => error instanceof Error && 'code' in error && !(error instanceof LicError)

/** An hour that stands twice is the same hour. */
const joined = (all: readonly Hours[]): Hours => {
  const hours = new Map<number, Map<string, number>>()
  for (const [hour, counts] of all.flatMap((each) => [...each])) {
    const known = hours.get(hour) ?? new Map<string, number>()
    for (const [key, count] of counts) known.set(key, Math.max(known.get(key) ?? 0, count))
    hours.set(hour, known)
  }
  return hours
}

const sealOf = (day: number, content: Uint8Array): Uint8Array => hashOf('lic-usage-day-seal-1', day, content)

const sealed = (day: number, hours: Hours): Uint8Array => {
  const sorted = [...hours].sort(([a], [b]) => a - b)
  const content = encode(HOURS.write(sorted.map(([hour, counts]) => [hour, [...counts]])))
  return encode([TAG, day, content, sealOf(day, content)])
}

/** Nothing for a file that is not there or is no whole day: what is shown of the past limits nobody. */
const dayIn = async (dir: string, day: number): Promise<Hours> => {
  try {
    const value: Cbor = decode(new Uint8Array(await readFile(join(dir, `day.${day}`))), STATE_LIMITS)
    const [tag, number, content, seal] = Array.isArray(value) ? (value as readonly Cbor[]) : []
    if (tag !== TAG || number !== day || !(content instanceof Uint8Array && seal instanceof Uint8Array))
      return new Map()
    if (!equal(seal, sealOf(day, content))) return new Map()
    return new Map(HOURS.read(decode(content, STATE_LIMITS), 'day').map(([hour, counts]) => [hour, new Map(counts)]))
  } catch (error) {
    if (error instanceof LicError || isSystem(error)) return new Map()
    throw error
  }
}
