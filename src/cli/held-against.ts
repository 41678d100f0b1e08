/** What `lic verify` holds a license against beside the roots: the root's later word on its keys, and revocation lists. */

import type { Trust } from '../core/chain.ts'
import { splitSequence } from '../core/cose.ts'
import { type RevocationList, readRevocationList } from '../core/revocation.ts'
import type { GrantedLicense } from '../core/rights.ts'
import { PLACES } from '../core/status.ts'
import { readTrustBundle, type TrustBundle, withBundles, withoutLifted } from '../core/trust-bundle.ts'
import type { Context } from './context.ts'
import { readObject } from './input.ts'
import { isoTime } from './moment.ts'

interface Trusted {
  readonly trust: Trust
  readonly bundles: readonly TrustBundle[]
}

/** With every trust bundle of a file, each verified. @throws LicError as readObject, readTrustBundle */
export const withBundleFile = async (context: Context, file: string, roots: Trust): Promise<Trusted> => {
  const { bytes } = await readObject(context, file)
  const facts = { ...roots, now: context.io.now() }
  const bundles = splitSequence(bytes).map((bundle) => readTrustBundle(bundle, facts))
  return { trust: withBundles(roots, bundles), bundles }
}

interface HeldLists {
  readonly lists: readonly RevocationList[]
  /** Whether they speak of every line; one without status index is named in any list. */
  coverAll(license: GrantedLicense): boolean
  /** Of those that were to be replaced by now. */
  overdue(now: number): readonly string[]
}

/**
 * Every list of a file, each verified: one whose word is not proven counts for nothing.
 * @throws LicError as readObject, readRevocationList
 */
export const listsIn = async (context: Context, file: string, { trust, bundles }: Trusted): Promise<HeldLists> => {
  const { bytes } = await readObject(context, file)
  const facts = { ...trust, now: context.io.now() }
  const lists = withoutLifted(
    splitSequence(bytes).map((list) => readRevocationList(list, facts)),
    bundles,
  )
  const named = new Set(lists.map(({ list }) => list))
  return {
    lists,
    coverAll: ({ lines }) =>
      [...lines.values()].every(
        ({ statusIndex }) => statusIndex === undefined || named.has(Math.floor(statusIndex / PLACES)),
      ),
    overdue: (now) =>
      lists
        .filter(({ expires }) => expires !== undefined && expires <= now)
        .map(
          ({ list, expires }) =>
            `the revocation list ${list} was to be replaced by ${isoTime(expires)}: get a newer one`,
        ),
  }
}
