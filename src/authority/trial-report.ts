/** What the vendor is told after trials were taken in: keys that made more than was stated, and who has had several. */

import { toHex } from '../core/bytes.ts'
import { readCertificate } from '../core/certificate.ts'
import { open } from '../core/cose.ts'
import { listKeys } from '../ledger/keys.ts'
import { takenIn } from '../ledger/taken-in.ts'
import type { Authority } from './authority.ts'
import { isMailProvider } from './mail-providers.ts'

export interface TrialReport {
  /** Of each key that something was taken in from. */
  readonly keys: readonly {
    readonly kid: string
    readonly name: string | null
    readonly taken: number
    /** As its certificate states; null: nothing is stated. */
    readonly count: number | null
    readonly over: boolean
  }[]
  /** Customers with more than one license for a product, of those that something was taken in for. */
  readonly addresses: readonly {
    readonly customer: string
    readonly email: string | null
    readonly product: string
    readonly licenses: number
  }[]
  /** Domains of several such addresses; domains where everybody can have an address do not count. */
  readonly domains: readonly {
    readonly domain: string
    readonly product: string
    readonly addresses: number
    readonly licenses: number
  }[]
}

/** @param kids hexadecimal @param customers ids: both of what was taken in now; what is told of them is of all that ever was */
export const trialReport = async (
  { ledger }: Pick<Authority, 'ledger'>,
  kids: ReadonlySet<string>,
  customers: ReadonlySet<string>,
): Promise<TrialReport> => {
  const keys = (await listKeys(ledger.db, 'delegated')).flatMap(({ kid, name, taken, certificate }) => {
    if (!kids.has(toHex(kid))) return []
    const count = certificate === null ? null : (readCertificate(open(certificate)).count ?? null)
    return [{ kid: toHex(kid), name, taken, count, over: count !== null && taken > count }]
  })
  const all = await takenIn(ledger.db)
  const own = new Set(keys.map(({ kid }) => `trials-${kid.slice(0, 8)}`))
  const addresses = all.filter((each) => customers.has(each.customer) && each.licenses > 1 && !own.has(each.customer))
  return { keys, addresses, domains: domainsOf(all, customers) }
}

const domainOf = (email: string | null): string | undefined => {
  const domain = email?.slice(email.lastIndexOf('@') + 1)
  return domain === undefined || domain === '' || isMailProvider(domain) ? undefined : domain
}

const domainsOf = (
  all: Awaited<ReturnType<typeof takenIn>>,
  customers: ReadonlySet<string>,
): TrialReport['domains'] => {
  const found = new Map<
    string,
    { domain: string; product: string; emails: Set<string>; licenses: number; now: boolean }
  >()
  for (const { customer, email, product, licenses } of all) {
    const domain = domainOf(email)
    if (domain === undefined || email === null) continue
    const place = `${domain} ${product}`
    const known = found.get(place) ?? { domain, product, emails: new Set(), licenses: 0, now: false }
    known.emails.add(email)
    known.licenses += licenses
    known.now ||= customers.has(customer)
    found.set(place, known)
  }
  return [...found.values()]
    .filter(({ emails, now }) => now && emails.size > 1)
    .map(({ domain, product, emails, licenses }) => ({ domain, product, addresses: emails.size, licenses }))
    .sort((a, b) => (`${a.domain} ${a.product}` < `${b.domain} ${b.product}` ? -1 : 1))
}
