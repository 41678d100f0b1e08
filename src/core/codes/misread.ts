/**
 * Where a code is wrong that has not its length, or characters that no code has (FORMAT 10.1): of the places where a group fits,
 * those are taken, in order, that leave the fewest groups wrong; and every group is told that is wrong in any such reading. So one
 * that was left out, or has a symbol too many or too few, is named as a mistyped one is.
 */

/** A group that is wrong, from 0; `length` symbols stand for it, undefined where that cannot be told. */
export interface Misread {
  readonly group: number
  readonly length: number | undefined
}

/** How many symbols there are, and in how many groups of which size they belong. */
export interface Form {
  readonly symbols: number
  readonly groups: number
  readonly size: number
  /** How many must be right at least, for it to be no chance. */
  readonly least: number
  /** Which group the symbols from there on are by their check symbol, from 0. */
  readonly groupAt: (from: number) => number | undefined
}

/** A group that fits at `from`. */
interface Right {
  readonly group: number
  readonly from: number
}

/** A wrong group weighs more than any number of symbols too many or too few. */
const WRONG = 1_000

/** Undefined where that tells nothing: too few groups are right, or there are more symbols than twice the code. */
export const misread = ({ symbols, groups, size, least, groupAt }: Form): readonly Misread[] | undefined => {
  if (symbols > 2 * groups * size) return undefined
  const all: readonly Right[] = [
    { group: -1, from: -size },
    ...rightGroups(symbols - size, groupAt),
    { group: groups, from: symbols },
  ]
  /** What it costs to have one behind the other, with everything between them wrong. */
  const gap = (a: Right, b: Right): number => {
    const [wrong, left] = [b.group - a.group - 1, b.from - a.from - size]
    if (wrong < 0 || left < 0 || (wrong === 0 && left > 0)) return Number.POSITIVE_INFINITY
    return wrong * WRONG + Math.abs(left - wrong * size)
  }
  const before = cheapest(all, gap)
  const behind = [...cheapest([...all].reverse(), (b, a) => gap(a, b))].reverse()
  const best = before.at(-1) ?? 0
  if (best >= (groups - least + 1) * WRONG) return undefined
  const lengths = new Map<number, Set<number | undefined>>()
  for (const [i, a] of all.entries()) {
    for (const [j, b] of all.entries()) {
      if ((before[i] ?? 0) + gap(a, b) + (behind[j] ?? 0) !== best) continue
      const wrong = b.group - a.group - 1
      const left = b.from - a.from - size
      const even = wrong === 1 || left === 0 || left === wrong * size
      for (let group = a.group + 1; group < b.group; group++) {
        lengths.set(group, (lengths.get(group) ?? new Set()).add(even ? left / wrong : undefined))
      }
    }
  }
  return [...lengths].map(([group, of]) => ({ group, length: of.size === 1 ? [...of][0] : undefined })).sort(byGroup)
}

const byGroup = (a: { readonly group: number }, b: { readonly group: number }): number => a.group - b.group

const rightGroups = (last: number, groupAt: Form['groupAt']): readonly Right[] =>
  Array.from({ length: Math.max(last + 1, 0) }, (_, from) => ({ group: groupAt(from), from }))
    .filter((each): each is Right => each.group !== undefined)
    .sort(byGroup)

/** The cost of each at best, from the first on. */
const cheapest = (all: readonly Right[], gap: (a: Right, b: Right) => number): readonly number[] => {
  const costs: number[] = []
  for (const [j, b] of all.entries()) {
    let best = j === 0 ? 0 : Number.POSITIVE_INFINITY
    for (let i = 0; i < j; i++) {
      const a = all[i]
      if (a) best = Math.min(best, (costs[i] ?? 0) + gap(a, b))
    }
    costs.push(best)
  }
  return costs
}
