/** What the verbs of the desk print: a license handed over, licenses found, what became of one. */

import { LICENSE_STATUSES } from '../../ledger/license-status.ts'
import { CODE } from './authority.ts'
import { FIGURES } from './usage.ts'
import {
  ACTIVATION,
  base64,
  CHANGES,
  DEVICES,
  DRY_RUN,
  either,
  type Fields,
  features,
  flag,
  hex,
  ID,
  KEY,
  KIND,
  list,
  METRIC,
  NEXT,
  nullable,
  object,
  oneOf,
  optional,
  SEATS,
  STATUS,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

const LINE_CORE: Fields = {
  line: whole('its number, dealt once'),
  product: text('the product'),
  tier: text('what it opens'),
  kind: KIND,
  metric: METRIC,
  seats: SEATS,
  devices: DEVICES,
  activation: ACTIVATION,
}

const WHERE = object({
  allow: optional(list('it holds there alone', text('a country, domain or range of addresses'))),
  deny: optional(list('it does not hold there', text('a country, domain or range of addresses'))),
})

/** A line as the signed license says it. */
const SIGNED_LINE_FIELDS: Fields = {
  ...LINE_CORE,
  title: text('the tier, as people read it'),
  maintenanceUntil: nullable(time('builds made until then are covered; null = all')),
  versions: nullable(
    object({
      from: optional(text('the first build that is covered')),
      below: optional(text('the first that is covered no more')),
    }),
  ),
  restrictions: nullable(object({ countries: optional(WHERE), domains: optional(WHERE), ranges: optional(WHERE) })),
  expires: nullable(time('when the line ends before its license; null = with it')),
  features: features('what is switched on, by name'),
  limits: features('how much of what, by name'),
}
const SIGNED_LINE = object(SIGNED_LINE_FIELDS)

/** A line as the ledger keeps it; of a license whose signed bytes are gone, this is all there is. */
const KEPT_LINE_FIELDS: Fields = {
  ...LINE_CORE,
  seats: nullable(SEATS),
  devices: nullable(DEVICES),
  expires: nullable(time('when the line ends before its license; null = with it')),
  maintenanceUntil: nullable(time('builds made until then are covered; null = all')),
  removed: nullable(whole('the revision that took the line away')),
}

const LINE_STATUS = oneOf('what the lists say of the line, or removed', ['valid', 'revoked', 'suspended', 'removed'])

const ENDS: Fields = {
  revision: whole('counts up with every renewal and change'),
  issued: time('when this revision was signed'),
  starts: nullable(time('not valid before; null = at once')),
  expires: nullable(time('when it ends; null = never')),
  test: flag('a test license: release builds refuse it'),
}

const HEAD: Fields = {
  key: KEY,
  id: ID,
  customer: nullable(text('who holds it, by id')),
  licensee: nullable(text('the name that it carries')),
}

/** What the signed bytes of a license say. */
export const SIGNED: Fields = {
  ...HEAD,
  lines: list('one a product', SIGNED_LINE),
  ...ENDS,
  graceHours: whole('how long it still runs after its end'),
  emergency: flag('emergency codes can be given'),
}

/** Present with the signed bytes: in a dry run nothing signed leaves. */
const BYTES: Fields = {
  license: optional(base64('the signed license, COSE')),
  code: optional(text('the same as a code to type or scan: LIC1-...')),
}

export const license = says(
  'A license, as issue, renew, change and transfer hand it over.',
  object({ ...SIGNED, ...BYTES, dryRun: DRY_RUN }),
)

const TERM = nullable(
  either(text('as it is signed; times as ISO 8601'), whole('a number; 0 = unlimited seats or devices')),
)

export const change = says(
  'A license with other terms, and which.',
  object({
    ...SIGNED,
    ...BYTES,
    changes: list(
      'what the new revision says differently; none when an earlier answer is given again',
      object({
        line: nullable(whole('the number of the line; null = the license as a whole')),
        product: nullable(text('the product of the line')),
        what: text('the term: seats, feature sso, ...'),
        before: TERM,
        after: TERM,
        takes: flag('it takes something away: the revision before is revoked'),
      }),
    ),
    dryRun: DRY_RUN,
  }),
)

export const transfer = says(
  'A license that went to another customer under a new key.',
  object({
    ...SIGNED,
    ...BYTES,
    from: object({ key: KEY, masked: text('the same, as lists show it'), customer: nullable(text('who had it')) }),
    kept: nullable(object(SIGNED)),
    dryRun: DRY_RUN,
  }),
)

const REVISION = object({
  revision: whole('its number'),
  issued: time('when it was signed'),
  starts: nullable(time('not valid before; null = at once')),
  expires: nullable(time('when it ends; null = never')),
  signer: hex('the key that signed it'),
  actor: text('who acted'),
})

const EVENT = object({
  place: nullable(whole('its position in the log; null = not dealt yet')),
  at: time('when it was recorded'),
  type: text('what happened: license.issued, license.revoked, ...'),
  line: nullable(whole('the line that it is about; null = the license')),
  actor: text('who acted'),
  source: text('through what: cli, bulk, ci, server, import or job'),
  host: nullable(text('on which machine')),
  reason: nullable(text('why, while it is kept')),
  idempotencyKey: nullable(text('the key of the request')),
})

const INDEX = object({
  line: whole('the line that it stands for'),
  revision: whole('the revision that it was dealt with'),
  index: nullable(whole('list * 2^20 + place; null = none, and lists name it by its key')),
  status: oneOf('what the lists say of it', ['valid', 'revoked', 'suspended']),
})

/** What the vendor keeps beside what is signed. */
const REMARKS: Fields = {
  label: nullable(text('a name of the vendor for it')),
  tags: list('words to find it by', text('a word')),
  notes: nullable(text('one paragraph a note, oldest first')),
  order: nullable(text('the order it belongs to')),
  invoice: nullable(text('the invoice it belongs to')),
  subscription: nullable(text('the subscription it belongs to')),
}

export const note = says(
  'What is kept about a license beside what is signed, after a note.',
  object({
    key: KEY,
    id: ID,
    line: nullable(whole('the line that the note is about; null = the license')),
    ...REMARKS,
    changes: CHANGES,
    dryRun: DRY_RUN,
  }),
)

/** A license with its history. */
export const shown = says(
  'Everything about one license.',
  object({
    ...HEAD,
    lines: list(
      'one a product',
      either(
        object({ ...SIGNED_LINE_FIELDS, status: LINE_STATUS }),
        object({ ...KEPT_LINE_FIELDS, status: LINE_STATUS }),
      ),
    ),
    ...ENDS,
    graceHours: optional(whole('how long it still runs after its end')),
    emergency: optional(flag('emergency codes can be given')),
    ...BYTES,
    status: STATUS,
    places: list(
      'one a line whose devices are activated',
      object({
        line: whole('its number'),
        product: text('the product'),
        used: whole('places that are taken'),
        of: whole('places that there are; 0 = unlimited'),
      }),
    ),
    usage: list(
      'the newest report of each device on what it counted',
      object({
        line: whole('the number of the line'),
        activation: nullable(text('the device, by its activation; null = the license takes no places')),
        ...FIGURES,
        reported: time('when it was taken in'),
      }),
    ),
    brand: text('under which brand it was sold'),
    holder: object({
      id: text('the customer'),
      name: nullable(text('the name')),
      email: nullable(text('the address')),
    }),
    ...REMARKS,
    replaces: nullable(text('the key of the license that it took the place of')),
    replacedBy: nullable(text('the key of the license that took its place')),
    statusIndexes: list('where the revocation lists speak of it', INDEX),
    revisions: list('first to last', REVISION),
    events: list('what happened to it, oldest first', EVENT),
  }),
)

export const LISTED = object({
  ...HEAD,
  status: STATUS,
  brand: text('under which brand it was sold'),
  email: nullable(text('the address of who holds it')),
  lines: list('one a product', object({ ...LINE_CORE, seats: nullable(SEATS), devices: nullable(DEVICES) })),
  ...ENDS,
  label: nullable(text('a name of the vendor')),
  tags: list('words of the vendor', text('a tag')),
  order: nullable(text('the order it belongs to')),
  invoice: nullable(text('the invoice it belongs to')),
  subscription: nullable(text('the subscription it belongs to')),
})

export const licenses = says(
  'Licenses, newest first, one page of them.',
  object({ licenses: list('the page', LISTED), next: NEXT }),
)

const STATE = oneOf(
  'the state that is recorded',
  LICENSE_STATUSES.filter((status) => status !== 'pending' && status !== 'expired'),
)

export const move = says(
  'What became of a license: suspended, reinstated, revoked or cancelled.',
  object({
    key: KEY,
    id: ID,
    product: nullable(text('the line that was moved alone; null = the license')),
    from: STATE,
    state: STATE,
    expires: nullable(time('when it ends; null = never')),
    reach: nullable(
      object({
        until: nullable(time('when the last device stops that sees no list; null = never')),
        by: nullable(oneOf('its own end, or the age that lists may have', ['end', 'fresh'])),
      }),
    ),
    devices: list(
      'the devices of what was withdrawn',
      object({
        activation: text('what both sides call it by'),
        label: nullable(text('what the device is called')),
        until: nullable(time('until when it goes on without a newer list; null = for ever')),
      }),
    ),
    dryRun: DRY_RUN,
  }),
)

const VERDICT_LINE = object({
  product: text('the product'),
  ok: flag('whether the line stands'),
  line: optional(whole('its number')),
  tier: optional(text('what it opens')),
  title: optional(text('the tier, as people read it')),
  seats: optional(SEATS),
  devices: optional(DEVICES),
  activation: optional(ACTIVATION),
  state: optional(oneOf('whether it runs or is in grace', ['active', 'grace'])),
  ends: optional(nullable(time('when it ends; null = never'))),
  graceEnds: optional(nullable(time('when its grace ends; null = never'))),
  code: optional(CODE),
  reason: optional(text('why it is refused')),
  at: optional(nullable(time('the moment that decided'))),
})

export const verdict = says(
  'Whether a genuine license stands; a forged one is an error.',
  object({
    ok: flag('it stands'),
    code: optional(CODE),
    reason: optional(text('why it is refused')),
    ...HEAD,
    revision: whole('counts up with every renewal and change'),
    issued: time('when this revision was signed'),
    expires: nullable(time('when it ends; null = never')),
    test: flag('a test license'),
    lines: list('one a product that was asked for', VERDICT_LINE),
    signer: hex('the key that signed it'),
    root: hex('the root key that its chain ends in'),
    lists: list(
      'the revocation lists that were held against it',
      object({
        list: whole('which list'),
        number: whole('when it was published, unix seconds'),
        issued: time('the same as a time'),
      }),
    ),
    proven: list(
      'heads of the log in which the proofs show it; none when no proof was given',
      object({ size: whole('events'), root: base64('the root over them, 32 bytes') }),
    ),
    ledger: nullable(
      object({
        state: oneOf('what the own ledger says', [...LICENSE_STATUSES, 'unknown']),
        revision: whole('the newest that the ledger knows'),
      }),
    ),
    at: time('as of when it was judged'),
  }),
)
