/**
 * Reading CBOR by cbor-x, several times the speed of `core/cbor-decode.ts` and the same values, on one condition: what comes
 * here was gated by `core/cbor.ts`. Its defaults read records and tags back as objects: every one of these options is
 * load-bearing.
 */

import { Decoder } from 'cbor-x/decode'
import type { Cbor } from '../core/cbor.ts'

const decoder = new Decoder({ useRecords: false, mapsAsObjects: false, int64AsNumber: true } as object)

/** The one item in gated bytes. */
export const decodeItem = (bytes: Uint8Array): Cbor => decoder.decode(bytes) as Cbor
