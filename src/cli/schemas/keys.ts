/** What the commands print that make, follow and end keys, and publish what is said of them. */

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

const ROLE = oneOf('what it is for', ['root', 'issuing', 'list', 'audit', 'emergency', 'delegated'])

const CAPS = object({
  products: nullable(list('null = every product', text('a product'))),
  tiers: nullable(list('null = every tier', text('a tier'))),
  maximumTermHours: nullable(whole('null = any term')),
  maximumGraceHours: nullable(whole('null = any grace')),
  perpetual: flag('it may sign licenses without an end'),
  only: nullable(oneOf('null = both', ['live', 'test'])),
  grants: nullable(whole('how many lines it grants')),
})

const OF_A_KEY = {
  role: ROLE,
  kid: hex('names the key'),
  name: nullable(text('the name it was given')),
  state: oneOf('whether it is used', ['active', 'retired', 'compromised']),
  signs: list('types of objects', text('a type')),
  caps: nullable(CAPS),
  from: nullable(time('certified from')),
  until: nullable(time('certified until')),
  signer: nullable(hex('the key that certified it, or links to it')),
  publicKey: nullable(base64('32 bytes')),
  epoch: nullable(whole('of the emergency secret')),
  created: time('when it was made'),
  compromised: nullable(time('since when others may have had it')),
  lifted: flag('the newest trust bundle takes it off the compromised ones'),
  ended: nullable(time('nothing later is accepted from it, says the newest trust bundle')),
  file: nullable(text('the file that the ledger names')),
  path: nullable(text('the same as a whole path')),
  place: oneOf('where the private half is', ['locked', 'unlocked', 'agent', 'exposed', 'absent', 'unreadable']),
}

export const keys = says(
  'The keys of this authority.',
  object({ keys: list('from the one that signs the others down', object(OF_A_KEY)) }),
)

const TREE = nullable(object({ size: whole('events of the log before that'), root: base64('the root over them') }))

export const key = says(
  'One key: as it was made, or, from lic key show, with what it signed.',
  object({
    ...OF_A_KEY,
    chain: optional(
      list(
        'the keys above it, the nearest first',
        object({ kid: hex('names the key'), role: ROLE, name: nullable(text('its name')) }),
      ),
    ),
    tree: optional(TREE),
    licenses: optional(whole('licenses that it signed a revision of')),
    newest: optional(whole('of these, those whose newest revision it signed and that are in use')),
    sites: optional(whole('activated sites that know it')),
    typedSites: optional(whole('of these, those that know no other key')),
    dryRun: DRY_RUN,
  }),
)

export const rotation = says(
  'A successor that was made, or, with --plan, what making it touches.',
  object({
    role: ROLE,
    from: nullable(object({ kid: hex('the key that it follows'), name: nullable(text('its name')) })),
    name: text('what the successor is called'),
    licenses: whole('live licenses that the one before has signed; they stand'),
    sites: whole('activated sites that know the one before'),
    typedSites: whole('of these, those whose last answer was typed, so that they know no other'),
    certified: list('keys that get a new certificate', text('a name')),
    delegated: whole('delegated keys whose chain stays as it is'),
    plan: optional(flag('nothing was done')),
    kid: optional(hex('names the new key')),
    until: optional(nullable(time('certified until'))),
    file: optional(nullable(text('the file that the ledger names'))),
    path: optional(nullable(text('the same as a whole path'))),
    without: optional(list('issuing keys that have not got the new emergency secret', text('a name'))),
    resumed: optional(flag('an earlier rotation was finished')),
    dryRun: DRY_RUN,
  }),
)

export const retired = says(
  'A key that signs no more.',
  object({
    kid: hex('names the key'),
    name: nullable(text('its name')),
    role: ROLE,
    again: flag('it was retired before'),
    typedSites: whole('sites that know no other key'),
    dryRun: DRY_RUN,
  }),
)

export const compromise = says(
  'A key that others may have, and what it touches.',
  object({
    kid: hex('names the key'),
    name: nullable(text('its name')),
    role: ROLE,
    epoch: nullable(whole('of the emergency secret')),
    at: nullable(time('since when')),
    tree: TREE,
    below: list(
      'keys in use that it certified, and that fall with it',
      object({ kid: hex('names the key'), role: ROLE, name: nullable(text('its name')) }),
    ),
    again: flag('it was said before'),
    touched: whole('licenses'),
    reissued: whole('those that were signed again now'),
    left: whole('those that are to be signed again'),
    licenses: list(
      'those that are touched',
      object({
        key: KEY,
        customer: text('whose it is'),
        state: oneOf('the state it is in', ['active', 'suspended', 'revoked', 'cancelled', 'superseded']),
        revision: whole('its newest revision before'),
        expires: nullable(time('when it ends; null = never')),
        step: oneOf('what was done, or is to be', ['reissue', 'reissued', 'hand over', 'failed', 'none']),
        file: nullable(text('the file that it was written to')),
        error: nullable(
          object({ code: CODE, message: text('what happened'), hint: nullable(text('the step that mends it')) }),
        ),
      }),
    ),
    dryRun: DRY_RUN,
  }),
)

export const revocations = says(
  'The revocation lists that were published.',
  object({
    number: whole('orders publishings: the time, unix seconds'),
    issued: time('the same as a time'),
    next: nullable(time('when the next is expected; null = nobody said')),
    revoked: whole('entries that say revoked'),
    suspended: whole('entries that say suspended'),
    released: whole('activations that every list names: released, revoked or replaced'),
    byKey: whole('licenses of delegated keys that every list names: they have no entry of their own'),
    compromised: whole('keys that every list names'),
    deadEpochs: whole('epochs of the emergency secret that every list ends'),
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

const NAMED_KEY = { kid: hex('names the key'), name: text('its name') }

export const trustbundle = says(
  'A trust bundle that was published.',
  object({
    version: whole('devices keep the highest'),
    issued: time('when it was signed'),
    signer: hex('the root that signed it'),
    certified: list('keys whose certificates it brings', object(NAMED_KEY)),
    linked: list('roots that it links to', object(NAMED_KEY)),
    lifted: list('keys that are not compromised', object(NAMED_KEY)),
    ended: list('keys from which nothing later is accepted', object({ ...NAMED_KEY, at: time('when it ended') })),
    bytes: whole('how long it is'),
    bundle: optional(base64('the signed bundle')),
    dryRun: DRY_RUN,
  }),
)
