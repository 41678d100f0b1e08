/** What the commands print that keep what is sold, to whom and under whose name. */

import { LISTED } from './licenses.ts'
import {
  ACTIVATION,
  anything,
  CHANGES,
  DRY_RUN,
  type Fields,
  features,
  flag,
  KIND,
  list,
  METRIC,
  NEXT,
  named,
  nullable,
  object,
  optional,
  SEATS,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

const BRAND: Fields = {
  slug: text('its name in commands'),
  name: text('the name that people read'),
  prefix: text('what its license keys begin with'),
  created: time('when it was added'),
}
export const brand = says(
  'One brand.',
  object({
    ...BRAND,
    products: optional(list('their slugs', text('a product'))),
    changes: optional(CHANGES),
    dryRun: DRY_RUN,
  }),
)
export const brands = says('Every brand.', object({ brands: list('by slug', object(BRAND)) }))

const PRODUCT: Fields = {
  slug: text('its name in commands and licenses'),
  name: text('the name that people read'),
  brand: text('the brand it belongs to'),
  prefix: text('what its license keys begin with'),
  ownPrefix: flag('the prefix is its own, not the one of the brand'),
  created: time('when it was added'),
}
export const product = says('One product.', object({ ...PRODUCT, changes: optional(CHANGES), dryRun: DRY_RUN }))
export const products = says('Products of a brand, or all.', object({ products: list('by slug', object(PRODUCT)) }))

const OWN = 'the license that is issued says it'
const BUNDLE: Fields = {
  slug: text('its name in commands'),
  name: text('the name that people read'),
  brand: text('the brand it belongs to'),
  items: list(
    'its products, each with what its line says for itself',
    object({
      product: text('the product'),
      tier: nullable(text(`what it opens; null = ${OWN}`)),
      kind: nullable(KIND),
      metric: nullable(METRIC),
      seats: nullable(SEATS),
      devices: nullable(whole(`0 = unlimited; null = ${OWN}`)),
      activation: nullable(ACTIVATION),
    }),
  ),
  created: time('when it was added'),
}
export const bundle = says(
  'Products sold together.',
  object({ ...BUNDLE, changes: optional(CHANGES), dryRun: DRY_RUN }),
)
export const bundles = says('Bundles of a brand, or all.', object({ bundles: list('by slug', object(BUNDLE)) }))

const CUSTOMER: Fields = {
  id: text('the id'),
  name: nullable(text('the name that licenses carry; null = forgotten')),
  email: nullable(text('where to reach them')),
  company: nullable(text('who they work for')),
  country: nullable(text('ISO 3166-1 alpha-2')),
  brand: text('the brand they belong to'),
  tags: list('words to find them by', text('a word')),
  notes: nullable(text('anything else')),
  created: time('when they were added'),
  forgotten: nullable(time('when their data was erased')),
}
export const customer = says(
  'One customer; customer show adds the licenses they hold.',
  object({
    ...CUSTOMER,
    licenses: optional(list('newest first, one page', LISTED)),
    next: optional(NEXT),
    changes: optional(CHANGES),
    dryRun: DRY_RUN,
  }),
)
export const forgotten = says(
  'A customer whose data was erased.',
  object({
    ...CUSTOMER,
    erased: object({ texts: whole('names, addresses, notes, reasons'), signed: whole('signed licenses') }),
    licenses: whole('how many they hold; none can be shown or renewed any more'),
    running: whole('how many of those run on outside'),
    clean: flag('nothing of it is left in the files of the ledger'),
    backups: list('copies made before, which still hold it', text('a path')),
    dryRun: DRY_RUN,
  }),
)
export const customers = says(
  'Customers, one page of them.',
  object({ customers: list('by id', object(CUSTOMER)), next: NEXT }),
)

const TIER: Fields = {
  brand: text('the brand it belongs to'),
  code: text('its name in commands and licenses'),
  rank: nullable(whole('order among the tiers of the brand')),
  ladder: list('the tiers that it includes, low to high', text('a tier')),
  title: text('the name that people read'),
  description: nullable(text('what it is for')),
  active: flag('on offer'),
  popular: flag('shown first'),
  prices: nullable(anything('currency, month and year, in minor units')),
  kind: KIND,
  metric: METRIC,
  term: nullable(text('how long a license runs; null = asked for at issue')),
  seats: nullable(SEATS),
  devices: nullable(whole('0 = unlimited; null = follows from metric and seats')),
  activation: ACTIVATION,
  graceHours: nullable(whole('null = 48')),
  freshDays: nullable(whole('how old the newest revocation list may be; null = never asked')),
  autoRenew: flag('renewed without being asked for'),
  trial: nullable(anything('days, per_customer and converts_to')),
  features: features('what is switched on, by name'),
  limits: features('how much of what, by name'),
  featureTitles: nullable(named('features as people read them', text('a title'))),
  emergency: flag('its licenses can have emergency codes'),
  created: time('when it was added'),
}
export const tier = says(
  'One tier.',
  object({
    ...TIER,
    toml: optional(text('the file that tier edit takes')),
    changes: optional(CHANGES),
    dryRun: DRY_RUN,
  }),
)
export const tiers = says('Tiers, lowest first.', object({ tiers: list('lowest first', object(TIER)) }))
