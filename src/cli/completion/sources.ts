/** Where the values of a flag or of a place come from. One table each; what stands in neither is free text. */

import { KINDS, METRICS } from '../../core/license.ts'
import { LICENSE_STATUSES } from '../../ledger/license-status.ts'

/** What the ledger knows. */
export type Live = 'customers' | 'products' | 'bundles' | 'tiers' | 'brands' | 'licenses' | 'keys'
/** A closed set of words, what the ledger knows, paths, the pages of help, or the names of schemas. */
export type Source = readonly string[] | Live | 'files' | 'directories' | 'help' | 'schemas'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

const FLAGS: Readonly<Record<string, Source>> = {
  '--customer': 'customers',
  '--to': 'customers',
  '--product': 'products',
  '--products': 'products',
  '--bundle': 'bundles',
  '--tier': 'tiers',
  '--tiers': 'tiers',
  '--brand': 'brands',
  '--status': LICENSE_STATUSES,
  '--kind': KINDS,
  '--metric': METRICS,
  '--activation': ['none', 'required'],
  '--signer': 'keys',
  '--lift': 'keys',
  '--role': ['issuing', 'list', 'audit'],
}

/** By the word in angle brackets, for flags and for places. */
const VALUES: Readonly<Record<string, Source>> = {
  file: 'files',
  license: 'files',
  object: 'files',
  dir: 'directories',
  key: 'licenses',
  customer: 'customers',
  product: 'products',
  bundle: 'bundles',
  tier: 'tiers',
  brand: 'brands',
  topic: 'help',
  shell: SHELLS,
  form: ['ndjson', 'csv', 'html'],
}

const wordIn = (declared: string): string => /[<[]([a-z]+)/.exec(declared)?.[1] ?? ''

/** @param flag as declared: `--tier <tier>` */
export const sourceOfFlag = (flag: string): Source | undefined => {
  const [name = '', value = ''] = flag.split(' ')
  return FLAGS[name] ?? (name.endsWith('-key') ? undefined : VALUES[wordIn(value)])
}

/** @param place as declared: `<key>`; `add` makes a new one, so nothing that exists is offered. */
export const sourceOfPlace = (place: string, names: readonly string[]): Source | undefined => {
  if (names[0] === 'schema') return 'schemas'
  if (names[0] === 'key' && wordIn(place) === 'key') return 'keys'
  const source = VALUES[wordIn(place)]
  return names.at(-1) === 'add' && source !== 'files' ? undefined : source
}
