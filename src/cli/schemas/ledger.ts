/** What the commands print that are about the book of record itself. */

import {
  base64,
  DRY_RUN,
  flag,
  KEY,
  list,
  nullable,
  object,
  oneOf,
  optional,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

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

const DAMAGE = object({
  table: text('as in the database; file: what SQLite finds; schema: how tables are defined'),
  row: text('its key, as words'),
  what: text('what does not fit'),
})

export const ledger = says(
  'What `lic ledger verify` found.',
  object({
    ok: flag('all is whole'),
    events: whole('how many were read'),
    root: nullable(base64('the root over them, 32 bytes; null where the log is not whole')),
    objects: whole('signed objects that were checked'),
    checkpoints: object({ stored: whole('kept in the ledger'), given: whole('kept elsewhere') }),
    tables: flag('whether the tables were compared with the events'),
    quick: flag('hashes and checkpoints alone'),
    damages: list('what is wrong, in the order in which it was found; the first one without --all', DAMAGE),
    more: flag('there are more than are named'),
  }),
)
