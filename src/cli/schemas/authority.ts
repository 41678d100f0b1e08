/** What the commands print that look after the authority itself: its keys, its lists, and the trust it hands out. */

import { ERRORS } from '../../core/errors.ts'
import {
  base64,
  DRY_RUN,
  flag,
  hex,
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

/** An error code, wherever one stands. */
export const CODE = oneOf('one of the closed table: lic help exit-codes', Object.keys(ERRORS))

export const authority = says(
  'An authority that was just made.',
  object({
    home: text('where the keys and the ledger lie'),
    name: text('as customers know it'),
    brand: text('its first brand'),
    prefix: text('what the keys of that brand begin with'),
    root: object({ kid: hex('names the root key'), publicKey: base64('32 bytes') }),
    keys: named('the key files by role', text('a path')),
    dryRun: DRY_RUN,
  }),
)

const CAPS = object({
  products: nullable(list('null = every product', text('a product'))),
  tiers: nullable(list('null = every tier', text('a tier'))),
  maximumTermHours: nullable(whole('null = any term')),
  maximumGraceHours: nullable(whole('null = any grace')),
  perpetual: flag('it may sign licenses without an end'),
  only: nullable(oneOf('null = both', ['live', 'test'])),
  grants: nullable(whole('how many lines it grants')),
})

export const keys = says(
  'The keys of this authority.',
  object({
    keys: list(
      'from the one that signs the others down',
      object({
        role: oneOf('what it is for', ['root', 'issuing', 'list', 'audit', 'emergency', 'delegated']),
        kid: hex('names the key'),
        name: text('the name it was given'),
        state: oneOf('whether it is used', ['active', 'retired', 'compromised']),
        signs: list('types of objects', text('a type')),
        caps: nullable(CAPS),
        from: nullable(time('certified from')),
        until: nullable(time('certified until')),
        signer: nullable(hex('the key that certified it')),
        publicKey: nullable(base64('32 bytes')),
        epoch: nullable(whole('of the emergency secret')),
        created: time('when it was made'),
        file: nullable(text('the file that the ledger names')),
        path: nullable(text('the same as a whole path')),
        place: oneOf('where the private half is', ['locked', 'unlocked', 'agent', 'exposed', 'absent', 'unreadable']),
      }),
    ),
  }),
)

export const revocations = says(
  'The revocation lists that were published.',
  object({
    number: whole('orders publishings: the time, unix seconds'),
    issued: time('the same as a time'),
    revoked: whole('entries that say revoked'),
    suspended: whole('entries that say suspended'),
    released: whole('activations that every list names: released, revoked or replaced'),
    byKey: whole('licenses of delegated keys that every list names: they have no entry of their own'),
    lists: list(
      'each list of the file',
      object({
        list: whole('its number'),
        revoked: whole('entries'),
        suspended: whole('entries'),
        bytes: whole('how long it is'),
      }),
    ),
    list: optional(base64('the signed lists, one behind the other')),
    dryRun: DRY_RUN,
  }),
)

export const trust = says(
  'What a product embeds.',
  object({
    roots: list('root public keys', object({ kid: hex('names the key'), publicKey: base64('32 bytes') })),
    pem: text('the same as PEM'),
  }),
)

export const checkup = says(
  'What `lic doctor` found.',
  object({
    home: text('where the keys and the ledger lie'),
    checks: list(
      'machine first',
      object({
        name: text('what was looked at'),
        status: oneOf('fail: it must be mended before work goes on', ['ok', 'warn', 'fail']),
        found: text('what was seen'),
        fix: nullable(text('the command or step that mends it; null = nothing to mend')),
      }),
    ),
  }),
)

export const kit = says(
  'A directory that was filled for a machine without network.',
  object({
    product: text('the slug of what is to run there'),
    directory: text('where it lies'),
    files: list('what lies in it', text('a name')),
    roots: list('the root keys that it trusts', hex('names the key')),
    licenses: list(
      'those that lie in it',
      object({ key: KEY, file: text('the license itself'), sheet: text('its page to print') }),
    ),
    dryRun: DRY_RUN,
  }),
)
