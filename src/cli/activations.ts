/** Activations as list, show, release and revoke tell them: the same JSON and the same words for a person. */

import { toHex } from '../core/bytes.ts'
import { formatKey, maskKey } from '../core/codes/license-key.ts'
import { readDevice, SLOTS } from '../core/device.ts'
import { activationId } from '../core/release.ts'
import type { Activation } from '../ledger/activations.ts'
import type { License } from '../ledger/licenses.ts'
import { isoTime } from './moment.ts'
import type { Tone } from './paint.ts'
import type { Cell } from './show.ts'

/** What an activation is now: it holds its place, its lease is over, it confirmed a clock, or how it ended. */
export const ACTIVATION_STATES = [
  'held',
  'lapsed',
  'clock',
  'prolonged',
  'replaced',
  'released',
  'unproved',
  'revoked',
] as const
export type ActivationState = (typeof ACTIVATION_STATES)[number]

export const stateOf = ({ ended, place, lease }: Activation, now: number): ActivationState => {
  if (ended !== null) return ended
  if (place === null) return 'clock'
  return lease !== null && lease <= now ? 'lapsed' : 'held'
}

const TONES: Partial<Record<ActivationState, Tone>> = { held: 'good', lapsed: 'warn', revoked: 'bad', unproved: 'warn' }

export const stateCell = (state: ActivationState): Cell => {
  const tone = TONES[state]
  return tone === undefined ? state : { text: state, tone }
}

/** What the device is bound to; its parts by name. Null when the customer was forgotten. */
const boundTo = (device: Uint8Array) => {
  if (device.length === 0) return null
  const { binding, present } = readDevice(device)
  return { binding, parts: SLOTS.filter((_, slot) => present[slot]) }
}

export const activationData = (row: License, product: string | null, activation: Activation, now: number) => {
  const { anchor, place, replacedBy, device } = activation
  const bound = boundTo(device)
  return {
    activation: activationId(anchor),
    state: stateOf(activation, now),
    key: formatKey(row.prefix, row.cti),
    id: toHex(row.cti),
    customer: row.customer,
    product,
    line: activation.line,
    place: place && activationId(place),
    number: activation.number,
    label: activation.label,
    machine: activation.machineName,
    os: activation.os,
    appVersion: activation.appVersion,
    binding: bound?.binding ?? null,
    parts: bound?.parts ?? [],
    bound: activation.binding,
    activated: isoTime(activation.activatedAt),
    lease: isoTime(activation.lease),
    weak: activation.weak,
    clock: activation.clock,
    emergency: activation.emergency !== null,
    ended: isoTime(activation.endedAt),
    reason: activation.endReason,
    replacedBy: replacedBy && activationId(replacedBy),
  }
}
export type ActivationData = ReturnType<typeof activationData>

/** What the vendor or the device called it. */
export const nameOf = ({ label, machineName, binding }: Activation): string => label ?? machineName ?? binding ?? ''

export const activationFields = (
  row: License,
  product: string | null,
  activation: Activation,
  now: number,
): readonly (readonly [string, Cell | undefined])[] => {
  const said = activationData(row, product, activation, now)
  return [
    ['activation', said.activation],
    ['state', stateCell(said.state)],
    ['license', maskKey(row.prefix, row.cti)],
    ['customer', row.customer],
    ['product', product ?? undefined],
    ['label', said.label ?? undefined],
    ['machine', said.machine ?? undefined],
    ['system', said.os ?? undefined],
    ['version', said.appVersion ?? undefined],
    ['bound to', said.bound ?? said.binding ?? undefined],
    ['parts', said.parts.join(', ') || undefined],
    ['place', said.number === null ? undefined : String(said.number)],
    ['place since', said.place === said.activation ? undefined : (said.place ?? undefined)],
    ['activated', said.activated ?? undefined],
    ['lease', said.lease ?? undefined],
    ['device', said.weak ? 'weak: it shows too little of itself' : undefined],
    ['clock', said.clock ? 'confirmed' : undefined],
    ['emergency', said.emergency ? 'codes can be given for this device' : undefined],
    ['ended', said.ended ?? undefined],
    ['reason', said.reason ?? undefined],
    ['replaced by', said.replacedBy ?? undefined],
  ]
}
