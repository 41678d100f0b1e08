/** "No product edior; did you mean editor?": NOT_FOUND with the few names that are closest to what was typed. */

import { LicError } from '../core/errors.ts'

const MOST = 3

/** Names within a third of the typed length in edits, or that it begins; closest first, then alphabetical. */
export const closeMatches = (typed: string, names: readonly string[]): readonly string[] => {
  const wanted = typed.toLowerCase()
  const allowed = Math.max(1, Math.floor(wanted.length / 3))
  return names
    .map((name) => ({ name, distance: name.toLowerCase().startsWith(wanted) ? 0 : edits(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name)
}

/** Addresses whose two halves are each near: one domain, which many share, makes nobody look alike. */
export const closeAddresses = (typed: string, addresses: readonly string[]): readonly string[] => {
  const near = (a: string, b: string): boolean => edits(a, b) <= Math.max(1, Math.floor(a.length / 3))
  const [name, domain] = halves(typed.toLowerCase())
  return addresses
    .map((address) => ({ address, halves: halves(address.toLowerCase()) }))
    .filter(({ halves: [itsName, itsDomain] }) => near(name, itsName) && near(domain, itsDomain))
    .map(({ address }) => ({ address, distance: edits(typed.toLowerCase(), address.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || (a.address < b.address ? -1 : 1))
    .slice(0, MOST)
    .map(({ address }) => address)
}

const halves = (address: string): readonly [string, string] => {
  const at = address.lastIndexOf('@')
  return [address.slice(0, at), address.slice(at + 1)]
}

/** @param what "product", "tier", "brand", "bundle" */
export const notFound = (what: string, typed: string, names: readonly string[]): LicError =>
  missing(what, typed, closeMatches(typed, names), `see them all: lic ${what} list`)

/** Of customers, who may be too many to look through. @param names the ids, or the addresses where one was typed */
export const noCustomer = (typed: string, names: readonly string[]): LicError => {
  const close = typed.includes('@') ? closeAddresses(typed, names) : closeMatches(typed, names)
  return missing('customer', typed, close, 'look for it: lic find WORDS')
}

const missing = (what: string, typed: string, candidates: readonly string[], otherwise: string): LicError => {
  const hint = candidates.length === 0 ? otherwise : `did you mean ${candidates.join(', ')}?`
  return new LicError('NOT_FOUND', `there is no ${what} ${typed}`, { hint, data: { [what]: typed, candidates } })
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
export const edits = (a: string, b: string): number => {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
