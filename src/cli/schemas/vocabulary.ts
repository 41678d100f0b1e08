/**
 * The words that JSON shapes are made of: how each kind of value is written, once. Invariant: every object is strict,
 * so a field that a command prints and nobody described here is found by the first transcript that plays it.
 */

import * as v from 'valibot'
import { KINDS, METRICS, PERIODS, VALUE_TYPES } from '../../core/license.ts'
import { LICENSE_STATUSES } from '../../ledger/license-status.ts'

export type Shape = v.GenericSchema
export type Fields = Readonly<Record<string, Shape>>

/** What a schema describes, for a reader: a field's meaning stands here and nowhere else. */
export const says = (text: string, shape: Shape): Shape => v.pipe(shape, v.description(text))

export const text = (meaning: string): Shape => says(meaning, v.string())
export const flag = (meaning: string): Shape => says(meaning, v.boolean())
export const nullable = (shape: Shape): Shape => v.nullable(shape)
export const optional = (shape: Shape): Shape => v.optional(shape)
export const list = (meaning: string, item: Shape): Shape => says(meaning, v.array(item))
export const oneOf = (meaning: string, values: readonly string[]): Shape => says(meaning, v.picklist(values))
export const object = (fields: Fields): Shape => v.strictObject(fields)
export const either = (...shapes: readonly Shape[]): Shape => v.union(shapes)
/** Names chosen by people to values of one shape. */
export const named = (meaning: string, value: Shape): Shape => says(meaning, v.record(v.string(), value))
/** Anything that JSON can hold: for what is shown as it is. */
export const anything = (meaning: string): Shape => says(meaning, v.unknown())
export const fixed = (meaning: string, value: string | true): Shape => says(meaning, v.literal(value))

export const whole = (meaning: string): Shape => says(meaning, v.pipe(v.number(), v.integer(), v.minValue(0)))

const pattern = (meaning: string, form: RegExp): Shape => says(meaning, v.pipe(v.string(), v.regex(form)))

export const time = (meaning: string): Shape =>
  pattern(`${meaning}; ISO 8601, UTC`, /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
export const hex = (meaning: string): Shape => pattern(`${meaning}; hexadecimal`, /^([0-9a-f]{2})*$/)
export const base64 = (meaning: string): Shape => pattern(`${meaning}; base64`, /^[A-Za-z0-9+/]*={0,2}$/)

export const KEY = text('the license key, whole')
export const ID = hex('the id of the license, the 80 bits of its key')
export const KIND = oneOf('what kind of license', KINDS)
export const METRIC = oneOf('what a seat counts', METRICS)
export const ACTIVATION = oneOf('whether each device must be activated', ['none', 'required'])
export const SEATS = whole('how many may use it; 0 = unlimited')
export const DEVICES = whole('on how many devices; 0 = unlimited')
export const STATUS = oneOf('what it is now, by the clock too', LICENSE_STATUSES)
export const DRY_RUN = optional(fixed('present when nothing was recorded', true))
export const NEXT = nullable(text('cursor of the next page; null = this is the last'))

const MEASURED = object({
  value: optional(whole('how many; 0 = unlimited; absent = on')),
  period: optional(oneOf('in which time', PERIODS)),
  type: optional(oneOf('what is counted; absent = count', VALUE_TYPES)),
  expires: optional(nullable(time('when this alone ends'))),
})
const QUANTITY = either(v.boolean(), v.pipe(v.number(), v.integer(), v.minValue(0)), MEASURED)

export const features = (meaning: string): Shape => named(`${meaning}: true = on, 0 = unlimited`, QUANTITY)

export const CHANGES = list(
  'what an edit changed; none: it was so already, and nothing was recorded',
  object({
    field: text('its name; inside a table with dots: limits.max_users'),
    before: anything('what stood there; null = nothing'),
    after: anything('what stands there now; null = nothing'),
  }),
)
