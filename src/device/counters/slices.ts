/**
 * Long work in slices, so that the loop of the product turns in between: what is read from memory alone never gives it up by
 * itself, however often it is awaited.
 */

import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds of one slice. */
const SLICE = 0.25
/** Items that are sorted in one piece. */
const RUN = 128
/** Items of one piece of a pile. */
const PIECE = 1024

/** To be awaited after each small piece of work: gives up the loop when a slice is over. */
export const slicing = (): (() => Promise<void>) => {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < SLICE) return
    await turn()
    began = performance.now()
  }
}

/** A list in pieces: one of a hundred thousand in one is copied as a whole again and again while it grows. */
export interface Pile<T> {
  readonly length: () => number
  push(item: T): void
  /** Undefined where there is none. */
  at(place: number): T | undefined
}
export const newPile = <T>(): Pile<T> => {
  const full: (readonly T[])[] = []
  let last: T[] = []
  return {
    length: () => full.length * PIECE + last.length,
    push: (item) => {
      last.push(item)
      if (last.length < PIECE) return
      full.push(last)
      last = []
    },
    at: (place) => {
      const piece = Math.floor(place / PIECE)
      return (piece === full.length ? last : full[piece])?.[place % PIECE]
    },
  }
}

/** Where the numbers are, from the least to the greatest: the place of the least of them, of the next, and so on. */
export const ordered = async (numbers: Pile<number>): Promise<Uint32Array> => {
  const slice = slicing()
  const length = numbers.length()
  const at = (place: number | undefined): number => numbers.at(place ?? length) ?? Number.POSITIVE_INFINITY
  let from = new Uint32Array(length)
  for (let start = 0; start < length; start += RUN) {
    const end = Math.min(start + RUN, length)
    for (let i = start; i < end; i++) from[i] = i
    from.subarray(start, end).sort((a, b) => at(a) - at(b))
    await slice()
  }
  let to = new Uint32Array(length)
  for (let width = RUN; width < length; width *= 2) {
    for (let start = 0, out = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length)
      const end = Math.min(start + 2 * width, length)
      for (let a = start, b = middle; out < end; out++) {
        const isLeft = b >= end || (a < middle && at(from[a]) <= at(from[b]))
        to[out] = from[isLeft ? a++ : b++] ?? 0
        if (out % RUN === 0) await slice()
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}
