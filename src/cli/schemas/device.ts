/** What the commands of a customer print: a license on a device. */

import { SLOTS } from '../../core/device.ts'
import { CODE } from './authority.ts'
import {
  ACTIVATION,
  base64,
  DRY_RUN,
  either,
  flag,
  hex,
  ID,
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

const NAMED = { key: KEY, id: ID, licensee: nullable(text('the name in the license')) }
const BINDING = oneOf('what it is bound to', ['machine', 'hostname', 'url', 'id'])
const LIST = object({
  list: whole('its number'),
  number: nullable(time('when it was published')),
  issued: nullable(time('when it was signed')),
})
const LISTS = list('revocation lists that were taken in', LIST)
const BUNDLE = object({
  version: whole('which version'),
  issued: nullable(time('when it was signed')),
  root: hex('the root that signed it'),
})
const BUNDLES = list('trust bundles that were taken in', BUNDLE)
const REFUSED = { code: optional(CODE), reason: optional(text('why it may not run')) }
const PLACE = nullable(whole('which of the places it is, from 1; null = the answer says none'))
const LINE = {
  line: whole('its number in the license'),
  product: text('the product'),
  tier: text('the tier'),
  title: text('the title of the tier'),
}

const PROVEN = list(
  "heads of the vendor's log in which it was proven to stand, now",
  object({ size: whole('how many events'), root: base64('its root hash') }),
)

export const installed = says(
  'A license or a revocation list that was taken in.',
  either(
    object({
      ...NAMED,
      change: oneOf('what it did', ['installed', 'replaced', 'unchanged']),
      revision: whole('which revision of the license'),
      expires: nullable(time('when it ends; null = never')),
      lines: list('one a product', object({ ...LINE, activation: ACTIVATION, ok: flag('it may run'), ...REFUSED })),
      lists: LISTS,
      bundles: BUNDLES,
      left: list('what came along and was left aside', text('a type of object')),
      proven: PROVEN,
      dryRun: DRY_RUN,
    }),
    object({
      key: nullable(KEY),
      id: nullable(ID),
      licensee: nullable(text('the name in the license')),
      change: oneOf('what it did', ['installed', 'unchanged']),
      lists: LISTS,
      bundles: BUNDLES,
      left: list('what came along and was left aside', text('a type of object')),
      proven: PROVEN,
      dryRun: DRY_RUN,
    }),
  ),
)

export const request = says(
  'What a device asks of the vendor.',
  object({
    ...NAMED,
    product: text('which product'),
    line: whole('which line of the license'),
    code: text('the 50 characters'),
    lines: list('the same, as people type it', text('a numbered line')),
    text: text('the same with its details, as in QR code and file'),
    activation: text('what both sides call it by'),
    binding: object({ kind: BINDING, text: nullable(text('the URL or id')) }),
    device: hex('what the vendor sees of the device'),
    weak: flag('it shows too little of itself to be told from others'),
    clock: flag('it asks to confirm the clock'),
    again: flag('it was shown before, and is not answered yet'),
    replaces: flag('there is an activation already'),
    details: nullable(
      object({
        label: nullable(text('a name for the device')),
        machineName: nullable(text('its host name')),
        os: nullable(text('its operating system')),
        appVersion: nullable(text('the version of the product')),
        binding: nullable(text('the text of a binding')),
        at: nullable(time('when it was asked')),
      }),
    ),
    slots: optional(
      list(
        'with --explain: what the machine shows',
        object({
          slot: oneOf('which', SLOTS),
          value: nullable(text('what is found here; it stays here')),
          sent: nullable(hex('the 16 bits that leave; null = nothing')),
        }),
      ),
    ),
    dryRun: DRY_RUN,
  }),
)

export const activated = says(
  'An answer that was taken in.',
  object({
    ...NAMED,
    product: nullable(text('which product; null = the license was extended')),
    activation: nullable(text('what both sides call it by')),
    place: PLACE,
    lease: nullable(time('when the activation ends; null = never')),
    expires: nullable(time('when the license ends; null = never')),
    extended: flag('it moved the end of the license'),
    clock: flag('the vendor confirmed what the clock shows'),
    again: flag('it was taken in before'),
    emergency: flag('an emergency chain of this device came along'),
    lists: LISTS,
    bundles: BUNDLES,
    ok: flag('the product may run'),
    ...REFUSED,
    dryRun: DRY_RUN,
  }),
)

export const released = says(
  'A place that was given up.',
  object({
    key: KEY,
    id: ID,
    product: text('which product'),
    activation: text('what both sides call it by'),
    code: nullable(text('the release code; null in a dry run')),
    at: nullable(time('since when')),
    again: flag('it was given up before'),
    dryRun: DRY_RUN,
  }),
)

export const unlocked = says(
  'An emergency code that was taken.',
  object({
    ...NAMED,
    hour: nullable(time('the hour that it is for')),
    until: nullable(time('until when it opens')),
    clock: object({ utc: time('what the clock shows'), local: text('the same, where the machine stands') }),
    ok: flag('the product may run'),
    ...REFUSED,
    dryRun: DRY_RUN,
  }),
)

const GIVEN_UP = object({
  key: KEY,
  product: text('which product'),
  activation: text('what both sides call it by'),
  at: nullable(time('since when')),
})

export const uninstalled = says(
  'A license that was taken away.',
  object({
    ...NAMED,
    activations: whole('activations that went with it'),
    lost: list('the same, whose release codes cannot be shown any more', text('what both sides call it by')),
    givenUp: list('what was given up before, whose codes stay, the newest first', GIVEN_UP),
    dryRun: DRY_RUN,
  }),
)

const ACTIVE = object({
  id: text('what both sides call it by'),
  place: PLACE,
  issued: nullable(time('when the vendor signed it')),
  lease: nullable(time('when it ends; null = never')),
  binding: BINDING,
  text: nullable(text('the URL or id')),
  device: hex('the device that was signed'),
  factors: list(
    'what of the machine is as it was',
    object({ slot: oneOf('which', SLOTS), state: oneOf('how it is', ['same', 'changed', 'absent', 'new']) }),
  ),
})

export const status = says(
  'What holds on a device.',
  object({
    ok: flag('the product may run'),
    ...REFUSED,
    licenses: list(
      'what is installed',
      object({
        ...NAMED,
        revision: whole('which revision'),
        test: flag('a test license'),
        issued: nullable(time('when it was signed')),
        installed: nullable(time('when it was taken in')),
        expires: nullable(time('when it ends; null = never')),
        extended: flag('an extension moved the end'),
        pending: list(
          'requests that are not answered',
          object({
            activation: text('what both sides would call it by'),
            line: whole('which line'),
            at: nullable(time('when it was made')),
          }),
        ),
        emergency: object({
          possible: flag('codes can be given'),
          until: nullable(time('a code opens it until then')),
        }),
        lines: list(
          'one a product',
          object({
            ...LINE,
            places: whole('on how many devices; 0 = unlimited'),
            ok: flag('it may run'),
            state: optional(oneOf('how', ['active', 'grace', 'emergency'])),
            ends: optional(nullable(time('when it ends'))),
            graceEnds: optional(nullable(time('when grace ends'))),
            graceHours: whole('how long it goes on behind its end'),
            listDue: nullable(time('until when the lists here are new enough; null = none is asked for')),
            ...REFUSED,
            at: optional(nullable(time('the time that the refusal turns on'))),
            activation: nullable(ACTIVE),
            required: flag('it must be activated'),
          }),
        ),
      }),
    ),
    state: object({
      dir: text('where the state lies'),
      mirror: text('where its second copy lies'),
      generation: whole('how often it was written'),
      copies: list(
        'both copies',
        object({ dir: text('where'), found: oneOf('how it is', ['whole', 'older', 'damaged', 'none']) }),
      ),
      writable: flag('this user may write it'),
      elsewhere: flag('it was begun on another machine'),
    }),
    machine: object({ hostname: text('its name'), system: text('its operating system') }),
    clock: object({
      utc: time('what it shows'),
      local: text('the same, where the machine stands'),
      counts: nullable(time('the time that counts')),
      floor: nullable(time('the latest time that is known to have passed')),
      state: oneOf('how it is', ['right', 'counted', 'behind']),
      starts: whole('starts of the machine since the clock was right'),
    }),
    lists: list('the newest revocation list of each number, the newest first', LIST),
    newestList: nullable(says('the newest of them; null = none is here', LIST)),
    bundles: list('the newest trust bundle of each root', BUNDLE),
    released: whole('places that were given up here, whose codes can be shown'),
    givenUp: list('the same, the newest first; an activation that another one replaced is among them', GIVEN_UP),
    warnings: list('what ends soon', text('a sentence')),
    next: list('what to do', text('a command or step')),
  }),
)
