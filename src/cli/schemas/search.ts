/** What the commands print that look for something: customers and licenses by their words, events by their envelopes. */

import { LISTED } from './licenses.ts'
import {
  anything,
  base64,
  either,
  fixed,
  flag,
  hex,
  KEY,
  list,
  NEXT,
  named,
  nullable,
  object,
  oneOf,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

const WHY = list(
  'the texts that have a word which was sought',
  object({ field: text('which text: name, e-mail, notes, order, ... or key'), text: text('what it says') }),
)

const CUSTOMER = object({
  id: text('the id'),
  name: nullable(text('the name')),
  email: nullable(text('the address')),
  company: nullable(text('the company')),
  brand: text('the brand they belong to'),
  tags: list('words of the vendor', text('a tag')),
})

export const found = says(
  'Customers and licenses that have every word that was sought, one page of them.',
  object({
    found: list(
      'best first',
      either(
        object({
          type: fixed('by its own texts', 'customer'),
          customer: CUSTOMER,
          licenses: list('the newest that they hold', LISTED),
          more: flag('they hold more'),
          why: WHY,
        }),
        object({ type: fixed('by its own texts, or by its key', 'license'), license: LISTED, why: WHY }),
      ),
    ),
    next: NEXT,
  }),
)

const EVENT_FIELDS = {
  place: nullable(whole('its place in the log; null = not dealt yet')),
  at: time('when it was recorded'),
  type: text('what happened: license.issued, license.revoked, ...'),
  brand: nullable(text('the brand it belongs to')),
  entityKind: text('what it happened to: license, customer, key, ...'),
  entity: text('its id; hexadecimal where that is bytes'),
  version: whole('the how-manieth event of the entity'),
  customer: nullable(text('whose license')),
  key: nullable(KEY),
  license: nullable(hex('the id of the license')),
  line: nullable(whole('the line of the license')),
  activation: nullable(hex('the activation')),
  actor: text('who acted'),
  source: text('through what: cli, bulk, ci, server, import or job'),
  host: nullable(text('on which machine')),
  reason: nullable(text('why, while it is kept')),
  idempotency: nullable(object({ key: text('the key of the request'), verb: text('what was asked') })),
  object: nullable(hex('hash of what was signed')),
  data: anything('what the event says; bytes in hexadecimal'),
  texts: named('personal text beside the log', nullable(text('null = erased'))),
} as const
const EVENT = object(EVENT_FIELDS)

export const auditEvent = says(
  'An event of the log as an auditor gets it; one line each, oldest first.',
  object({
    ...EVENT_FIELDS,
    signer: nullable(hex('kid of the key that signed what was recorded')),
    leaf: base64('SHA-256 of 0x00 and the bytes of the event'),
    checkpoint: nullable(whole('size of the first checkpoint that holds it; null = none does yet')),
    event: base64('its bytes'),
  }),
)

export const exported = says(
  'A file that the log was written into.',
  object({
    file: text('where it was written'),
    format: oneOf('what it is', ['ndjson', 'csv', 'html']),
    events: whole('how many are in it'),
  }),
)

export const log = says(
  'What happened, newest first, one page of it.',
  object({ events: list('the page', EVENT), next: NEXT }),
)
