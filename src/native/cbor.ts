/**
 * CBOR coding by cbor-x, several times the speed of `core/cbor-codec.ts` and the same bytes and values, on one condition:
 * what comes here was sorted or gated by `core/cbor.ts`. Its defaults write records and tags and read them back as objects:
 * every one of these options is load-bearing.
 */

import { Decoder } from 'cbor-x/decode'
import { Encoder } from 'cbor-x/encode'
import type { Cbor } from '../core/cbor.ts'

const encoder = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
  useTag259ForMaps: false,
} as object) as { encode(value: unknown, mode: number): Uint8Array }
/** cbor-x's RESET_BUFFER_MODE, which its types leave out: the next item is written where this one was. */
const RESET_BUFFER = 1024
const decoder = new Decoder({ useRecords: false, mapsAsObjects: false, int64AsNumber: true } as object)

/** The deterministic encoding of an ordered value. A copy: cbor-x returns a view into a buffer that it writes to again. */
export const encodeItem = (value: unknown): Uint8Array => new Uint8Array(encoder.encode(value, RESET_BUFFER))

/** The one item in gated bytes. */
export const decodeItem = (bytes: Uint8Array): Cbor => decoder.decode(bytes) as Cbor
