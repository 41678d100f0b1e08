/**
 * The request of a device (FORMAT 12.5, 16): thirty bytes that two lines of text hold, and the details that a QR code or
 * file may carry beside it. It grants nothing, so nothing in it is signed. Readers take hostile bytes.
 */

import { concat, equal } from './bytes.ts'
import { type Cbor, decode, encode } from './cbor.ts'
import { spell } from './codes/spoken.ts'
import { decodeText, encodeText } from './codes/text.ts'
import { typedCode } from './codes/typed.ts'
import { DEVICE_BYTES, readDevice } from './device.ts'
import { invalid, optional, record, TIME, type TypeOf, text } from './fields.ts'
import { hashOf } from './hash.ts'

const VERSION = 1
export const REQUEST_BYTES = 30
const CHECKED = 27
const CLOCK = 0x10

export interface Request {
  /** The clock of the device jumped, and the answer is to confirm what it shows now. */
  readonly clock: boolean
  readonly line: number
  /** First five bytes of the license id. */
  readonly ctiPrefix: Uint8Array
  /** 11 bytes (device.ts). */
  readonly device: Uint8Array
  /** 10 bytes (release.ts). */
  readonly anchor: Uint8Array
}

export const writeRequest = ({ clock, line, ctiPrefix, device, anchor }: Request): Uint8Array => {
  const checked = concat(Uint8Array.of((VERSION << 5) | (clock ? CLOCK : 0) | line), ctiPrefix, device, anchor)
  return concat(checked, checkOf(checked))
}

const checkOf = (checked: Uint8Array): Uint8Array => hashOf('lic-request-1', checked).subarray(0, 3)

/** @throws LicError LICENSE_INVALID for another length, version or check; UNSUPPORTED_CLAIM for a later kind of binding */
export const readRequest = (bytes: Uint8Array): Request => {
  if (bytes.length !== REQUEST_BYTES) throw invalid(`a request has ${REQUEST_BYTES} bytes, this has ${bytes.length}`)
  const head = bytes[0] as number
  if (head >> 5 !== VERSION) throw invalid(`a request of version ${head >> 5} is not known here`)
  if (!equal(bytes.subarray(CHECKED), checkOf(bytes.slice(0, CHECKED)))) {
    throw invalid('the check of the request does not fit: more than one symbol was mistyped')
  }
  const device = bytes.slice(6, 6 + DEVICE_BYTES)
  readDevice(device)
  return {
    clock: (head & CLOCK) !== 0,
    line: head & 0x0f,
    ctiPrefix: bytes.slice(1, 6),
    device,
    anchor: bytes.slice(17, CHECKED),
  }
}

const DETAILS = record({
  label: optional(0, text()),
  machineName: optional(1, text()),
  os: optional(2, text()),
  appVersion: optional(3, text()),
  /** The text behind a binding that is not a machine. */
  binding: optional(4, text()),
  at: optional(5, TIME),
})
export type RequestDetails = TypeOf<typeof DETAILS>

const DETAILS_TYPE = 9

/** The array of request and details, for QR codes and files. */
export const writeDetails = (request: Uint8Array, details: RequestDetails): Uint8Array =>
  encode([DETAILS_TYPE, request, DETAILS.write(details)])

export interface AskedRequest {
  readonly request: Request
  /** The thirty bytes by which the request is known. */
  readonly bytes: Uint8Array
  readonly details: RequestDetails
}

/** A request from a QR code or file: the bare byte string item, or the array with details. @throws LicError as `readRequest` */
export const readAsked = (bytes: Uint8Array): AskedRequest => {
  const value = decode(bytes)
  if (value instanceof Uint8Array) return { request: readRequest(value), bytes: value.slice(), details: {} }
  const items = Array.isArray(value) ? (value as readonly Cbor[]) : []
  const [type, request, details] = items
  if (type !== DETAILS_TYPE || items.length !== 3 || !(request instanceof Uint8Array) || details === undefined) {
    throw invalid('not a request')
  }
  return { request: readRequest(request), bytes: request.slice(), details: DETAILS.read(details, 'request details') }
}

/** `1. XXXXX XXXXX ...` and a second line, as people read them out. */
export const requestLines = (bytes: Uint8Array): readonly string[] =>
  spell('request', bytes).map((line, i) => `${i + 1}. ${line.match(/.{5}/g)?.join(' ')}`)

/** `LIC1-...`: bare, or with details. */
export const requestText = (bytes: Uint8Array, details?: RequestDetails): string =>
  encodeText(details ? writeDetails(bytes, details) : encode(bytes))

const LONG = /^\s*LIC1[-/]/i

/**
 * A request as it was typed, pasted or scanned.
 * @throws LicError CODE_MISTYPED naming the line, CODE_KIND, LICENSE_INVALID
 */
export const parseRequest = (given: string): AskedRequest => {
  if (LONG.test(given)) return readAsked(decodeText(given))
  const bytes = typedCode('request', given)
  return { request: readRequest(bytes), bytes, details: {} }
}
