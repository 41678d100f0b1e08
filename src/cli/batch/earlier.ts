/**
 * The rows that memory is not given for: entries of four words (a hash in two, the row it was first seen in, how often), sorted
 * by hash, in a file. Hashes are evenly distributed, so where one stands can be reckoned, and finding it is one read. Entries come
 * by the many and are merged from the end, in place. The file has no name as soon as it is open: the system takes it back
 * when the process ends, however that happens. Any error of the file system is thrown as it is.
 */

import { mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sight } from './seen.ts'

/** Of an entry. */
export const WORDS = 4
const BYTES = WORDS * Uint32Array.BYTES_PER_ELEMENT
/** Entries that are read to find one: a page of the system's. */
const BLOCK = 256
/** Entries that are read or written at once while merging. */
const CHUNK = 16_384
/** Reads by reckoning; behind them halves are taken, for hashes that are not even after all. */
const RECKONED = 4

/** Whether an entry stands before, behind or at a hash. */
const compare = (words: Uint32Array, at: number, high: number, low: number): number =>
  (words[at] as number) - high || (words[at + 1] as number) - low

export class Earlier {
  readonly #file = nameless()
  readonly #block = new Uint32Array(BLOCK * WORDS)
  #count = 0

  /** Counts one more of an entry that is there. */
  see(high: number, low: number): Sight | undefined {
    let [from, to] = [0, this.#count]
    let guess = (high / 2 ** 32) * this.#count
    for (let reads = 0; from < to; reads++) {
      const start = clamp(Math.floor(reads < RECKONED ? guess : (from + to) / 2) - BLOCK / 2, from, to - BLOCK)
      const words = this.#read(this.#block, start, Math.min(BLOCK, to - start))
      const last = words.length - WORDS
      if (compare(words, 0, high, low) > 0) {
        to = start
        guess = start - ((words[0] as number) - high) * (this.#count / 2 ** 32)
      } else if (compare(words, last, high, low) < 0) {
        from = start + words.length / WORDS
        guess = from + (high - (words[last] as number)) * (this.#count / 2 ** 32)
      } else return this.#seeIn(words, start, high, low)
    }
    return undefined
  }

  #seeIn(words: Uint32Array, start: number, high: number, low: number): Sight | undefined {
    let [from, to] = [0, words.length / WORDS]
    while (from < to) {
      const middle = (from + to) >> 1
      const at = middle * WORDS
      const order = compare(words, at, high, low)
      if (order === 0) {
        const times = (words[at + 3] as number) + 1
        words[at + 3] = times
        this.#write(words.subarray(at, at + WORDS), start + middle)
        return { row: words[at + 2] as number, times }
      }
      if (order < 0) from = middle + 1
      else to = middle
    }
    return undefined
  }

  /** @param table entries in any order, none of which is here; those with a count of 0 are none */
  add(table: Uint32Array): void {
    const places: number[] = []
    for (let at = 0; at < table.length; at += WORDS) if (table[at + 3] !== 0) places.push(at)
    places.sort((a, b) => compare(table, a, table[b] as number, table[b + 1] as number))
    const old = new Uint32Array(CHUNK * WORDS)
    const made = new Uint32Array(CHUNK * WORDS)
    let read = this.#count
    let words: Uint32Array = old.subarray(0, 0)
    let unwritten = this.#count + places.length
    this.#count = unwritten
    // Both from the end. What is written lies behind everything that is still to be read.
    let free = made.length
    const flush = (): void => {
      unwritten -= (made.length - free) / WORDS
      this.#write(made.subarray(free), unwritten)
      free = made.length
    }
    for (let next = places.pop(); ; ) {
      if (words.length === 0 && read > 0) {
        const size = Math.min(CHUNK, read)
        read -= size
        words = this.#read(old, read, size)
      }
      const last = words.length - WORDS
      if (next === undefined && last < 0) break
      free -= WORDS
      if (
        next === undefined ||
        (last >= 0 && compare(words, last, table[next] as number, table[next + 1] as number) > 0)
      ) {
        made.set(words.subarray(last), free)
        words = words.subarray(0, last)
      } else {
        made.set(table.subarray(next, next + WORDS), free)
        next = places.pop()
      }
      if (free === 0) flush()
    }
    flush()
  }

  /** So many entries into the beginning of `into`. */
  #read(into: Uint32Array, start: number, count: number): Uint32Array {
    const bytes = new Uint8Array(into.buffer, 0, count * BYTES)
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#file, bytes, done, bytes.length - done, start * BYTES + done)
      if (read === 0) throw new Error('the file of earlier rows ends too soon')
      done += read
    }
    return into.subarray(0, count * WORDS)
  }

  #write(words: Uint32Array, start: number): void {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, start * BYTES + done)
    }
  }
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most))

/** An open file of its owner's that has no name any more. */
const nameless = (): number => {
  const directory = mkdtempSync(join(tmpdir(), 'lic-rows-'))
  try {
    return openSync(join(directory, 'rows'), 'wx+', 0o600)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
