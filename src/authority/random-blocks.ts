/** Randomness for a batch: a question to the system for every few bytes costs more than what is done with them. Not for keys. */

import type { Authority } from './authority.ts'

const BLOCK = 4096

/** The same source, asked for a block at a time. What was dealt stands in the block no longer. */
export const inBlocks = (random: Authority['random']): Authority['random'] => {
  let block = new Uint8Array()
  let at = 0
  return (length) => {
    if (length > BLOCK) return random(length)
    if (length > block.length - at) {
      block = Uint8Array.from(random(BLOCK))
      at = 0
    }
    const dealt = block.slice(at, at + length)
    block.fill(0, at, at + length)
    at += length
    return dealt
  }
}
