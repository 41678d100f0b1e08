/**
 * What a license is bound to on this device: the machine, or a name that was chosen (FORMAT 12.1, device rule of 8.4).
 * Invariant: the device bytes of a binding are made here alone, at the request and at every look at an activation.
 */

import {
  BINDINGS,
  type Binding,
  EXACT,
  IDENTITY_NEEDED,
  identitySlots,
  isWeak,
  machineDevice,
  namedDevice,
  readDevice,
} from '../../core/device.ts'
import { LicError } from '../../core/errors.ts'
import type { Machine, Source } from '../machine.ts'
import type { Values } from './values.ts'

export interface Bound {
  readonly kind: Binding
  /** The URL or id that was told; a machine and a host name are looked up. */
  readonly text?: string | undefined
}

/** The five slots of this machine. Loads the reader of its system alone. */
export const slotsOf = async (source: Source): Promise<Values> => {
  if (source.platform === 'darwin') return (await import('./macos.ts')).macosValues(source)
  if (source.platform === 'win32') return (await import('./windows.ts')).windowsValues(source)
  return (await import('./linux.ts')).linuxValues(source)
}

const MAX_TEXT = 128

/** `machine`, `hostname`, `url=TEXT` or `id=TEXT`. @throws LicError INVALID_INPUT */
export const parseBinding = (given: string): Bound => {
  const [, name = '', text] = /^([a-z]+)(?:=(.*))?$/s.exec(given) ?? []
  const kind = BINDINGS.find((each) => each === name)
  const told = kind === 'url' || kind === 'id'
  if (kind === undefined || told === (text === undefined)) {
    throw new LicError('INVALID_INPUT', `"${given.slice(0, 40)}" is no binding`, {
      hint: 'write --bind machine, --bind hostname, --bind url=TEXT or --bind id=TEXT',
    })
  }
  if (text === undefined) return { kind }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text.trim() === '' || /[\u0000-\u001f\u007f]/.test(text) || new TextEncoder().encode(text).length > MAX_TEXT) {
    throw new LicError('INVALID_INPUT', `a ${kind} of 1 to ${MAX_TEXT} bytes, without control characters, is due`)
  }
  return { kind, text }
}

/** Whether a line's device rule lets a binding count. */
export const ruleAllows = (rule: number, kind: Binding): boolean => (rule & (1 << BINDINGS.indexOf(kind))) !== 0
export const isExact = (rule: number): boolean => (rule & EXACT) !== 0

/** The bindings that a rule lets count. */
export const allowedBy = (rule: number): readonly Binding[] => BINDINGS.filter((kind) => ruleAllows(rule, kind))

/** This device, as it is now, under a binding: 11 bytes. */
export const deviceNow = (machine: Machine, slots: Values, cti: Uint8Array, { kind, text }: Bound): Uint8Array => {
  if (kind === 'machine') return machineDevice(cti, slots)
  return namedDevice(cti, kind, kind === 'hostname' ? machine.hostname : (text ?? ''))
}

/**
 * @param insisted somebody wants it bound to the machine all the same, which the vendor may allow for a time
 * @throws LicError INVALID_INPUT for a machine that shows too little of itself to be told from others
 */
export const checkStrength = (device: Uint8Array, insisted: boolean): void => {
  if (!isWeak(device)) return
  const count = identitySlots(device)
  const data = { identitySlots: count, needed: IDENTITY_NEEDED }
  const hint = 'ask the vendor for a name for it, then: lic request KEY --bind id=NAME'
  if (!readDevice(device).present.some((each) => each)) {
    throw new LicError('INVALID_INPUT', 'this machine shows nothing that it could be bound to', { hint, data })
  }
  if (insisted) return
  throw new LicError(
    'INVALID_INPUT',
    `this machine shows ${count} of its machine id, disk serial and MAC address, and two are needed: it is a container or a virtual machine`,
    { hint: `${hint}; where the vendor lets it in for a time: --bind machine`, data },
  )
}
