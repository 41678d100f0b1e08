/**
 * The desk of an activation page: whatever the vendor sent is taken in, told apart by what it is, and what the vendor needs to
 * answer is asked for. The same verbs as `lic install`, `activate`, `unlock` and `request`. It comes from whoever can open the
 * page: everything is verified before anything is changed, and bounded before it is read.
 */

import { LIST_LIMITS } from '../core/cbor.ts'
import { decodeArmor, isArmor } from '../core/codes/armor.ts'
import { isStrict, strict } from '../core/codes/base32.ts'
import { maskKey } from '../core/codes/license-key.ts'
import { recognise } from '../core/codes/recognise.ts'
import { CODE_KINDS, type CodeKind } from '../core/codes/spoken.ts'
import { decodeText, isText } from '../core/codes/text.ts'
import { numberedLines } from '../core/codes/typed.ts'
import { open, splitSequence } from '../core/cose.ts'
import { LicError } from '../core/errors.ts'
import { isProof } from '../core/log-proof.ts'
import { requestLines, requestText } from '../core/request.ts'
import { parseTyped } from '../core/typed-response.ts'
import type { Device } from '../device/device.ts'
import { parseBinding } from '../device/fingerprint/binding.ts'
import type { Held } from '../device/held.ts'
import { byKey } from '../device/match.ts'
import { type ActivateInput, activate } from '../device/verbs/activate.ts'
import { install } from '../device/verbs/install.ts'
import { request } from '../device/verbs/request.ts'
import { unlock } from '../device/verbs/unlock.ts'
import type { Current } from './current.ts'

export interface Taken {
  readonly what: 'license' | 'revocation-list' | 'trust-bundle' | 'activation' | 'extension' | 'emergency' | 'proof'
  /** Of the license that it is, or is for; masked. Undefined for a list or bundle. */
  readonly key: string | undefined
  /** How the product stands now. */
  readonly current: Current
}

export interface RequestOptions {
  /** The license, by the beginning of its key; absent: the one that asks for activation. */
  readonly key?: string | undefined
  /** `machine`, `hostname`, `url=TEXT` or `id=TEXT`; absent: as the license has it. */
  readonly bind?: string | undefined
  /** What the vendor is to call this device. */
  readonly label?: string | undefined
  /** Nothing but what an activation needs: no name of the machine, no system, no version. */
  readonly minimal?: boolean | undefined
}

export interface RequestToVendor {
  /** Two lines, to be read out or typed: `1. XXXXX XXXXX ...`. */
  readonly lines: readonly string[]
  /** `LIC1-...`, for a QR code or an e-mail. */
  readonly code: string
  /** Of the license that it is for; masked. */
  readonly key: string
}

export interface Intake {
  /**
   * Takes in what the vendor sent: a license, a revocation list, a trust bundle, an answer, an emergency code, a proof
   * of its log; as bytes of a file, armored text, a code, typed lines, or the texts of the QR codes of a picture, one a line.
   * @throws LicError INVALID_INPUT, CODE_MISTYPED, CODE_KIND, and what `lic install`, `activate` and `unlock` refuse; the state is
   * then as it was
   */
  take(given: string | Uint8Array): Promise<Taken>
  /** What the vendor is sent; the same again until it is answered. @throws LicError as `lic request` */
  request(options?: RequestOptions): Promise<RequestToVendor>
}

export interface IntakeInput {
  readonly device: Device
  readonly roots: readonly Uint8Array[]
  readonly product: string
  readonly version: string | undefined
  readonly current: () => Current
  readonly look: () => Promise<Current>
}

/** Bytes of what is taken in: a revocation list is the largest. */
const MOST = LIST_LIMITS.bytes * 2

export const intake = ({ device, roots, product, version, current, look }: IntakeInput): Intake => ({
  take: async (given) => {
    const done = await takenIn(device, roots, readIn(given))
    return { ...done, current: await look() }
  },
  request: async ({ key, bind, label, minimal = false } = {}) => {
    const asked = await request(device, {
      license: byKey(key ?? (await asksFirst(current, look))),
      product,
      bind: bind === undefined ? undefined : parseBinding(bind),
      fresh: false,
      prolong: false,
    })
    const details = {
      label: shortened(label ?? ''),
      machineName: shortened(device.machine.hostname),
      os: shortened(device.machine.os),
      appVersion: shortened(version ?? ''),
      binding: asked.bound.text,
      at: device.now(),
    }
    await look()
    return {
      lines: requestLines(asked.bytes),
      code: requestText(asked.bytes, minimal ? undefined : details),
      key: maskedOf(asked.held),
    }
  },
})

const ASKING: ReadonlySet<string> = new Set(['activation-required', 'lease-ended', 'wrong-device', 'clock-rolled-back'])

/** The key of the license that an activation would help, else of the best. @throws LicError LICENSE_MISSING */
const asksFirst = async (current: () => Current, look: () => Promise<Current>): Promise<string> => {
  const { licenses } = current().licenses.length > 0 ? current() : await look()
  const found = licenses.find(({ state }) => ASKING.has(state)) ?? licenses[0]
  if (found === undefined) throw new LicError('LICENSE_MISSING', 'no license is installed here that could be activated')
  return found.key
}

const maskedOf = ({ license: { prefix, cti } }: Held): string => maskKey(prefix, cti)

type Read =
  | { readonly objects: readonly Uint8Array[] }
  | { readonly typed: string }
  | { readonly emergency: string }
  | { readonly proof: string }

const takenIn = async (
  device: Device,
  roots: readonly Uint8Array[],
  read: Read,
): Promise<Pick<Taken, 'what' | 'key'>> => {
  if ('emergency' in read) {
    return { what: 'emergency', key: maskedOf((await unlock(device, read.emergency)).held) }
  }
  if ('proof' in read) {
    const { held } = await install(device, { objects: [], roots, proofs: [read.proof] })
    return { what: 'proof', key: held && maskedOf(held) }
  }
  if ('typed' in read) return activated(device, { typed: parseTyped(read.typed) })
  const types = read.objects.map((bytes) => open(bytes, LIST_LIMITS).type)
  if (types.some((type) => type === 'activation' || type === 'extension')) return activated(device, read)
  const { held } = await install(device, { objects: read.objects, roots })
  if (held !== undefined) return { what: 'license', key: maskedOf(held) }
  return { what: types.includes('trustBundle') ? 'trust-bundle' : 'revocation-list', key: undefined }
}

const activated = async (device: Device, input: ActivateInput): Promise<Pick<Taken, 'what' | 'key'>> => {
  const { held, extension } = await activate(device, input)
  return { what: extension === undefined ? 'activation' : 'extension', key: maskedOf(held) }
}

const readIn = (given: string | Uint8Array): Read => {
  // A form without its field gives undefined, and one with a file an object.
  if (typeof given !== 'string' && !(given instanceof Uint8Array)) {
    throw new LicError('INVALID_INPUT', 'what the vendor sent is given as text or as the bytes of a file')
  }
  const length = typeof given === 'string' ? new TextEncoder().encode(given).length : given.length
  if (length > MOST) throw new LicError('INVALID_INPUT', `more than ${MOST} bytes are nothing that a vendor sends`)
  const text = typeof given === 'string' ? given : textIn(given)
  if (text === undefined) return { objects: splitSequence(given as Uint8Array) }
  if (text.trim() === '') throw new LicError('INVALID_INPUT', 'nothing was given')
  if (isProof(text)) return { proof: text }
  if (isArmor(text)) return { objects: splitSequence(decodeArmor(text)) }
  if (isText(text)) return { objects: splitSequence(decodeText(text)) }
  // What the vendor's command prints has lines before the code, and an e-mail goes on behind it.
  const [block = ''] = text.slice(Math.max(text.search(/^[ \t]*LIC1[-/]/im), 0)).split(/\n[ \t\r]*\n/)
  if (isText(block)) return { objects: splitSequence(decodeText(block)) }
  // What the vendor's command prints has other lines around the five.
  const numbered = numberedLines(text)
  const code = numbered ?? text
  const found = recognise(code)
  if (found?.form !== 'code') {
    // What is wrong with lines that were typed is said line by line.
    if (numbered !== undefined || isLines(strict(text))) return { typed: code }
    throw new LicError('INVALID_INPUT', 'this is neither a license, a list, an answer nor an emergency code')
  }
  if (found.kind === 'response') return { typed: code }
  if (found.kind === 'emergency') return { emergency: code }
  throw new LicError('CODE_KIND', `this is ${OTHERS[found.kind]}`)
}

/** Symbols alone, a line of them or more. */
const isLines = (symbols: string): boolean => isStrict(symbols) && symbols.length > CODE_KINDS.response.data

const OTHERS: Readonly<Record<Exclude<CodeKind, 'response' | 'emergency'>, string>> = {
  key: 'the key of a license, which names it; what is needed is the license itself, as a file or as text',
  request: 'a request of a device; send it to the vendor, and install the answer here',
  release: 'the code of a device that was given up; it is for the vendor',
  paper: 'a private key, which belongs into no page: whoever reads it can sign licenses',
  sealed: 'a private key, which belongs into no page',
}

/** Text when every byte of it is. */
const textIn = (bytes: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // A control character stands in no text that is taken, and every signed object has one in its first bytes.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

const LONGEST = 128
/** Whole letters within the bytes that a detail may have. */
const shortened = (text: string): string | undefined => {
  const bytesOf = (each: string): number => new TextEncoder().encode(each).length
  const kept = [...text].reduce((sum, letter) => (bytesOf(sum + letter) <= LONGEST ? sum + letter : sum), '')
  return kept === '' ? undefined : kept
}
