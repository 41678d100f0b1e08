/**
 * What a license is bound to (FORMAT 12.1, 12.2): eleven bytes of salted hashes, from which nobody reads a serial number.
 * Invariant: a device is made from normalized values only, so the same machine gives the same bytes everywhere.
 */

import { concat, equal } from './bytes.ts'
import { LicError } from './errors.ts'
import type { Type } from './fields.ts'
import { invalid } from './fields.ts'
import { hashOf } from './hash.ts'

/** Kinds of binding, as numbered in the mask. */
export const BINDINGS = ['machine', 'hostname', 'url', 'id'] as const
export type Binding = (typeof BINDINGS)[number]

/** The slots of a machine, in their order. The first three are identity slots. */
export const SLOTS = ['machine id', 'disk serial', 'mac', 'board', 'cpu'] as const
export const IDENTITY_SLOTS = 3
/** So many of them tell one machine from others. */
export const IDENTITY_NEEDED = 2

export const DEVICE_BYTES = 11
/** Bit 16 of a line's device rule: no slot may differ. */
export const EXACT = 16

/** ASCII white space around it removed, ASCII letters in lower case. */
export const deviceValue = (text: string): string =>
  text.replace(/^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** The device of a machine: one value a slot, undefined where this machine has none. */
export const machineDevice = (cti: Uint8Array, values: readonly (string | undefined)[]): Uint8Array => {
  const slots = SLOTS.map((_, slot) => {
    const value = values[slot]
    return value === undefined ? undefined : hashOf('lic-device-1', cti, slot, deviceValue(value)).subarray(0, 2)
  })
  const mask = slots.reduce((bits, value, slot) => (value === undefined ? bits : bits | (0x80 >> slot)), 0)
  return concat(Uint8Array.of(mask), ...slots.map((value) => value ?? new Uint8Array(2)))
}

/** The device of a binding that names: host name, URL or id. */
export const namedDevice = (cti: Uint8Array, binding: Exclude<Binding, 'machine'>, value: string): Uint8Array => {
  const kind = BINDINGS.indexOf(binding)
  return concat(Uint8Array.of(kind), hashOf('lic-device-1', cti, kind, deviceValue(value)).subarray(0, 10))
}

/** What the mask of a device says. @throws LicError LICENSE_INVALID, UNSUPPORTED_CLAIM for a kind of later versions */
export const readDevice = (device: Uint8Array): { readonly binding: Binding; readonly present: readonly boolean[] } => {
  if (device.length !== DEVICE_BYTES) throw invalid('a device that is not 11 bytes')
  const mask = device[0] as number
  const binding = BINDINGS[mask & 7]
  if (binding === undefined) {
    throw new LicError('UNSUPPORTED_CLAIM', `a binding of kind ${mask & 7} is not known here`, { stage: 'type' })
  }
  const present = SLOTS.map((_, slot) => (mask & (0x80 >> slot)) !== 0)
  if (binding !== 'machine' && present.some((each) => each)) throw invalid('a binding that names has presence bits')
  const hidden = present.some((each, slot) => !each && slotOf(device, slot) !== 0)
  if (binding === 'machine' && hidden) throw invalid('an absent slot of a device is not zero')
  return { binding, present }
}

const slotOf = (device: Uint8Array, slot: number): number =>
  ((device[1 + 2 * slot] as number) << 8) | (device[2 + 2 * slot] as number)

/** Identity slots that a machine shows. */
export const identitySlots = (device: Uint8Array): number =>
  readDevice(device)
    .present.slice(0, IDENTITY_SLOTS)
    .filter((each) => each).length

/** Which slots of the device that was signed differ now; one that was absent at signing never counts. */
export const differingSlots = (signed: Uint8Array, live: Uint8Array): readonly number[] => {
  const was = readDevice(signed).present
  const is = readDevice(live).present
  return SLOTS.flatMap((_, slot) =>
    was[slot] && !(is[slot] && slotOf(signed, slot) === slotOf(live, slot)) ? [slot] : [],
  )
}

/** A machine that shows too little of itself to be told from others (FORMAT 12.2). */
export const isWeak = (device: Uint8Array): boolean =>
  readDevice(device).binding === 'machine' && identitySlots(device) < IDENTITY_NEEDED

export interface MatchRule {
  /** No slot may differ (device rule of the line). */
  readonly exact: boolean
  /** The activation ends: under such a one alone a weak device is known again. */
  readonly leased: boolean
}

/** FORMAT 12.2. */
export const deviceMatches = (signed: Uint8Array, live: Uint8Array, { exact, leased }: MatchRule): boolean => {
  const { binding, present } = readDevice(signed)
  if (binding !== readDevice(live).binding) return false
  if (binding !== 'machine') return equal(signed, live)
  const differing = differingSlots(signed, live)
  const count = present.filter((each) => each).length
  if (isWeak(signed)) return leased && count > 0 && differing.length === 0
  const identical = present.filter((each, slot) => each && slot < IDENTITY_SLOTS && !differing.includes(slot)).length
  return differing.length <= (count >= 4 && !exact ? 1 : 0) && identical >= IDENTITY_NEEDED
}

/** A device as a field of signed objects. */
export const DEVICE: Type<Uint8Array> = {
  read: (value, name) => {
    if (!(value instanceof Uint8Array)) throw invalid(`${name} is not a byte string`)
    readDevice(value)
    return value
  },
  write: (device) => device,
}
