/**
 * Where a license holds (FORMAT 8.7): countries, domains and ranges of addresses, against what the product says of the place.
 * Deny wins; with allow, only those. Invariant: what the product does not say is not allowed by a restriction of that kind.
 */

import type { GrantedLine } from '../core/rights.ts'
import { type Address, isInRange, parseAddress } from './addresses.ts'

/** What a product knows of where it runs, or of who asks. */
export interface Facts {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | undefined
  /** A host name. */
  readonly domain?: string | undefined
  /** An IPv4 or IPv6 address. */
  readonly ip?: string | undefined
}

/** How each kind is called, which fact it is held against, and how it matches. */
const KINDS = {
  countries: {
    fact: 'country',
    matches: (country: string, entry: string) => country.toUpperCase() === entry,
  },
  domains: {
    fact: 'domain',
    matches: (domain: string, entry: string) => {
      const name = domain.toLowerCase().replace(/\.$/, '')
      return name === entry || name.endsWith(`.${entry}`)
    },
  },
  ranges: {
    fact: 'ip',
    matches: (ip: string, entry: string) => {
      const address: Address | undefined = parseAddress(ip)
      return address !== undefined && isInRange(address, entry)
    },
  },
} as const

export type Fact = keyof Facts
type Rules = NonNullable<GrantedLine['restrictions']>

/** Why a line does not hold there; undefined when it does. `later`: facts that are asked for with each request. */
export const restrictionOf = (
  rules: Rules | undefined,
  facts: Facts,
  later: readonly Fact[] = [],
): string | undefined => {
  if (rules === undefined) return undefined
  for (const kind of ['countries', 'domains', 'ranges'] as const) {
    const rule = rules[kind]
    const { fact, matches } = KINDS[kind]
    const value = facts[fact]
    if (rule === undefined || (value === undefined && later.includes(fact))) continue
    if (value === undefined) return `it is restricted by ${fact}, and the product does not say which`
    // An address that cannot be read is in no range, so a list of what is denied alone would let it pass.
    if (fact === 'ip' && parseAddress(value) === undefined) return `${value} is no address`
    if (rule.deny?.some((entry) => matches(value, entry))) return `it does not hold for the ${fact} ${value}`
    if (rule.allow && !rule.allow.some((entry) => matches(value, entry))) {
      return `it holds for the ${fact} ${rule.allow.join(', ')} alone, not for ${value}`
    }
  }
  return undefined
}
