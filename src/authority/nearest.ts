/**
 * "Did you mean": the one word of a closed list that was probably meant, or none. Counts insertions, deletions,
 * replacements and swaps of neighbours (optimal string alignment); a third of the word may be wrong, at least one.
 */

import { edits } from '../ledger/close-matches.ts'

/** The nearest of `candidates`; undefined when none is near. Ties go to the first. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const wanted = word.toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= least) continue
    const difference = edits(wanted, candidate.toLowerCase())
    if (difference < least) {
      least = difference
      best = candidate
    }
  }
  return best
}
