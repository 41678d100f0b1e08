/** What becomes of each row of a file: one line of NDJSON a row, in the order of the rows. */

import { CODE } from './authority.ts'
import type { Shape } from './vocabulary.ts'
import {
  DRY_RUN,
  type Fields,
  fixed,
  flag,
  ID,
  KEY,
  list,
  nullable,
  object,
  optional,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

const row = (meaning: string, fields: Fields): Shape =>
  says(
    meaning,
    object({
      row: whole('its number as a spreadsheet counts: a header is row 1, an empty row counts'),
      ok: flag('whether it was done'),
      ...Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, optional(shape)])),
      repeated: optional(fixed('present when it had been done before', true)),
      error: optional(
        object({
          code: CODE,
          message: text('what is wrong, one sentence'),
          hint: text('the step that mends it'),
          column: nullable(text('the column that is wrong; null = none, or not known')),
        }),
      ),
      stopped: optional(fixed('present when nothing behind this row could be read', true)),
      dryRun: DRY_RUN,
    }),
  )

const HANDED: Fields = {
  key: KEY,
  id: ID,
  customer: nullable(text('who holds it, by id')),
  expires: nullable(time('when it ends; null = never')),
  code: text('the license as LIC1- text'),
  file: text('the file that was written'),
}

export const issued = row('A row of lic issue --from. Absent fields: the row failed, or it was a dry run.', {
  ...HANDED,
  created: fixed('present when the customer was created for it', true),
})

export const renewed = row('A row of lic renew --from.', { ...HANDED, revision: whole('the new revision') })

export const trials = row('A row of lic trial --from. Absent fields: the row failed, or it was a dry run.', {
  ...HANDED,
  product: text('what it is for'),
  tier: text('what it opens'),
  email: nullable(text('who gets it')),
  licensee: nullable(text('the name that it carries')),
})

export const moved = row('A row of lic revoke, suspend, reinstate or cancel --from.', {
  key: KEY,
  id: ID,
  product: nullable(text('the line that was moved alone; null = the license')),
  from: text('the state before'),
  state: text('the state now'),
})

export const imported = row('A row of lic customer import.', {
  id: text('the id of the customer'),
  name: text('their name'),
  email: nullable(text('where to reach them')),
  sharing: list('ids of other customers with this address', text('an id')),
})
