/** What is printed of what products counted: a report at the site, and those that the vendor took in. */

import {
  DRY_RUN,
  type Fields,
  ID,
  KEY,
  list,
  named,
  nullable,
  object,
  oneOf,
  optional,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

/** What every report says; totals are those of the whole time. */
export const FIGURES: Fields = {
  number: nullable(whole('rises with each report of a device')),
  from: time('when counting began'),
  until: time('when the report was made'),
  totals: named('how often, by name', whole('since counting began')),
  peaks: named('how many at once, or in one period of a limit, by name', whole('at most')),
  days: named(
    'how often on each day, by name',
    object({ first: text('the first day, UTC'), counts: list('one a day from then on', whole('how often')) }),
  ),
}

const OF: Fields = {
  key: KEY,
  id: ID,
  product: text('the product'),
  line: whole('the number of its line'),
  activation: nullable(text('the device, by its activation; null = the license takes no places')),
}

export const usage = says(
  'What a product counted on this device, for the vendor.',
  object({
    ...OF,
    licensee: nullable(text('who the license is for')),
    ...FIGURES,
    code: optional(text('the report to hand over: LIC1-...')),
    dryRun: DRY_RUN,
  }),
)

export const usages = says(
  'Reports of sites that were taken in.',
  object({
    reports: list(
      'as they were given',
      object({
        ...OF,
        customer: text('who holds the license, by id'),
        result: oneOf('what became of it: older = a later one of the device is known', [
          'recorded',
          'repeated',
          'older',
        ]),
        ...FIGURES,
      }),
    ),
    dryRun: DRY_RUN,
  }),
)
