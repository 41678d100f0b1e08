/** What the commands print that are about the book of record itself. */

import { base64, DRY_RUN, flag, KEY, object, oneOf, optional, says, text, time, whole } from './vocabulary.ts'

const HEAD = { size: whole('how many events'), root: base64('the root over them, 32 bytes') }

export const checkpoint = says(
  'A signed head of the log.',
  object({
    ...HEAD,
    at: time('when it was signed'),
    new: flag('false: the newest still stands, and nothing was signed'),
    note: optional(text('the C2SP signed note')),
    dryRun: DRY_RUN,
  }),
)

export const proof = says(
  'A proof about the log.',
  object({
    kind: oneOf('inclusion: of a license; consistency: that the log only grew', ['inclusion', 'consistency']),
    key: optional(KEY),
    revision: optional(whole('which revision of the license')),
    index: optional(whole('the place of its event, from 0')),
    from: optional(whole('how many events the older checkpoint is about')),
    ...HEAD,
    signed: flag('whether its checkpoint is signed'),
    proof: text('a C2SP tlog-proof; for growth the request of a C2SP tlog-witness'),
  }),
)
