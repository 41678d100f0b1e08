/** A tier as the file that `parseTier` reads: what `lic tier show --toml` prints, to be edited and given back. */

import type { Plain, PlainMap } from '../ledger/event-types.ts'
import type { Tier } from '../ledger/tiers.ts'

const NAMES: Readonly<Record<string, string>> = {
  graceHours: 'grace_hours',
  freshDays: 'fresh_days',
  autoRenew: 'auto_renew',
  featureTitles: 'feature_titles',
  perCustomer: 'per_customer',
  convertsTo: 'converts_to',
}

/** Keys as the file spells them; what is null is left out. Names of features and limits are nobody's to respell. */
const spelled = (map: PlainMap): Readonly<Record<string, Plain>> =>
  Object.fromEntries(
    Object.entries(map).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[NAMES[name] ?? name, value]],
    ),
  )

export const tierToml = async ({ brand: _, createdAt: __, trial, ...tier }: Tier): Promise<string> => {
  const { stringify } = await import('smol-toml')
  return stringify(spelled({ ...tier, trial: trial === null ? null : spelled(trial as PlainMap) } as PlainMap))
}
