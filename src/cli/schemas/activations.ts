/** What is printed for devices without network: answers to their requests, who holds which place, codes for a bad night. */

import { BINDINGS, SLOTS } from '../../core/device.ts'
import { ACTIVATION_STATES } from '../activations.ts'
import { SIGNED } from './licenses.ts'
import { FIGURES } from './usage.ts'
import {
  DRY_RUN,
  type Fields,
  flag,
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

const ACTIVATION = text('what both sides call the activation by: the first 8 symbols of its release anchor')

const PLACES: Fields = {
  used: whole('places that are taken'),
  of: whole('places that there are; 0 = unlimited'),
}

const NUMBER = nullable(whole('which of the places it is, from 1; null = none, or an older answer that says none'))

const LINES = list('five, numbered, to be read out', text('25 characters in groups of five'))

const DEVICE: Fields = {
  label: nullable(text('what the vendor, or else the device, calls it')),
  machine: nullable(text('the name that the device sent along')),
}

export const response = says(
  'The answer to a request: an activation, or a word about the clock alone.',
  object({
    activation: ACTIVATION,
    form: oneOf('an activation takes a place, an answer about the clock takes none', ['activation', 'clock']),
    key: KEY,
    id: ID,
    customer: text('who holds the license, by id'),
    product: text('the product of the line'),
    line: whole('the number of the line'),
    ...DEVICE,
    place: NUMBER,
    places: nullable(object(PLACES)),
    issued: time('when it was signed'),
    lease: nullable(time('when the device asks again; null = never')),
    weak: flag('the device shows too little of itself to be told from others'),
    clock: flag('it confirms what the clock of the device shows'),
    clockAnswers: whole('clocks of this license that were confirmed within a year'),
    emergency: flag('emergency codes can be given for this device alone'),
    repeated: flag('the request was answered before: these are the same bytes'),
    code: optional(text('the answer to hand over: LIC1-..., or the five lines, one below the other')),
    lines: optional(LINES),
    dryRun: DRY_RUN,
  }),
)

const ONE: Fields = {
  activation: ACTIVATION,
  state: oneOf('what it is now, by the clock too', ACTIVATION_STATES),
  key: KEY,
  id: ID,
  customer: text('who holds the license, by id'),
  product: nullable(text('the product of the line')),
  line: whole('the number of the line'),
  place: nullable(text('the first activation of its place; null = it takes none')),
  number: NUMBER,
  ...DEVICE,
  os: nullable(text('the system that the device sent along')),
  appVersion: nullable(text('the version of the product that it sent along')),
  binding: nullable(oneOf('what it is bound to; null = the customer was forgotten', BINDINGS)),
  parts: list('which parts of a machine it was bound to', oneOf('a part', SLOTS)),
  bound: nullable(text('the text of a binding that is not a machine')),
  activated: time('when it was signed'),
  lease: nullable(time('when the device asks again; null = never')),
  weak: flag('the device shows too little of itself to be told from others'),
  clock: flag('it confirms what the clock of the device showed'),
  emergency: flag('emergency codes can be given for this device alone'),
  ended: nullable(time('when it ended; null = it stands')),
  reason: nullable(text('why it was released or revoked')),
  replacedBy: nullable(text('the activation that took its place over')),
}

export const activation = says(
  'One activation; from lic activation show with what happened to it.',
  object({
    ...ONE,
    events: optional(
      list(
        'what happened to it, oldest first',
        object({
          at: time('when'),
          type: text('what'),
          actor: text('who'),
          reason: nullable(text('why')),
        }),
      ),
    ),
    usage: optional(nullable(object({ ...FIGURES, reported: time('when it was taken in') }))),
    dryRun: DRY_RUN,
  }),
)

export const activations = says(
  'Which devices hold the places of a license.',
  object({
    key: KEY,
    places: list('one a line', object({ line: whole('its number'), product: text('the product'), ...PLACES })),
    activations: list('oldest first', object(ONE)),
  }),
)

export const emergency = says(
  'Emergency codes of one hour.',
  object({
    key: KEY,
    customer: text('who holds the license, by id'),
    activation: nullable(text('the device that they are for; null = every device of the license')),
    hour: time('the hour that they are of'),
    from: time('they may be typed from here'),
    until: time('what they open ends here'),
    count: whole('hours that codes were given for within a year, this one included'),
    limit: whole('how many there may be'),
    code: optional(text('the code of the newest revision')),
    codes: optional(
      list(
        'one of each revision whose chain covers the hour, the newest first',
        object({
          revision: whole('the revision that it opens'),
          code: text('25 characters in groups of five'),
          spelled: list('each group in words', text('Mike Four Zulu Charlie Mike')),
        }),
      ),
    ),
    dryRun: DRY_RUN,
  }),
)

export const extension = says(
  'A renewal by phone: the next revision, and the lines that move the end of the one that the site has.',
  object({
    ...SIGNED,
    installed: whole('the revision that is extended'),
    siteExpires: time('when the license ends at the site'),
    code: optional(text('the five lines, one below the other')),
    typed: optional(LINES),
    dryRun: DRY_RUN,
  }),
)
