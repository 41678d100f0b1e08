/** What is printed of delegated keys, of the licenses that they make, and of what the ledger takes in. */

import { CODE } from './authority.ts'
import { SIGNED } from './licenses.ts'
import {
  base64,
  DEVICES,
  DRY_RUN,
  fixed,
  flag,
  hex,
  KIND,
  list,
  nullable,
  object,
  optional,
  SEATS,
  says,
  text,
  time,
  whole,
} from './vocabulary.ts'

const KID = hex('names the key')

export const delegated = says(
  'A key that was delegated.',
  object({
    kid: KID,
    name: text('what it is called'),
    signer: hex('the key that certified it'),
    from: time('certified from'),
    until: time('certified until'),
    reseller: nullable(text('who uses it')),
    count: nullable(whole('how many licenses are meant to be made; null = not stated')),
    grants: list(
      'what it may make, by number',
      object({
        grant: whole('its number, which a license names'),
        product: text('the product'),
        tier: text('what it opens'),
        title: text('the tier, as people read it'),
        kind: KIND,
        maximumTermHours: whole('the longest license'),
        graceHours: whole('how long a license still runs after its end'),
        freshDays: nullable(whole('how old the newest revocation list may be; null = never asked')),
        seats: SEATS,
        devices: DEVICES,
        test: flag('release builds refuse what it makes'),
      }),
    ),
    file: nullable(text('the file of the key; null = a dry run')),
    dryRun: DRY_RUN,
  }),
)

export const trial = says(
  'A license that a delegated key has made: with what its grant says.',
  object({
    ...SIGNED,
    product: text('what it is for'),
    tier: text('what it opens'),
    email: nullable(text('who gets it')),
    grant: whole('the number of the grant'),
    signer: KID,
    signerUntil: time('when the key ends'),
    repeated: optional(fixed('present when it lay in the file already', true)),
    license: optional(base64('the signed license, COSE')),
    code: optional(text('the same as LIC1- text')),
    dryRun: DRY_RUN,
  }),
)

export const taken = says(
  'What was taken into the ledger of what delegated keys have made.',
  object({
    taken: whole('licenses that are new in it'),
    again: whole('licenses that it knew'),
    extended: whole('licenses that their key has signed again, with a later end'),
    customers: whole('customers that were created'),
    refused: list(
      'each that was not taken in',
      object({
        place: text('file and line'),
        key: nullable(text('the license key, as lists show it; null = none can be read')),
        code: CODE,
        message: text('what is wrong, one sentence'),
        hint: text('the step that mends it'),
      }),
    ),
    keys: list(
      'those that something was taken in from',
      object({
        kid: KID,
        name: nullable(text('what it is called')),
        taken: whole('licenses of it in the ledger'),
        count: nullable(whole('how many were stated; null = not stated')),
        over: flag('more than were stated'),
      }),
    ),
    repeated: object({
      addresses: list(
        'customers with several licenses for one product, of those that something was taken in for',
        object({
          customer: text('their id'),
          email: nullable(text('where to reach them')),
          product: text('the product'),
          licenses: whole('how many'),
        }),
      ),
      domains: list(
        'domains of several such addresses; those where everybody can have one do not count',
        object({
          domain: text('what stands behind the @'),
          product: text('the product'),
          addresses: whole('how many addresses'),
          licenses: whole('how many licenses'),
        }),
      ),
    }),
    dryRun: DRY_RUN,
  }),
)
