/**
 * Taking an answer in, whatever form it came in: an activation for a request that this device made, an extension of what is
 * installed, and the lists and emergency chains beside them. Everything is verified before anything is changed, and one write
 * changes all of it.
 */

import {
  type Activation,
  type AnswerName,
  type Extension,
  judgeAnswer,
  openAnswer,
  readAnswer,
} from '../../core/answers.ts'
import { equal } from '../../core/bytes.ts'
import { LIST_LIMITS } from '../../core/cbor.ts'
import type { Trust } from '../../core/chain.ts'
import { assemble, open, type Signed } from '../../core/cose.ts'
import { deviceMatches, readDevice } from '../../core/device.ts'
import { LicError } from '../../core/errors.ts'
import { type ObjectName, objectWords } from '../../core/objects.ts'
import { activationId, releaseAnchor } from '../../core/release.ts'
import type { Request } from '../../core/request.ts'
import type { RevocationList } from '../../core/revocation.ts'
import type { GrantedLine } from '../../core/rights.ts'
import type { TrustBundle } from '../../core/trust-bundle.ts'
import { openTyped, type TypedResponse } from '../../core/typed-response.ts'
import { takeBundles } from '../bundles.ts'
import { type Kept, raisedTo, toldBy } from '../clock.ts'
import type { Device } from '../device.ts'
import { isExact, ruleAllows } from '../fingerprint/binding.ts'
import { distinct, type Held, rootsIn, trustOf } from '../held.ts'
import { WORDS } from '../judge.ts'
import { checkSound, takeLists } from '../lists.ts'
import { commit, requestOf, type Situation, situationIn, withClock, withInstalled } from '../situation.ts'
import type { Active, Installed, State, Tombstone } from '../state/content.ts'

/** Signed objects, or the five lines. */
export type ActivateInput = { readonly objects: readonly Uint8Array[] } | { readonly typed: TypedResponse }

export interface ActivateResult {
  readonly held: Held
  readonly line: GrantedLine | undefined
  readonly activation: Activation | undefined
  readonly extension: Extension | undefined
  /** The vendor confirmed what the clock shows. */
  readonly clockTold: boolean
  /** It was taken in before, and nothing changed. */
  readonly again: boolean
  readonly lists: readonly RevocationList[]
  readonly oldLists: readonly RevocationList[]
  readonly bundles: readonly TrustBundle[]
  readonly deviceAnchor: boolean
  readonly situation: Situation
}

/** @throws LicError LICENSE_MISSING, DEVICE_MISMATCH, CONFLICT, LEASE_ENDED, LICENSE_SUPERSEDED, KEY_COMPROMISED, and as `verify` does */
export const activate = (device: Device, input: ActivateInput): Promise<ActivateResult> =>
  commit(device, async (state) => {
    const before = await situationIn(device, state)
    if (before.held.length === 0) {
      throw new LicError('LICENSE_MISSING', 'no license is installed here that an answer could be for')
    }
    const taken = await takenFrom(state, before, input)
    const done = taken.main.name === 'activation' ? accept(taken, before) : extend(taken, before)
    const next = done.state
    const situation = await situationIn(device, next)
    const held = situation.held.find((each) => equal(each.license.cti, taken.held.license.cti)) ?? taken.held
    return {
      state: next,
      value: {
        held,
        line: done.line,
        activation: done.activation,
        extension: done.extension,
        clockTold: done.clockTold,
        again: done.again,
        lists: taken.lists,
        oldLists: taken.oldLists,
        bundles: taken.bundles,
        deviceAnchor: done.deviceAnchor,
        situation,
      },
    }
  })

/** An answer, verified, with what came beside it. */
interface Offered {
  readonly main:
    | { readonly name: 'activation'; readonly value: Activation }
    | { readonly name: 'extension'; readonly value: Extension }
  /** The signed bytes, to keep. */
  readonly object: Uint8Array
  readonly held: Held
  /** With the lists that came along. */
  readonly state: State
  readonly certificates: readonly Uint8Array[]
  readonly deviceAnchors: readonly Uint8Array[]
  readonly lists: readonly RevocationList[]
  readonly oldLists: readonly RevocationList[]
  readonly bundles: readonly TrustBundle[]
  readonly trust: Trust
}

const INSTALLED: ReadonlySet<ObjectName> = new Set(['license', 'revocationList', 'trustBundle'])

const takenFrom = async (state: State, before: Situation, input: ActivateInput): Promise<Offered> => {
  if ('typed' in input) return typedFrom(state, before, input.typed)
  const typed = input.objects.map((bytes) => ({ bytes: bytes.slice(), signed: open(bytes.slice(), LIST_LIMITS) }))
  const of = (name: ObjectName) => typed.filter(({ signed }) => signed.type === name)
  const [first] = [...of('activation'), ...of('extension')]
  if (!first) {
    const types = typed.map(({ signed }) => signed.type)
    throw new LicError('CODE_KIND', `this is ${types.map(objectWords).join(' and ')}, where an answer is due`, {
      hint: types.some((type) => INSTALLED.has(type))
        ? 'a license, a revocation list or a trust bundle is taken in with: lic install FILE'
        : 'take the answer that the vendor made with: lic respond',
      data: { kind: types[0] },
    })
  }
  const certificates = of('certificate').map(({ bytes }) => bytes)
  const name = first.signed.type as AnswerName & ('activation' | 'extension')
  const answer = readAnswer(name, first.signed)
  const held = before.held.find((each) => equal(each.license.cti, answer.cti))
  if (!held) {
    throw new LicError('LICENSE_INVALID', 'it answers for a license that is not installed here', {
      stage: 'rights',
      hint: 'lic status shows what is installed; take the answer that was made for it',
    })
  }
  const plus = (trust: Trust): Trust => ({ ...trust, certificates: [...(trust.certificates ?? []), ...certificates] })
  const brought = of('trustBundle').map(({ bytes }) => bytes)
  // A bundle may bring the certificate of the key that answers, or end it.
  const bundled = takeBundles(state, brought, plus(trustOf(state, rootsIn(state))), before.clock.now)
  const trust = plus(trustOf(bundled.state, held.installed.roots))
  const main =
    name === 'activation'
      ? { name, value: openAnswer(name, first.bytes, trust, held.license).answer }
      : { name, value: openAnswer(name, first.bytes, trust, held.license).answer }
  const listTrust = plus(trustOf(bundled.state, rootsIn(state)))
  const lists = of('revocationList').map(({ bytes }) => bytes)
  const told = main.name === 'activation' && main.value.clock ? main.value.issuedAt : before.clock.now
  const listed = await takeLists(bundled.state, lists, listTrust, told)
  checkSound(listed.state, trust, judgeAnswer(name, first.signed, main.value, trust, held.license).issuer, 'the answer')
  const deviceAnchors = of('deviceAnchor').map(({ bytes }) => bytes)
  for (const bytes of deviceAnchors) openAnswer('deviceAnchor', bytes, trust, held.license)
  return {
    main: main as Offered['main'],
    object: first.bytes,
    held,
    state: listed.state,
    certificates,
    deviceAnchors,
    lists: listed.taken,
    oldLists: [...listed.old, ...listed.stolen],
    bundles: bundled.taken,
    trust,
  }
}

/** The five lines name no license, so each that is installed is tried. */
const typedFrom = (state: State, { held: all }: Situation, typed: TypedResponse): Offered => {
  let failure: LicError | undefined
  for (const held of all) {
    try {
      const { candidate, signed, issuer } = openTyped(typed, held.trust, held.license, requestsOf(held))
      checkSound(state, held.trust, issuer, 'the answer')
      return {
        main: candidate,
        object: objectOf(signed),
        held,
        state,
        certificates: [],
        deviceAnchors: [],
        lists: [],
        oldLists: [],
        bundles: [],
        trust: held.trust,
      }
    } catch (error) {
      if (!(error instanceof LicError) || !['BAD_SIGNATURE', 'UNKNOWN_KEY'].includes(error.code)) throw error
      if (failure?.code !== 'BAD_SIGNATURE') failure = error
    }
  }
  throw failure ?? new LicError('LICENSE_MISSING', 'no license is installed here that an answer could be for')
}

const objectOf = (signed: Signed): Uint8Array => assemble({ ...signed, chain: undefined })

/** What a typed answer can be for: the pending requests, and those that were answered, to say so. */
const requestsOf = ({ installed, activations, license }: Held): readonly Request[] => [
  ...installed.pending.map(requestOf),
  ...activations.map(({ answer }) => ({
    clock: answer.clock === true,
    line: answer.line,
    ctiPrefix: license.cti.subarray(0, 5),
    device: answer.device,
    anchor: answer.anchor,
  })),
]

interface Done {
  readonly state: State
  readonly line: GrantedLine | undefined
  readonly activation: Activation | undefined
  readonly extension: Extension | undefined
  readonly clockTold: boolean
  readonly again: boolean
  readonly deviceAnchor: boolean
}

const mismatch = (message: string, hint: string): LicError =>
  new LicError('DEVICE_MISMATCH', message, { stage: 'policy', hint })

const accept = (offered: Offered, before: Situation): Done => {
  const { held, main, object } = offered
  const answer = main.value as Activation
  const { installed, license } = held
  const line = license.lines.get(answer.line)
  if (!line)
    throw new LicError('LICENSE_INVALID', `it is for line ${answer.line}, which the license has not`, {
      stage: 'rights',
    })
  const known = held.activations.find((each) => equal(each.answer.anchor, answer.anchor))
  const base = { line, activation: answer, extension: undefined }
  if (known && !before.around.wasReleased(answer.anchor)) {
    const state = withBeside(offered, installed, answer)
    return {
      ...base,
      state: state.state,
      again: true,
      clockTold: false,
      deviceAnchor: state.deviceAnchor,
    }
  }
  checkReleased(before, held, answer)
  const pending = installed.pending.find((each) => equal(requestOf(each).anchor, answer.anchor))
  const asked = pending && requestOf(pending)
  if (!pending || !asked || !equal(asked.device, answer.device) || asked.line !== answer.line) {
    throw mismatch(
      'it answers a request that this device never made',
      'show the request again and send it to the vendor: lic request KEY',
    )
  }
  checkDevice(before, held, line, answer, pending.text)
  const told = answer.clock === true && asked.clock
  const now = told ? answer.issuedAt : before.clock.now
  if (answer.expires !== undefined && now >= answer.expires) {
    throw new LicError('LEASE_ENDED', 'the lease that it gives has ended already', { stage: 'policy' })
  }
  const active: Active = { object, secret: pending.secret, at: now, text: pending.text }
  const required = line.activation === 'required'
  const old = required ? held.activations.filter((each) => each.answer.line === line.number) : []
  const next: Installed = {
    ...installed,
    pending: installed.pending.filter((each) => each !== pending),
    active: required
      ? [...installed.active.filter((each) => !old.some(({ kept }) => kept === each)), active]
      : installed.active,
    certificates: distinct([...installed.certificates, ...offered.certificates]),
    firstActivatedAt: installed.firstActivatedAt ?? answer.issuedAt,
  }
  const clock = told ? toldBy(before.clock.kept, answer.issuedAt) : raisedTo(before.clock.kept, answer.issuedAt)
  const beside = withBeside({ ...offered, state: clocked(offered.state, clock, told) }, next, answer)
  const tombstones = old.map(
    ({ kept }): Tombstone => ({
      cti: license.cti,
      prefix: license.prefix,
      product: line.product,
      line: line.number,
      secret: kept.secret,
      at: now,
    }),
  )
  const state = { ...beside.state, tombstones: [...beside.state.tombstones, ...tombstones].slice(-MOST_TOMBSTONES) }
  return { ...base, state, again: false, clockTold: told, deviceAnchor: beside.deviceAnchor }
}

/** Enough for every code that anybody still waits for. */
export const MOST_TOMBSTONES = 256

const checkReleased = ({ state, around, lists }: Situation, { license }: Held, { anchor }: Activation): void => {
  const buried = state.tombstones.some(
    ({ cti, secret }) => equal(cti, license.cti) && equal(releaseAnchor(cti, secret), anchor),
  )
  if (buried || around.wasReleased(anchor)) {
    throw new LicError('CONFLICT', `the activation ${activationId(anchor)} was given up on this device`, {
      hint: 'ask for another one: lic request KEY',
    })
  }
  if (lists.some(({ anchors }) => anchors.some((each) => equal(each, anchor)))) {
    throw new LicError('CONFLICT', `the vendor has ended the activation ${activationId(anchor)}`, {
      hint: 'ask for another one: lic request KEY',
    })
  }
}

const checkDevice = (
  { around }: Situation,
  { license }: Held,
  line: GrantedLine,
  { device, expires }: Activation,
  text: string | undefined,
): void => {
  const { binding } = readDevice(device)
  if (!ruleAllows(line.deviceRule, binding)) {
    throw mismatch(
      `for this license a binding to ${WORDS[binding]} does not count`,
      'ask again: lic request KEY --bind machine',
    )
  }
  const rule = { exact: isExact(line.deviceRule), leased: expires !== undefined }
  if (deviceMatches(device, around.live(license.cti, binding, text), rule)) return
  throw mismatch(
    'it was made for another machine, or this one was changed since it asked',
    'ask again: lic request KEY',
  )
}

const extend = (offered: Offered, before: Situation): Done => {
  const { held, object } = offered
  const extension = offered.main.value as Extension
  const { installed, license } = held
  if (extension.revision !== license.revision) {
    throw new LicError(
      'LICENSE_SUPERSEDED',
      `it extends revision ${extension.revision}, and revision ${license.revision} is installed`,
      { stage: 'policy', hint: 'install the revision that it is for, or ask for an extension of this one' },
    )
  }
  const had = held.extension
  if (had !== undefined && had.issuedAt > extension.issuedAt) {
    throw new LicError('LICENSE_SUPERSEDED', 'a later extension is installed', { stage: 'policy' })
  }
  const again =
    installed.extension !== undefined && had?.issuedAt === extension.issuedAt && had.expires === extension.expires
  const clock = raisedTo(before.clock.kept, extension.issuedAt)
  const next: Installed = {
    ...installed,
    extension: object,
    ...(!again && { extendedAt: before.clock.now }),
    certificates: distinct([...installed.certificates, ...offered.certificates]),
  }
  const beside = withBeside({ ...offered, state: clocked(offered.state, clock, false) }, next, undefined)
  return {
    state: beside.state,
    line: undefined,
    activation: undefined,
    extension,
    clockTold: false,
    again,
    deviceAnchor: beside.deviceAnchor,
  }
}

/** Lists that came along raise the floor, unless the vendor has just told the time. */
const clocked = (state: State, clock: Kept, told: boolean): State =>
  withClock(state, told ? clock : raisedTo(clock, state.floor))

/** The license as it becomes, with the emergency chains of its activations. */
const withBeside = (
  { state, held, deviceAnchors, trust }: Offered,
  installed: Installed,
  answer: Activation | undefined,
): { state: State; deviceAnchor: boolean } => {
  const own = [...held.activations.map((each) => each.answer.anchor), ...(answer ? [answer.anchor] : [])]
  const fitting = deviceAnchors.filter((bytes) => {
    const { anchor, revision } = openAnswer('deviceAnchor', bytes, trust, held.license).answer
    return revision === held.license.revision && own.some((each) => equal(each, anchor))
  })
  const next = { ...installed, anchors: distinct([...installed.anchors, ...fitting]) }
  return { state: withInstalled(state, held, next), deviceAnchor: fitting.length > 0 }
}
