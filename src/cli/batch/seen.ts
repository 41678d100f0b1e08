/**
 * Which rows were alike: of each row so much of a hash that two are never taken for one, in a few numbers. It is all that
 * a batch keeps of a row: 16 bytes, in memory for the latest of them and in a file for the others, so that memory is the
 * same for any number.
 */

import { Earlier, WORDS } from './earlier.ts'

/** Rows in memory at most: 4 MB at half full. */
const MOST = 131_072

export interface Sight {
  /** The row that had it first. */
  readonly row: number
  /** How often it has been seen, this time included. */
  readonly times: number
}

export class Seen {
  readonly #most: number
  #slots = 1024
  #used = 0
  #table = new Uint32Array(this.#slots * WORDS)
  #earlier: Earlier | undefined

  /** @param most rows in memory */
  constructor(most = MOST) {
    this.#most = most
  }

  /**
   * @param hash at least eight bytes, evenly distributed @param row from 1
   * @throws the file system's error, once there are more rows than memory is given
   */
  see(hash: Uint8Array, row: number): Sight {
    const view = new DataView(hash.buffer, hash.byteOffset, 8)
    const [high, low] = [view.getUint32(0), view.getUint32(4)]
    const at = this.#find(high, low)
    const table = this.#table
    if (table[at + 3] !== 0) {
      const times = (table[at + 3] as number) + 1
      table[at + 3] = times
      return { row: table[at + 2] as number, times }
    }
    const before = this.#earlier?.see(high, low)
    if (before !== undefined) return before
    table.set([high, low, row, 1], at)
    this.#used += 1
    if (this.#used === this.#most) this.#putAway()
    else if (this.#used * 2 > this.#slots) this.#grow()
    return { row, times: 1 }
  }

  /** Where it stands, or is to stand. */
  #find(high: number, low: number): number {
    for (let slot = high % this.#slots; ; slot = (slot + 1) % this.#slots) {
      const at = slot * WORDS
      if (this.#table[at + 3] === 0 || (this.#table[at] === high && this.#table[at + 1] === low)) return at
    }
  }

  #grow(): void {
    const old = this.#table
    this.#slots *= 2
    this.#table = new Uint32Array(this.#slots * WORDS)
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 3] === 0) continue
      this.#table.set(old.subarray(at, at + WORDS), this.#find(old[at] as number, old[at + 1] as number))
    }
  }

  #putAway(): void {
    this.#earlier ??= new Earlier()
    this.#earlier.add(this.#table)
    this.#table.fill(0)
    this.#used = 0
  }
}
