/**
 * Whether a product may run on this device: the verdict of the verifier, then activation, lease and device (FORMAT 12.2, 18.2),
 * then what an emergency code overrides (FORMAT 14.6). Pure: everything it needs to know is given.
 * Invariant: an emergency code turns LICENSE_EXPIRED, ACTIVATION_REQUIRED and DEVICE_MISMATCH, and nothing else.
 */

import { equal } from '../core/bytes.ts'
import { typedCode } from '../core/codes/typed.ts'
import { type Binding, deviceMatches, readDevice } from '../core/device.ts'
import { type EmergencyGrant, openEmergency } from '../core/emergency.ts'
import { type ErrorCode, LicError } from '../core/errors.ts'
import { decide } from '../core/policy.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { GrantedLicense, GrantedLine } from '../core/rights.ts'
import type { Reading } from './clock.ts'
import { isExact, ruleAllows } from './fingerprint/binding.ts'
import type { Held, HeldActivation } from './held.ts'

/** What a product says of itself; a license that limits versions or maintenance is refused without (FORMAT 18.2). */
export interface Build {
  /** Dotted numbers. */
  readonly version?: string | undefined
  /** Unix seconds. */
  readonly buildDate?: number | undefined
}

export interface Circumstances {
  readonly clock: Reading
  readonly lists: readonly RevocationList[]
  readonly allowTest: boolean
  /** This device as it is now, under the binding of an activation. */
  readonly live: (cti: Uint8Array, kind: Binding, text: string | undefined) => Uint8Array
  readonly wasReleased: (anchor: Uint8Array) => boolean
  /** Absent: no product asks, and its version and maintenance are not looked at. */
  readonly build?: Build | undefined
  /** What the emergency code of a license grants, where that was worked out before: it costs a hash for every hour. */
  readonly granted?: ReadonlyMap<Held, EmergencyGrant | undefined> | undefined
}

export interface Permit {
  readonly ok: true
  readonly line: GrantedLine
  readonly state: 'active' | 'grace' | 'emergency'
  readonly ends: number | undefined
  readonly graceEnds: number | undefined
}
export interface Refusal {
  readonly ok: false
  readonly line: GrantedLine
  readonly code: ErrorCode
  readonly reason: string
  readonly at?: number | undefined
}
export type Judgement = (Permit | Refusal) & {
  /** What is kept of an activation of the line, whether it counts or not. */
  readonly activation: HeldActivation | undefined
  readonly emergency: EmergencyGrant | undefined
}

const OVERRIDDEN: ReadonlySet<ErrorCode> = new Set(['LICENSE_EXPIRED', 'ACTIVATION_REQUIRED', 'DEVICE_MISMATCH'])

/** The verdict on one line. */
export const judge = (held: Held, line: GrantedLine, around: Circumstances): Judgement => {
  const emergency = around.granted ? lasting(around.granted.get(held), around) : emergencyOf(held, around)
  const activation = held.activations.filter(({ answer }) => answer.line === line.number).at(-1)
  const with_ = <T extends Permit | Refusal>(verdict: T): Judgement => ({ ...verdict, activation, emergency })
  const first = decided(held, held.license, line, around)
  const lifted = !first.ok && emergency !== undefined && OVERRIDDEN.has(first.code)
  // Behind the end stand other checks, which the code does not lift.
  const verdict = lifted ? decided(held, endless(held.license), line, around) : first
  if (!verdict.ok) return with_(verdict)
  const refusal = useRefusal(line, activation, held, around)
  if (refusal && !(emergency && OVERRIDDEN.has(refusal.code))) return with_({ ok: false, line, ...refusal })
  return with_(
    lifted || refusal ? { ...verdict, state: 'emergency', ends: first.ok ? verdict.ends : first.at } : verdict,
  )
}

const decided = (
  { issuer, installed, sound }: Held,
  license: GrantedLicense,
  line: GrantedLine,
  { clock, lists, allowTest, build }: Circumstances,
): Permit | (Refusal & { readonly ok: false }) => {
  if (!sound) {
    const reason =
      'the key that signed it was compromised, it was installed after that, and no proof shows it from before'
    return { ok: false, line, code: 'KEY_COMPROMISED', reason }
  }
  const verdict = decide(license, issuer, {
    product: line.product,
    // A counted clock is its own floor; one that is behind is for the verifier to refuse.
    now: clock.state === 'counted' ? clock.now : clock.shown,
    floor: clock.floor,
    revocations: lists,
    allowTest,
    installedAt: installed.installedAt,
    firstActivatedAt: installed.firstActivatedAt,
    version: build ? build.version : 'unchecked',
    buildDate: build ? build.buildDate : 'unchecked',
    activation: 'unchecked',
  })
  return verdict.ok ? { ...verdict, line } : { ...verdict, line }
}

/** The license without its ends, for the hours of an emergency. */
const endless = (license: GrantedLicense): GrantedLicense => ({
  ...license,
  expires: undefined,
  term: undefined,
  lines: new Map([...license.lines].map(([number, line]) => [number, { ...line, expires: undefined }])),
})

interface UseRefusal {
  readonly code: ErrorCode
  readonly reason: string
  readonly at?: number | undefined
}

/** FORMAT 18.2, in its order: required, lease, device. */
const useRefusal = (
  line: GrantedLine,
  activation: Judgement['activation'],
  { license }: Held,
  { clock, lists, live, wasReleased }: Circumstances,
): UseRefusal | undefined => {
  if (line.activation !== 'required') return undefined
  const required = (reason: string): UseRefusal => ({ code: 'ACTIVATION_REQUIRED', reason })
  if (!activation) return required('it must be activated on this device')
  const { answer, kept, sound } = activation
  if (!sound) return required('the key that signed its activation was compromised')
  if (wasReleased(answer.anchor)) return required('its activation was given up on this device')
  if (lists.some(({ anchors }) => anchors.some((each) => equal(each, answer.anchor)))) {
    return required('the vendor has given its place to another device')
  }
  if (answer.expires !== undefined && clock.now >= answer.expires) {
    return { code: 'LEASE_ENDED', reason: 'the lease of its activation has ended', at: answer.expires }
  }
  const { binding } = readDevice(answer.device)
  if (!ruleAllows(line.deviceRule, binding)) {
    return { code: 'DEVICE_MISMATCH', reason: `a binding to ${WORDS[binding]} does not count for it` }
  }
  const rule = { exact: isExact(line.deviceRule), leased: answer.expires !== undefined }
  if (deviceMatches(answer.device, live(license.cti, binding, kept.text), rule)) return undefined
  return { code: 'DEVICE_MISMATCH', reason: 'it was activated on another machine, or this one was changed too much' }
}

export const WORDS: Readonly<Record<Binding, string>> = {
  machine: 'the machine',
  hostname: 'the host name',
  url: 'a URL',
  id: 'an id',
}

const HOUR = 3600

/** The grant of the code that was accepted last, as long as it lasts. */
const emergencyOf = (held: Held, { clock, lists }: Circumstances): EmergencyGrant | undefined => {
  const { emergency } = held.installed
  // Without a clock that can be believed there is no hour.
  if (emergency === undefined || clock.state === 'behind') return undefined
  try {
    return lasting(openFor(emergency, held, clock.now, lists), { clock })
  } catch (error) {
    if (error instanceof LicError) return undefined
    throw error
  }
}

const lasting = (grant: EmergencyGrant | undefined, { clock }: Pick<Circumstances, 'clock'>) =>
  grant && clock.state !== 'behind' && clock.now < grant.until ? grant : undefined

/**
 * Checks a code against every anchor of a license: its own, and those of this device.
 * @throws LicError as `openEmergency`
 */
export const openFor = (
  code: string,
  { license, anchors }: Held,
  now: number,
  lists: readonly RevocationList[],
  highestAccepted?: number,
): EmergencyGrant => {
  // A slip of the hand is told before anything else.
  typedCode('emergency', code)
  const subject = { cti: license.cti, revision: license.revision }
  const chains = [
    ...(license.anchor ? [{ anchor: license.anchor, subject }] : []),
    ...anchors.map(({ chain, anchor }) => ({ anchor: chain, subject: { ...subject, releaseAnchor: anchor } })),
  ]
  const facts = {
    hour: Math.floor(now / HOUR),
    deadEpochs: lists.flatMap(({ deadEpochs }) => deadEpochs),
    highestAccepted,
  }
  let failure = new LicError('NO_EMERGENCY', 'no emergency codes can be given for this license', {
    hint: 'ask the vendor for a renewed license, or for an activation',
  })
  for (const { anchor, subject: of } of chains) {
    try {
      return openEmergency(code, anchor, of, facts)
    } catch (error) {
      if (!(error instanceof LicError) || error.code !== 'NO_EMERGENCY') throw error
      failure = error
    }
  }
  throw failure
}
