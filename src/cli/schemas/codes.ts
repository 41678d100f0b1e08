/** What is inside what people hand over: signed objects, requests, codes and pictures. */

import { BINDINGS, SLOTS } from '../../core/device.ts'
import { SIGNED } from './licenses.ts'
import { FIGURES } from './usage.ts'
import {
  anything,
  base64,
  DEVICES,
  either,
  type Fields,
  fixed,
  flag,
  hex,
  ID,
  list,
  nullable,
  object,
  oneOf,
  optional,
  SEATS,
  type Shape,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

const CERTIFICATE_FIELDS = {
  publicKey: hex('the key that it certifies'),
  starts: nullable(time('not before')),
  expires: nullable(time('not after')),
  maySign: list('types of objects', text('a type')),
  caps: anything('what it may not exceed'),
  grants: list('numbers of the grants it carries', whole('a number')),
  granted: list(
    'what they say: whole license lines, of which these are the terms',
    object({
      grant: whole('its number'),
      product: nullable(text('the product')),
      tier: nullable(text('what it opens')),
      maximumTermHours: whole('the longest license'),
      graceHours: whole('how long a license still runs after its end'),
      seats: SEATS,
      devices: DEVICES,
      test: flag('release builds refuse what is made with it'),
    }),
  ),
}
const CERTIFICATE = object(CERTIFICATE_FIELDS)

const OF_LICENSE: Fields = {
  id: ID,
  key: text('the key of the license, without its prefix'),
  issued: time('when it was signed'),
  expires: nullable(time('when it ends; null = never')),
}
const REVISION = whole('the revision of the license that it is for')
const ACTIVATION_ID = text('what both sides call the activation by')
const DEVICE: Fields = {
  line: whole('the line of the license'),
  binding: oneOf('what it is bound to', BINDINGS),
  slots: list('what the machine could be told by', oneOf('a slot', SLOTS)),
  device: hex('the hashes, 11 bytes'),
  activation: ACTIVATION_ID,
  clock: flag('it is about a clock that jumped'),
}

const ACTIVATION = object({ ...OF_LICENSE, ...DEVICE })
const EXTENSION = object({ ...OF_LICENSE, revision: REVISION })
const DEVICE_ANCHOR = object({
  ...OF_LICENSE,
  revision: REVISION,
  activation: ACTIVATION_ID,
  epoch: whole('of the emergency secret'),
  from: time('the hour before its first code'),
  hours: whole('how many hours it covers'),
})

const LIST = object({
  list: text('which list'),
  published: time('when it was published'),
  issued: time('when it was signed'),
  expires: nullable(time('when it is not to be used any more; null = never')),
  compromised: list(
    'stolen keys',
    object({
      kid: hex('the key'),
      cutoff: time('since when'),
      size: whole('events of the log before that'),
      root: hex('the root over them'),
    }),
  ),
  activations: list('given up or withdrawn', ACTIVATION_ID),
  deadEpochs: list('emergency secrets that ended', whole('an epoch')),
  revokedIds: list('revoked licenses without a place on a list', hex('the beginning of an id')),
  suspendedIds: list('suspended ones', hex('the beginning of an id')),
})

const LINK_FIELDS = {
  issued: time('when it was signed'),
  publicKey: hex('the next root'),
  kid: hex('names it'),
}

const BUNDLE = object({
  version: whole('which version'),
  issued: time('when it was signed'),
  certificates: list('what it brings', object({ kid: hex('the key that it certifies'), ...CERTIFICATE_FIELDS })),
  links: list('links to later roots', object(LINK_FIELDS)),
  lifted: list('keys that are not compromised', hex('a key')),
  ended: list('keys from which nothing later is accepted', object({ kid: hex('the key'), at: time('when it ended') })),
})

const SIGNED_OBJECT = object({
  type: text('license, certificate, activation, revocationList, ...'),
  verified: nullable(fixed('true = checked up to a root; null = nobody checked', true)),
  by: nullable(hex('the root that it was checked against')),
  bytes: whole('how long it is'),
  algorithm: text('of its signature'),
  kid: hex('the key that it says it is signed with'),
  chain: list(
    'the certificates behind it, its signer first',
    object({
      type: text('certificate or rootLink'),
      kid: hex('the key that signed it'),
      content: optional(CERTIFICATE),
    }),
  ),
  content: optional(
    either(object(SIGNED), CERTIFICATE, ACTIVATION, EXTENSION, DEVICE_ANCHOR, LIST, object(LINK_FIELDS), BUNDLE),
  ),
  claims: anything('the claims by number; bytes in hexadecimal'),
})

const REQUEST = object({
  type: fixed('a request, which nobody signs', 'request'),
  verified: nullable(fixed('never: there is no signature', true)),
  by: nullable(hex('null')),
  bytes: whole('how long the request itself is'),
  content: object({
    keyBegins: text('the first two groups of the key, without its prefix'),
    ...DEVICE,
    code: list('the lines that people type', text('a line')),
    details: object({
      label: optional(text('as the customer calls it')),
      machineName: optional(text('as it calls itself')),
      os: optional(text('its operating system')),
      appVersion: optional(text('of the product')),
      binding: optional(text('what a binding that is no machine names')),
      at: optional(time('by the clock of the device')),
    }),
  }),
})

const USAGE = object({
  type: fixed('a usage report, which nobody signs', 'usage report'),
  verified: nullable(fixed('never: there is no signature', true)),
  by: nullable(hex('null')),
  bytes: whole('how long it is'),
  content: object({
    id: ID,
    key: text('the key of the license, without its prefix'),
    line: whole('the number of the line'),
    activation: optional(ACTIVATION_ID),
    ...FIGURES,
  }),
})

const OBJECTS: Shape = list('one behind the other, as they stand in the file', either(REQUEST, USAGE, SIGNED_OBJECT))

export const inspected = says(
  'What is inside signed objects or a request, checked or not.',
  object({ objects: OBJECTS }),
)

export const decoded = says(
  'What codes and pictures are. Nothing in them is checked.',
  object({
    codes: list(
      'all that was found',
      object({
        source: text('where it came from'),
        kind: text(
          'the type of the object, request, response, release, emergency, key, paper, sealed, checkpoint, inclusion, consistency, or foreign',
        ),
        parts: nullable(whole('how many parts were joined; null = it came whole')),
        characters: whole('how long the text is'),
        text: text('the text as lic writes it; of a foreign one at most the first 2,000 characters'),
        bytes: nullable(base64('what the text stands for; null = it is a code that people speak, or foreign')),
        objects: nullable(OBJECTS),
        says: nullable(
          object({
            prefix: optional(nullable(text('of a license key'))),
            id: optional(ID),
            form: optional(text('of a typed response')),
            issued: optional(time('when a typed response was signed')),
            expires: optional(nullable(time('when it ends; null = never'))),
            holds: optional(text('what a paper backup is of; the secret itself is never printed')),
            kid: optional(nullable(hex('of the signing key on a page; null = it is an emergency secret'))),
            epoch: optional(nullable(whole('of the emergency secret on a page'))),
            secret: optional(text('that it is not printed, and how it comes back')),
            event: optional(whole('the event that a proof of inclusion is about')),
            old: optional(whole('the events of the older log that a proof of growth begins with')),
            log: optional(text('the origin of a checkpoint: its audit key')),
            events: optional(whole('how many it is the head of')),
            root: optional(base64('the root hash over them')),
            signatures: optional(whole('how many are under the checkpoint')),
            kidBegins: optional(hex('the beginning of the name of the key that signed it')),
          }),
        ),
      }),
    ),
  }),
)
