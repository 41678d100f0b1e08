/** What the commands print that are about the book of record itself. */

import { CODE } from './authority.ts'
import {
  base64,
  DRY_RUN,
  flag,
  hex,
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

const KEY_FILES = {
  keys: list('key files in it', text('a name')),
  missing: list('key files that the ledger names, and that are not there', text('a name')),
}

export const backup = says(
  'A copy of the ledger.',
  object({
    file: text('where it was written'),
    events: whole('how many are in it'),
    root: base64('the root over them, 32 bytes'),
    bytes: whole('how long the file is'),
    sha256: hex('of the file'),
    encrypted: flag('whether it takes something to open it'),
    ...KEY_FILES,
    verified: flag('it was restored into a place of its own, and is whole'),
    recorded: flag('the ledger knows of it'),
    dryRun: DRY_RUN,
  }),
)

export const restored = says(
  'A ledger that was put in place.',
  object({
    home: text('where it lies now'),
    authority: nullable(text('whose it is')),
    made: nullable(time('when the backup was made; null where it does not say')),
    events: whole('how many are in it'),
    root: base64('the root over them, 32 bytes'),
    ...KEY_FILES,
    aside: nullable(text('where the ledger lies that was in its place; null = there was none')),
    recorded: flag('the ledger knows that it was restored'),
    dryRun: DRY_RUN,
  }),
)

export const copy = says(
  'A ledger that was copied to another place.',
  object({
    to: text('the file, or the URL of the server without its password'),
    events: whole('how many are in both'),
    root: base64('the root over them, in both, 32 bytes'),
    dryRun: DRY_RUN,
  }),
)

export const rebuilt = says(
  'Tables that were made anew from the log.',
  object({
    events: whole('how many the log has'),
    mended: list('what was not as the events say', DAMAGE),
    more: flag('there was more than is named'),
    copy: nullable(text('the copy that was made before; null = none')),
    dryRun: DRY_RUN,
  }),
)

export const audited = says(
  'One object of a file that was audited; one line each.',
  object({
    file: text('where it lies'),
    type: nullable(text('what it is; null = nothing of lic')),
    status: oneOf('unknown: genuine, and not in the ledger; other: no object of lic, found in a directory', [
      ...['known', 'unknown', 'forged', 'other'],
    ]),
    code: nullable(CODE),
    reason: nullable(text('why it is not as it should be')),
    key: nullable(text('of a license')),
    event: nullable(
      object({
        place: nullable(whole('its place in the log')),
        at: time('when it was recorded'),
        type: text('what happened'),
        actor: text('who acted'),
      }),
    ),
  }),
)
