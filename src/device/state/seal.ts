/**
 * The seal of a state file: a keyed hash over its content, with a key made from the machine that began it. Against accident
 * and casual editing only: whoever reads this file can make a seal, and no secret of the vendor's stands behind it. What the
 * vendor signed is verified by itself; floor, counters and tombstones are as honest as whoever holds the machine.
 *
 * `["lic-state-1", generation, home, content, seal]`; home is the machine of the first writing, 11 bytes (FORMAT 12.1).
 */

import { equal } from '../../core/bytes.ts'
import { type Cbor, decode, encode } from '../../core/cbor.ts'
import { machineDevice } from '../../core/device.ts'
import { LicError } from '../../core/errors.ts'
import { hashOf } from '../../core/hash.ts'
import type { Values } from '../fingerprint/values.ts'
import { readState, STATE_LIMITS, type State, writeState } from './content.ts'

const TAG = 'lic-state-1'

export interface Sealed {
  readonly generation: number
  /** The machine that the state was begun on. */
  readonly home: Uint8Array
  readonly state: State
}

/** Stands where a license id would: this is no license's device. */
const NO_LICENSE = new Uint8Array(10)

export const homeOf = (slots: Values): Uint8Array => machineDevice(NO_LICENSE, slots)

const sealOf = (generation: number, home: Uint8Array, content: Uint8Array): Uint8Array =>
  hashOf('lic-seal-1', hashOf('lic-seal-key-1', home), generation, content)

export const seal = ({ generation, home, state }: Sealed): Uint8Array => {
  const content = writeState(state)
  return encode([TAG, generation, home, content, sealOf(generation, home, content)])
}

/** Undefined for what is no whole sealed state. @throws LicError UNSUPPORTED_CLAIM for one that a newer lic wrote */
export const unseal = (bytes: Uint8Array): Sealed | undefined => {
  try {
    const value: Cbor = decode(bytes, STATE_LIMITS)
    const [tag, generation, home, content, mac] = Array.isArray(value) ? (value as readonly Cbor[]) : []
    if (tag !== TAG || typeof generation !== 'number') return undefined
    if (!(home instanceof Uint8Array && content instanceof Uint8Array && mac instanceof Uint8Array)) return undefined
    if (!equal(mac, sealOf(generation, home, content))) return undefined
    return { generation, home: home.slice(), state: readState(content) }
  } catch (error) {
    if (error instanceof LicError && error.code !== 'UNSUPPORTED_CLAIM') return undefined
    throw error
  }
}
