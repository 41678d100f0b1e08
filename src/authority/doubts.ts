/**
 * What was signed as it was asked for, and may still not be what was meant: a name that no tier has, a limit that did
 * not go along with the seats, a flag that a bundle goes before. Invariant: it tells, and never refuses.
 */

import type { License, Line } from '../core/license.ts'
import type { BrandScope } from '../ledger/brand-filter.ts'
import { theBundle } from '../ledger/bundles.ts'
import type { PlainMap } from '../ledger/event-types.ts'
import { theProduct } from '../ledger/products.ts'
import type { Reader } from '../ledger/schema.ts'
import { listTiers, type Tier } from '../ledger/tiers.ts'
import { wantedLines } from './bundle.ts'
import type { IssueInput } from './issue.ts'
import type { LineInput } from './lines.ts'
import { nearest } from './nearest.ts'

/** What was asked for one line. */
type Asked = Pick<LineInput, 'product' | 'seats' | 'features' | 'limits'>

/** One sentence each, for a person. */
export const doubtsOf = async (db: Reader, license: License, asked: readonly Asked[]): Promise<readonly string[]> => {
  const said = new Set<string>()
  for (const each of asked) {
    const line = [...license.lines.values()].find(({ product }) => product === each.product)
    if (line === undefined) continue
    const { brand } = await theProduct(db, null, each.product)
    const tiers = await listTiers(db, brand)
    for (const [what, of, named] of [
      ['feature', ({ features }: Tier) => features, each.features],
      ['limit', ({ limits }: Tier) => limits, each.limits],
    ] as const) {
      for (const text of misspelt(what, Object.keys(named ?? {}), brand, tiers.map(of))) said.add(text)
    }
    for (const text of leftBehind(each, line, tiers)) said.add(text)
  }
  return [...said]
}

/** The same of a license that was issued. */
export const doubtsOfIssue = async (
  db: Reader,
  scope: BrandScope,
  license: License,
  input: IssueInput,
): Promise<readonly string[]> => [
  ...(await overruled(db, scope, input)),
  ...(await doubtsOf(db, license, await wantedLines(db, scope, input))),
]

/** A name that is near none is a new one, and nothing is said of it. */
const misspelt = (
  what: string,
  names: readonly string[],
  brand: string,
  tiers: readonly PlainMap[],
): readonly string[] => {
  const known = new Set(tiers.flatMap((each) => Object.keys(each)))
  return names
    .filter((name) => !known.has(name))
    .flatMap((name) => {
      const meant = nearest(name, [...known])
      return meant === undefined ? [] : [`no tier of ${brand} has a ${what} ${name}; did you mean ${meant}?`]
    })
}

/** Limits that are the number of seats in every tier that has them, in more than one seat. */
const tied = (tiers: readonly Tier[]): readonly string[] => {
  const names = new Set(tiers.flatMap(({ limits }) => Object.keys(limits)))
  return [...names].filter((name) => {
    const those = tiers.filter(({ limits }) => name in limits)
    return those.every(({ limits, seats }) => limits[name] === seats) && those.some(({ seats }) => seats !== 1)
  })
}

const leftBehind = ({ seats, limits = {} }: Asked, line: Line, tiers: readonly Tier[]): readonly string[] => {
  if (seats === undefined) return []
  return tied(tiers).flatMap((name) => {
    const value = line.limits?.get(name)?.value
    if (value === undefined || value === seats || name in limits) return []
    const many = seats === 0 ? 'unlimited seats' : `${seats} seat${seats === 1 ? '' : 's'}`
    const stays = value === 0 ? 'unlimited' : value
    return [
      `${line.product}: ${many}, and the limit ${name} stays ${stays}; to change it too: --limit ${name}=${seats}`,
    ]
  })
}

const OWN = ['tier', 'kind', 'metric', 'seats', 'devices', 'activation'] as const

/** Where a bundle says itself what a flag says too. */
const overruled = async (
  db: Reader,
  scope: BrandScope,
  { bundles = [], bundled = {} }: IssueInput,
): Promise<readonly string[]> => {
  const found = await Promise.all(bundles.map((slug) => theBundle(db, scope, slug)))
  return found.flatMap(({ slug, items }) =>
    items.flatMap((item) =>
      OWN.filter((name) => (bundled[name] ?? item[name]) !== (item[name] ?? bundled[name])).map(
        (name) =>
          `the bundle ${slug} goes before --${name} ${bundled[name]}: ${item.product} has ${name} ${item[name]}`,
      ),
    ),
  )
}
