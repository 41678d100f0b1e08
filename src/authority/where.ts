/**
 * Where a line holds and for which builds (FORMAT 8.7), from the words that staff write: `domain=acme.example`, `ip!=10.9.0.0/16`,
 * `2.0..3`. Only the vendor writes these; the verifier reads what became of them. Invariant: what is not understood restricts
 * nothing silently, it is refused.
 */

import { domainToASCII } from 'node:url'
import { LicError } from '../core/errors.ts'
import { compareVersions, type Line, RESTRICTION_FORMS, VERSION } from '../core/license.ts'

type Restrictions = NonNullable<Line['restrictions']>
type Kind = keyof typeof RESTRICTION_FORMS
type Rule = NonNullable<Restrictions[Kind]>
type Versions = NonNullable<Line['versions']>

const FACTS: Readonly<Record<string, { readonly kind: Kind; readonly write: (entry: string) => string }>> = {
  country: { kind: 'countries', write: (entry) => entry.toUpperCase() },
  domain: { kind: 'domains', write: (entry) => domainToASCII(entry) },
  // One address is a range of its own.
  ip: {
    kind: 'ranges',
    write: (entry) => {
      const range = entry.toLowerCase()
      return range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`
    },
  },
}
/** The word that lifts restrictions. */
const NONE = 'none'
const FORM = 'write domain=acme.example, country=DE,AT or ip=10.0.0.0/8; != is where it does not hold, none lifts them'

/**
 * @param rules each `FACT=ENTRY,...` (there alone) or `FACT!=ENTRY,...` (not there), or `none` alone
 * @returns undefined when there is no restriction
 * @throws LicError INVALID_INPUT
 */
export const restrictionsFrom = (rules: readonly string[]): Restrictions | undefined => {
  if (rules.length === 0 || (rules.length === 1 && rules[0] === NONE)) return undefined
  const found: Partial<Record<Kind, Rule>> = {}
  for (const rule of rules) {
    const [, fact = '', not, entries = ''] = /^([a-z]+)(!?)=(.+)$/s.exec(rule) ?? []
    const { kind, write } = FACTS[fact] ?? {}
    if (kind === undefined || write === undefined) {
      throw new LicError('INVALID_INPUT', `the restriction ${rule} is not understood`, { hint: FORM })
    }
    const listed = entries.split(',').map((entry) => write(entry.trim()))
    const bad = listed.findIndex((entry) => !RESTRICTION_FORMS[kind](entry))
    if (bad >= 0) {
      throw new LicError('INVALID_INPUT', `no ${fact} is written ${entries.split(',')[bad]?.trim()}`, { hint: FORM })
    }
    const side = not === '!' ? 'deny' : 'allow'
    const all = new Set([...(found[kind]?.[side] ?? []), ...listed])
    found[kind] = { ...found[kind], [side]: [...all].sort() }
  }
  return found as Restrictions
}

/** The word that lifts a range of versions. */
const ANY = 'any'

/**
 * @param text `2.0..3` from 2.0 to before 3, `2.0..`, `..3`, or `any`
 * @returns undefined for any
 * @throws LicError INVALID_INPUT
 */
export const versionsFrom = (text: string): Versions | undefined => {
  if (text === ANY) return undefined
  const [, from, below] = /^(.*?)\.\.([^.].*)?$/s.exec(text) ?? []
  const said = { ...(from && { from }), ...(below && { below }) }
  const ends = Object.values(said)
  if (ends.length === 0 || !ends.every((each) => VERSION.test(each)) || isEmpty(said)) {
    throw new LicError('INVALID_INPUT', `${text} is no range of versions`, {
      hint: 'write 2.0..3 for 2.0 and all before 3, 2.0.. or ..3; any lifts it',
    })
  }
  return said
}

const isEmpty = ({ from, below }: Versions): boolean =>
  from !== undefined && below !== undefined && compareVersions(from, below) >= 0

/** As people read it: `from 2.0, before 3`. */
export const versionsText = (versions: Line['versions']): string | undefined =>
  versions &&
  [versions.from && `from ${versions.from}`, versions.below && `before ${versions.below}`].filter(Boolean).join(', ')

/** In the words that they are written in. */
export const restrictionsText = (restrictions: Line['restrictions']): string | undefined =>
  restrictions &&
  Object.entries(FACTS)
    .flatMap(([fact, { kind }]) => {
      const { allow, deny } = restrictions[kind] ?? {}
      return [allow && `${fact}=${allow.join(',')}`, deny && `${fact}!=${deny.join(',')}`].filter(Boolean)
    })
    .join(' ')

/** Whether every build that was covered still is. */
export const coversAsMany = (before: Line['versions'], after: Line['versions']): boolean => {
  const { from, below } = after ?? {}
  const { from: first, below: end } = before ?? {}
  return (
    (from === undefined || (first !== undefined && compareVersions(from, first) <= 0)) &&
    (below === undefined || (end !== undefined && compareVersions(below, end) >= 0))
  )
}

/** Whether it holds wherever it held, entry by entry: a range within another counts as another. */
export const holdsAsFar = (before: Line['restrictions'], after: Line['restrictions']): boolean =>
  Object.values(FACTS).every(({ kind }) => {
    const { allow: allowed, deny: denied = [] } = before?.[kind] ?? {}
    const { allow, deny = [] } = after?.[kind] ?? {}
    return (
      (allow === undefined || allowed?.every((entry) => allow.includes(entry)) === true) &&
      deny.every((entry) => denied.includes(entry))
    )
  })
