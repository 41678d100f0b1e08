/** The terms of rows that are issued together: most rows say the same, and it is asked of the ledger and worked out once. */

import { LicError } from '../core/errors.ts'
import type { Line } from '../core/license.ts'
import { type Brand, theBrand } from '../ledger/brands.ts'
import type { LineData } from '../ledger/event-types.ts'
import { type Product, theProduct } from '../ledger/products.ts'
import type { Tx } from '../ledger/schema.ts'
import { listTiers, type Tier, theTier } from '../ledger/tiers.ts'
import type { Authority } from './authority.ts'
import { wantedLines } from './bundle.ts'
import type { IssueInput } from './issue.ts'
import { type LineInput, lineData, lineFrom } from './lines.ts'
import { parseExpiry, parseTime } from './term.ts'

/** What rows say of products and terms, worked out once for all that say the same. */
export interface Terms {
  readonly product: Product
  readonly brand: Brand
  /** The one of each line. */
  readonly tiers: readonly Tier[]
  readonly expires: () => number | undefined
  readonly lines: () => { readonly lines: readonly Line[]; readonly data: readonly LineData[] }
  readonly starts: () => number | undefined
  readonly grace: number
  readonly fresh: number | undefined
  readonly emergency: boolean
}

/** The terms of a row. What rows say again and again, of products, tiers and bundles too, is asked and worked out once. */
export const remembered = (tx: Tx, authority: Authority): ((input: IssueInput) => Promise<Terms>) => {
  const { brand: scope } = authority
  const now = authority.now()
  const product = once((slug: string) => theProduct(tx, scope, slug))
  const brand = once((slug: string) => theBrand(tx, slug))
  const tiers = once((slug: string) => listTiers(tx, slug))
  const tier = once((both: string) => {
    const [slug = '', code = ''] = both.split('/', 2)
    return theTier(tx, slug, code)
  })
  const tierOf = async (slug: string, line: LineInput): Promise<Tier> => {
    if (line.tier !== undefined) return tier(`${slug}/${line.tier}`)
    throw new LicError('USAGE', `no tier is given for ${line.product}`, { hint: 'add --tier; see lic tier list' })
  }
  const workOut = async (input: IssueInput): Promise<Terms> => {
    const wanted = await wantedLines(tx, scope, input)
    const products = await Promise.all(wanted.map((line) => product(line.product)))
    const [first] = products
    if (first === undefined) throw new LicError('INVALID_INPUT', 'a license has at least one product')
    const stranger = products.find((each) => each.brand !== first.brand)
    if (stranger) {
      throw new LicError('INVALID_INPUT', `${first.slug} and ${stranger.slug} belong to different brands`)
    }
    const chosen = await Promise.all(wanted.map((line) => tierOf(first.brand, line)))
    const all = await tiers(first.brand)
    const expires = kept(() => expiryOf(input, chosen, now))
    return {
      product: first,
      brand: await brand(first.brand),
      tiers: chosen,
      expires,
      lines: kept(() => {
        const when = { now, forever: expires() === undefined }
        const lines = wanted.map((line, i) => lineFrom(line, chosen[i] as Tier, all, when))
        return { lines, data: lines.map((line, i) => lineData(i, line)) }
      }),
      starts: kept(() => (input.starts === undefined ? undefined : parseTime(input.starts, 'start'))),
      grace: input.grace ?? Math.min(...chosen.map(({ graceHours }) => graceHours ?? 48)),
      fresh: input.fresh ?? least(chosen.map(({ freshDays }) => freshDays)),
      emergency: input.emergency ?? chosen.some(({ emergency }) => emergency),
    }
  }
  const known = new Map<string, Promise<Terms>>()
  return (input) => {
    const { lines, bundles, bundled, expires, starts, grace, fresh, emergency } = input
    const same = JSON.stringify({ lines, bundles, bundled, expires, starts, grace, fresh, emergency })
    const terms = known.get(same) ?? workOut(input)
    known.set(same, terms)
    return terms
  }
}

const once = <V>(ask: (key: string) => Promise<V>): ((key: string) => Promise<V>) => {
  const answers = new Map<string, Promise<V>>()
  return (key) => {
    const known = answers.get(key)
    if (known !== undefined) return known
    const asked = ask(key)
    answers.set(key, asked)
    return asked
  }
}

/** Worked out when it is first asked for, so that a row's faults are told in their order. */
const kept = <V>(work: () => V): (() => V) => {
  let done: { readonly value: V } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}

const expiryOf = ({ expires }: IssueInput, tiers: readonly Tier[], now: number): number | undefined => {
  if (expires !== undefined) return parseExpiry(expires, now)
  const terms = tiers.map(({ term }) => term)
  const [term] = terms
  if (term === null || term === undefined || terms.some((each) => each !== term)) {
    throw new LicError('USAGE', 'no expiry is given, and the tier has no term of its own', {
      hint: 'add --expires 1y, a date, or never',
    })
  }
  return parseExpiry(term, now)
}

const least = (values: readonly (number | null)[]): number | undefined => {
  const given = values.filter((value) => value !== null)
  return given.length > 0 ? Math.min(...given) : undefined
}
