/** The files of trees of users as parts of a chain's value: what a second copy lacks of them, and what is left over of old ones. */

import { type Blobs, type Ref, Torn } from './blobs.ts'
import type { Parts } from './chain.ts'
import type { Named } from './named.ts'
import type { Tree } from './tree.ts'

/** Names that are remembered of each directory. */
const REMEMBERED = 65_536

const rootsOf = ({ products }: Named): readonly Ref[] => [...products.values()].flatMap(({ tree }) => tree ?? [])

export const partsOf = ({ nameOf, ensure, sweep }: Blobs, tree: Tree): Parts<Named> => {
  /** By directory, the names of files that are there with all that is below. */
  const there = new Map<string, Set<string>>()
  const namesIn = (dir: string): Set<string> => {
    const names = there.get(dir) ?? new Set()
    there.set(dir, names)
    return names
  }
  return {
    complete: async (value, generation, dirs) => {
      const all = dirs.map((dir) => [dir, namesIn(dir)] as const)
      for (const [, names] of all) if (names.size > REMEMBERED) names.clear()
      const isWanted = (ref: Ref): boolean => all.some(([, names]) => !names.has(nameOf(ref)))
      for (const root of rootsOf(value)) {
        await tree.files(root, isWanted, async (ref) => {
          for (const [dir, names] of all) {
            await ensure(dir, ref, generation, () => tree.content(ref))
            names.add(nameOf(ref))
          }
        })
      }
    },
    forget: () => there.clear(),
    sweep: async (dir, values, newest) => {
      const alive = new Set<string>()
      const isNew = (ref: Ref): boolean => alive.size < alive.add(nameOf(ref)).size
      for (const [i, value] of values.entries()) {
        try {
          for (const root of rootsOf(value)) await tree.files(root, isNew)
        } catch (error) {
          // Of an old value another process may have begun to clear away what is left.
          if (i === 0 || !(error instanceof Torn)) throw error
        }
      }
      await sweep(dir, alive, newest)
    },
  }
}
