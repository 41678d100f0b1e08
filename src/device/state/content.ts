/**
 * What a device remembers, as one value: the schema of the state, read and written strictly. Everything signed is kept as the
 * bytes that were signed and verified again at each look, so nothing that the vendor says can be made by editing this.
 */

import type { Cbor } from '../../core/cbor.ts'
import { decode, encode } from '../../core/cbor.ts'
import {
  bytes,
  defaulted,
  invalid,
  list,
  MARK,
  optional,
  record,
  required,
  TIME,
  type Type,
  type TypeOf,
  text,
  tuple,
  uint,
} from '../../core/fields.ts'
import { CODE, CTI, PREFIX } from '../../core/license.ts'
import { REQUEST_BYTES } from '../../core/request.ts'

/** Bytes of any length: a signed object. */
export const BLOB: Type<Uint8Array> = {
  read: (value, name) => {
    if (!(value instanceof Uint8Array)) throw invalid(`${name} is not a byte string`)
    return value.slice()
  },
  write: (value) => value,
}

const many = <T>(item: Type<T>): Type<readonly T[]> => list(item, { min: 0 })
/** 100 random bits that a release code shows. */
const SECRET = bytes(13)

/** A request that was shown and not answered. `text`: the URL or id of its binding. */
const PENDING = record({
  request: required(0, bytes(REQUEST_BYTES)),
  secret: required(1, SECRET),
  at: required(2, TIME),
  text: optional(3, text()),
})
export type Pending = TypeOf<typeof PENDING>

/** An answer that was taken in: the activation as signed, and the secret of the request it answers. */
const ACTIVE = record({
  object: required(0, BLOB),
  secret: required(1, SECRET),
  at: required(2, TIME),
  text: optional(3, text()),
})
export type Active = TypeOf<typeof ACTIVE>

/** A place that was given up. It outlives its license, so that the code can be shown as often as asked. */
const TOMBSTONE = record({
  cti: required(0, CTI),
  prefix: required(1, PREFIX),
  product: required(2, CODE),
  line: required(3, uint(15)),
  secret: required(4, SECRET),
  at: required(5, TIME),
})
export type Tombstone = TypeOf<typeof TOMBSTONE>

const INSTALLED = record({
  license: required(0, BLOB),
  /** Certificates that came beside an object, as they came. */
  certificates: required(1, many(BLOB)),
  /** Root public keys that were named at installation. */
  roots: required(2, many(bytes(32))),
  installedAt: required(3, TIME),
  firstActivatedAt: optional(4, TIME),
  extension: optional(5, BLOB),
  pending: required(6, many(PENDING)),
  active: required(7, many(ACTIVE)),
  /** Emergency chains of this device alone. */
  anchors: required(8, many(BLOB)),
  /** The emergency code that was accepted last; it is checked again at each look. */
  emergency: optional(9, text(64)),
  /** When the extension was taken in. */
  extendedAt: optional(10, TIME),
  /** Texts that prove that the vendor's log holds this revision; they are checked again at each look. */
  proofs: optional(11, list(BLOB)),
})
export type Installed = TypeOf<typeof INSTALLED>

const BOOT = record({
  id: optional(0, text()),
  uptime: required(1, uint()),
  /** The clock was right at a time since this start. */
  right: optional(2, MARK),
})

const STATE = record({
  /** The latest time that this device knows to have passed. */
  floor: required(0, TIME),
  /** How often the machine was started since its clock was right. */
  starts: defaulted(1, uint(), 0),
  boot: optional(2, BOOT),
  licenses: required(3, many(INSTALLED)),
  /** The newest revocation list of each sub. */
  lists: required(4, many(BLOB)),
  /** Every compromised key that any list ever named: none is forgotten. */
  compromised: required(
    5,
    many(
      tuple<[kid: Uint8Array, cutoff: number, treeSize: number, root: Uint8Array]>(bytes(8), TIME, uint(), bytes(32)),
    ),
  ),
  tombstones: required(6, many(TOMBSTONE)),
  /** The highest hour of which an emergency code was accepted. */
  highestHour: optional(7, uint(0xffffffff)),
  /** The newest trust bundle of each root. */
  bundles: optional(8, list(BLOB)),
})
export type State = TypeOf<typeof STATE>

export const EMPTY: State = {
  floor: 0,
  starts: 0,
  licenses: [],
  lists: [],
  compromised: [],
  tombstones: [],
}

/** More than any device gathers; what is larger was not written by lic. */
export const STATE_LIMITS = { bytes: 16 * 1024 * 1024 }

export const writeState = (state: State): Uint8Array => encode(STATE.write(state) as Cbor)
/** @throws LicError LICENSE_INVALID, or UNSUPPORTED_CLAIM for a state that a newer lic wrote */
export const readState = (content: Uint8Array): State => STATE.read(decode(content, STATE_LIMITS), 'state')
