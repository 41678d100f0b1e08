/**
 * Asking for an activation (FORMAT 12.5): the pending request again until it is answered, unless another one is wanted or the
 * machine, the binding or the clock are not what they were. Every request that was shown stays answerable.
 */

import { equal } from '../../core/bytes.ts'
import { isWeak, readDevice } from '../../core/device.ts'
import { LicError } from '../../core/errors.ts'
import { releaseAnchor, releaseSecret } from '../../core/release.ts'
import { type Request, readRequest, writeRequest } from '../../core/request.ts'
import type { GrantedLine } from '../../core/rights.ts'
import type { Device } from '../device.ts'
import { allowedBy, type Bound, checkStrength, deviceNow, ruleAllows } from '../fingerprint/binding.ts'
import type { Values } from '../fingerprint/values.ts'
import { type Held, pick } from '../held.ts'
import { type LicenseMatch, lineFor } from '../match.ts'
import { commit, requestOf, type Situation, situationIn, withClock, withInstalled } from '../situation.ts'
import type { Pending } from '../state/content.ts'

export interface RequestInput {
  /** Absent = the only license. */
  readonly license: LicenseMatch | undefined
  readonly product: string | undefined
  /** Absent = that of the request before, else the first that the license lets count. */
  readonly bind: Bound | undefined
  /** Another request, although one is pending. */
  readonly fresh: boolean
  /** Another activation in the place of the one there is. */
  readonly prolong: boolean
}

export interface RequestResult {
  readonly held: Held
  readonly line: GrantedLine
  readonly bound: Bound
  readonly slots: Values
  /** The 30 bytes. */
  readonly bytes: Uint8Array
  readonly request: Request
  /** It was shown before. */
  readonly again: boolean
  /** There is an activation already, which the answer replaces. */
  readonly replaces: boolean
  readonly situation: Situation
}

/** More than anybody has on paper; the oldest are forgotten. */
const MOST_PENDING = 16

/** @throws LicError LICENSE_MISSING, NOT_FOUND, AMBIGUOUS, INVALID_INPUT, ILLEGAL_MOVE */
export const request = async (device: Device, input: RequestInput): Promise<RequestResult> => {
  const slots = await device.slots()
  return commit(device, async (state) => {
    const situation = await situationIn(device, state)
    const held = pick(situation.held, input.license)
    const clock = situation.clock.state !== 'right'
    const line = lineToAsk(held, input, clock)
    const { cti } = held.license
    const active = held.activations.filter(({ answer }) => answer.line === line.number).at(-1)
    if (input.prolong && !active) {
      throw new LicError('ILLEGAL_MOVE', 'there is no activation to prolong', { hint: 'ask for one: lic request KEY' })
    }
    const own = held.installed.pending.filter((each) => requestOf(each).line === line.number)
    const before = askedBefore(own.at(-1), active)
    const bound = input.bind ?? before?.bound ?? { kind: allowedBy(line.deviceRule)[0] ?? 'machine' }
    if (!ruleAllows(line.deviceRule, bound.kind)) {
      throw new LicError('INVALID_INPUT', `for this license a binding to ${bound.kind} does not count`, {
        hint: `bind it to ${allowedBy(line.deviceRule).join(' or ')}: --bind`,
        data: { allowed: allowedBy(line.deviceRule) },
      })
    }
    if ((bound.kind === 'url' || bound.kind === 'id') && bound.text === undefined) {
      throw new LicError('USAGE', `this license is bound to a ${bound.kind}`, { hint: `add --bind ${bound.kind}=TEXT` })
    }
    const live = deviceNow(device.machine, slots, cti, bound)
    checkStrength(live, input.bind !== undefined || (before?.weak ?? false))
    const result = { held, line, bound, slots, situation, replaces: active !== undefined }
    const shown = input.fresh
      ? undefined
      : own.findLast((each) => equal(requestOf(each).device, live) && requestOf(each).clock === clock)
    const kept = withClock(state, situation.clock.kept)
    if (shown) {
      const value = { ...result, bytes: shown.request, request: readRequest(shown.request), again: true }
      return { state: kept, value }
    }
    const secret = releaseSecret((length) => device.random(length))
    const anchor = releaseAnchor(cti, secret)
    const asked: Request = { clock, line: line.number, ctiPrefix: cti.slice(0, 5), device: live, anchor }
    const bytes = writeRequest(asked)
    const pending: Pending = { request: bytes, secret, at: situation.clock.now, text: bound.text }
    const next = { ...held.installed, pending: [...held.installed.pending, pending].slice(-MOST_PENDING) }
    return {
      state: withInstalled(kept, held, next),
      value: { ...result, bytes, request: asked, again: false },
    }
  })
}

/** A license without activation may be asked for when the clock needs the vendor's word. */
const lineToAsk = (held: Held, { product }: RequestInput, clock: boolean): GrantedLine => {
  const needs = [...held.license.lines.values()].filter(({ activation }) => activation === 'required')
  if (product === undefined && needs.length === 0 && clock) return [...held.license.lines.values()][0] as GrantedLine
  const line = lineFor(held, product, product === undefined ? needs : [...held.license.lines.values()])
  if (line.activation === 'required' || clock) return line
  throw new LicError('ILLEGAL_MOVE', 'this license needs no activation', { hint: 'lic status shows that it stands' })
}

/** What was asked to be bound last, and whether it showed too little of itself already. */
const askedBefore = (
  pending: Pending | undefined,
  active: Held['activations'][number] | undefined,
): { readonly bound: Bound; readonly weak: boolean } | undefined => {
  const device = pending ? requestOf(pending).device : active?.answer.device
  if (device === undefined) return undefined
  const text = pending ? pending.text : active?.kept.text
  return { bound: { kind: readDevice(device).binding, text }, weak: isWeak(device) }
}
