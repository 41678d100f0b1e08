/**
 * `lic respond`: a place is taken and an activation signed. The same thirty bytes are answered once, and the same bytes are
 * handed out again whenever they are asked for. Invariant: no activation leaves without its place in the book.
 */

import { MOST_PLACES_TOLD, openAnswer, writeAnswer } from '../core/answers.ts'
import { equal, toHex } from '../core/bytes.ts'
import { issuersOf } from '../core/chain.ts'
import { open, toBeSigned } from '../core/cose.ts'
import { BINDINGS, IDENTITY_NEEDED, IDENTITY_SLOTS, identitySlots, isWeak, readDevice } from '../core/device.ts'
import { LicError } from '../core/errors.ts'
import { readLicense, type License as Signed } from '../core/license.ts'
import { activationId } from '../core/release.ts'
import type { AskedRequest } from '../core/request.ts'
import { type GrantedLicense, type GrantedLine, grantLicense } from '../core/rights.ts'
import { type Activation, activationBy, findActivation } from '../ledger/activations.ts'
import { theCustomer } from '../ledger/customers.ts'
import { record } from '../ledger/events.ts'
import { licenseByPrefix } from '../ledger/find-license.ts'
import { keyBy } from '../ledger/keys.ts'
import type { License } from '../ledger/licenses.ts'
import { findRevision } from '../ledger/revisions.ts'
import type { Reader, Tx } from '../ledger/schema.ts'
import { signedObject } from '../ledger/signed-objects.ts'
import {
  answerOf,
  bundleBeside,
  checkTyped,
  keyOfSite,
  listBeside,
  type Responded,
  recordAnchor,
} from './activation-answer.ts'
import { type Authority, stamp } from './authority.ts'
import { customerToServe, toServe } from './customer-to-serve.ts'
import { type Place, placeFor } from './places.ts'
import { openKey, openSigningKey, ownTrust } from './sealing.ts'
import { beforeSigning, type SigningKey, seal } from './sign-object.ts'
import { checkNotEnded, standingOf } from './standing.ts'
import { checkMove } from './states.ts'
import { addTerm, formatDay, parseTerm } from './term.ts'
import { activationNamed } from './the-activation.ts'
import { writeWith } from './write-signed.ts'

export interface RespondInput {
  readonly asked: AskedRequest
  /** Who is meant to ask: id or e-mail address. */
  readonly customer?: string | undefined
  /** A term from now: then the device asks again. Absent = none. */
  readonly lease?: string | undefined
  /** What the vendor calls the device; absent = as the request says. */
  readonly label?: string | undefined
  /** One more device that looks like one that has a place. */
  readonly newPlace?: boolean | undefined
  /** Id of the activation whose place is taken, because that device lost everything. */
  readonly replaces?: string | undefined
  /** Let a device in that shows too little of itself to be told from others; it gets a lease. */
  readonly weakDevice?: boolean | undefined
  /** Somebody has made sure that the clock of the device is right now. */
  readonly clockConfirmed?: boolean | undefined
  /** Five lines to type; they carry no chain. */
  readonly typed?: boolean | undefined
  readonly reason?: string | undefined
}

/** How long a device of that kind may go on before it asks again. */
const WEAK_LEASE = '90d'

/**
 * @throws LicError NOT_FOUND, ILLEGAL_MOVE, CUSTOMER_MISMATCH, DEVICE_MISMATCH, SEATS_EXHAUSTED, AMBIGUOUS, CONFLICT,
 * CONFIRMATION_REQUIRED for a clock, RIGHTS_EXCEEDED, INVALID_INPUT, CLOCK_SUSPECT, and as keys do
 */
export const respond = async (authority: Authority, input: RespondInput): Promise<Responded> => {
  const { db } = authority.ledger
  const before = await answered(db, authority, input)
  if (before) return before
  const { row } = await prepared(db, authority, input)
  const opened = input.typed
    ? await openKey(authority, await keyOfSite(db, row, authority.now()))
    : await openSigningKey(authority, 'issuing')
  return writeWith(authority, opened, async (tx, key) => {
    const again = await answered(tx, authority, input)
    if (again) return again
    const ready = await prepared(tx, authority, input)
    await recordAnswer(tx, authority, key, ready, input)
    const activation = await activationBy(tx, input.asked.request.anchor)
    return answerOf(tx, ready.row, activation, { now: authority.now(), typed: input.typed === true, repeated: false })
  })
}

/** What this request was answered with before; null when it is new. @throws LicError CONFLICT once the place was given up */
const answered = async (db: Reader, authority: Authority, input: RespondInput): Promise<Responded | null> => {
  const { request, bytes } = input.asked
  const row = await licenseByPrefix(db, authority.brand, request.ctiPrefix)
  await checkCustomer(db, authority, row, input)
  const known = await findActivation(db, request.anchor)
  if (known === null) return null
  if (!equal(known.request, bytes)) {
    throw new LicError('CONFLICT', 'another request with this anchor was answered already', {
      hint: 'start a new request on the device: lic request KEY --new',
    })
  }
  const { ended, endedAt } = known
  if (ended !== null && ended !== 'prolonged') {
    throw new LicError('CONFLICT', `the activation of this request was ${ended} on ${formatDay(endedAt ?? 0)}`, {
      hint: 'start a new request on the device: lic request KEY --new',
      data: { activation: activationId(known.anchor), ended },
    })
  }
  await checkSound(db, known)
  return answerOf(db, row, known, { now: authority.now(), typed: input.typed === true, repeated: true })
}

/** What a stolen key signed is taken by no device that knows of it. @throws LicError CONFLICT */
const checkSound = async (db: Reader, { event, anchor }: Activation): Promise<void> => {
  const { kid } = open((await signedObject(db, event)).bytes)
  const { state, name } = await keyBy(db, kid)
  if (state !== 'compromised') return
  throw new LicError('CONFLICT', `it was answered with the key ${name ?? toHex(kid)}, which is compromised since`, {
    hint: 'start a new request on the device, which keeps its place: lic request KEY --new',
    data: { activation: activationId(anchor) },
  })
}

const checkCustomer = async (
  db: Reader,
  { brand }: Authority,
  { customer }: License,
  input: RespondInput,
): Promise<void> => {
  toServe(await theCustomer(db, null, customer))
  if (input.customer === undefined) return
  const { id } = await customerToServe(db, brand, input.customer)
  if (id === customer) return
  throw new LicError('CUSTOMER_MISMATCH', `the request is for a license of ${customer}, not of ${id}`, {
    hint: `ask who sent the request; if it is right, leave --customer ${id} out`,
  })
}

interface Ready {
  readonly row: License
  readonly license: GrantedLicense
  readonly line: GrantedLine
  /** Null: an answer about the clock alone. */
  readonly place: Place | null
  readonly lease: number | undefined
  readonly weak: boolean
}

/** Everything that can refuse the request, without a key. */
const prepared = async (db: Reader, authority: Authority, input: RespondInput): Promise<Ready> => {
  const { request } = input.asked
  const now = authority.now()
  const row = await licenseByPrefix(db, authority.brand, request.ctiPrefix)
  const standing = await standingOf(db, row, 'respond')
  const license = await granted(db, row, standing.license)
  const line = license.lines.get(request.line)
  const own = standing.lines.find(({ number }) => number === request.line)
  if (line === undefined || own === undefined) {
    throw new LicError('NOT_FOUND', `the license has no line ${request.line}`, {
      hint: 'the device has another revision of it; hand the newest over: lic show KEY --out FILE',
    })
  }
  checkMove(own.state, 'respond', `the line ${own.product}`)
  const end = line.expires ?? license.expires
  checkNotEnded(row, 'respond', end === undefined ? undefined : end + line.grace * 3600, now)
  if (request.clock && input.clockConfirmed !== true) {
    throw new LicError(
      'CONFIRMATION_REQUIRED',
      'the clock of the device jumped, and the answer would make it believed',
      {
        hint: 'ask the site what its clock shows now; if it is right: --clock-confirmed',
      },
    )
  }
  const term = input.lease === undefined ? undefined : addTerm(now, parseTerm(input.lease))
  if (line.activation === 'none') {
    if (request.clock) return { row, license, line, place: null, lease: term, weak: false }
    throw new LicError('INVALID_INPUT', `the license for ${line.product} needs no activation`, {
      hint: 'the device runs with the license alone: lic install FILE',
    })
  }
  const weak = checkDevice(line, request.device, input.weakDevice === true)
  const { replaces, newPlace = false } = input
  if (replaces !== undefined && newPlace) {
    throw new LicError('USAGE', '--replaces and --new-place exclude each other')
  }
  const place = await placeFor(db, {
    ...{ row, line, request, now, newPlace },
    replaces: replaces === undefined ? undefined : await activationNamed(db, authority.brand, replaces),
  })
  return { row, license, line, place, lease: term ?? (weak ? addTerm(now, parseTerm(WEAK_LEASE)) : undefined), weak }
}

/** The license as it counts, under the key that signed it. */
const granted = async (db: Reader, row: License, license: Signed): Promise<GrantedLicense> => {
  const bytes = (await findRevision(db, row.id, row.revision))?.bytes
  if (!bytes) throw new LicError('NOT_FOUND', 'the signed license is not in the ledger any more')
  const signed = open(bytes)
  const covered = toBeSigned(signed.protected, signed.payload)
  const issuer = issuersOf(signed, await ownTrust(db)).find(({ key }) => key.verify(covered, signed.signature))
  if (!issuer) throw new LicError('LEDGER_DAMAGED', 'no key of this ledger signed the license')
  // By the bytes as they are: under a grant they say less than what counts. Lines that were taken away are left out.
  const all = grantLicense(readLicense(signed), issuer)
  return { ...all, lines: new Map([...all.lines].filter(([number]) => license.lines.has(number))) }
}

/** @returns whether it is let in although it shows too little. @throws LicError DEVICE_MISMATCH */
const checkDevice = ({ deviceRule, product }: GrantedLine, device: Uint8Array, weakDevice: boolean): boolean => {
  const { binding, present } = readDevice(device)
  if ((deviceRule & (1 << BINDINGS.indexOf(binding))) === 0) {
    const allowed = BINDINGS.filter((_, kind) => (deviceRule & (1 << kind)) !== 0)
    throw new LicError('DEVICE_MISMATCH', `the license for ${product} does not bind to a ${binding}`, {
      hint: `ask for a request that is bound otherwise: lic request KEY --bind ${allowed.join(' or ')}`,
    })
  }
  if (!isWeak(device)) return false
  const data = { shown: identitySlots(device), needed: IDENTITY_NEEDED }
  const hint = 'name it instead: lic request KEY --bind id=NAME on the device'
  if (!present.some((each) => each)) {
    throw new LicError('DEVICE_MISMATCH', 'the device shows nothing of itself', { hint, data })
  }
  if (weakDevice) return true
  const message = `the device shows ${data.shown} of ${IDENTITY_SLOTS} identity slots, and ${IDENTITY_NEEDED} are needed`
  throw new LicError('DEVICE_MISMATCH', message, { hint: `${hint}; or answer all the same: --weak-device`, data })
}

const recordAnswer = async (
  tx: Tx,
  authority: Authority,
  key: SigningKey,
  { row, license, line, place, lease, weak }: Ready,
  input: RespondInput,
): Promise<void> => {
  const { request, bytes, details } = input.asked
  const now = authority.now()
  if (input.typed) await checkTyped(tx, row, key.kid, now)
  const payload = writeAnswer('activation', {
    issuedAt: now,
    expires: lease,
    cti: license.cti,
    device: request.device,
    anchor: request.anchor,
    line: request.line,
    clock: request.clock || undefined,
    place: place !== null && place.number <= MOST_PLACES_TOLD ? place.number : undefined,
  })
  const object = await seal('activation', payload, key.signer, key.chain)
  // No activation is recorded that the device would refuse.
  const trust = await ownTrust(tx)
  beforeSigning(() => openAnswer('activation', object.bytes, trust, license))
  const list = input.typed ? null : await listBeside(tx, line)
  const bundle = input.typed ? null : await bundleBeside(tx)
  const about = {
    ...stamp(authority),
    entity: request.anchor,
    activation: request.anchor,
    license: license.cti,
    line: request.line,
    brand: row.brand,
    customer: row.customer,
  }
  const before = place?.place ? place.replaces : null
  const texts = {
    asked: toHex(bytes),
    // Two typed lines name nothing: a device that comes again is called as before.
    label: input.label ?? details.label ?? before?.label ?? undefined,
    machineName: details.machineName ?? before?.machineName ?? undefined,
    os: details.os,
    appVersion: details.appVersion,
    binding: details.binding,
  }
  await record(
    tx,
    {
      ...about,
      type: 'activation.recorded',
      texts: Object.fromEntries(Object.entries(texts).flatMap(([name, text]) => (text ? [[name, text]] : []))),
      ...(input.reason !== undefined && { reason: input.reason }),
      object,
      data: {
        issuedAt: now,
        ...(place === null
          ? { placeless: true }
          : { ...(place.place && { place: place.place }), number: place.number }),
        ...(place?.replaces && { replaces: place.replaces.anchor, ...(place.other && { other: true }) }),
        ...(lease !== undefined && { lease }),
        ...(weak && { weak: true }),
        ...(request.clock && { clock: true }),
        ...(list && { list }),
        ...(bundle !== null && { bundle }),
        ...(input.typed && { typed: true }),
      },
    },
    authority.random,
  )
  if (input.typed || place === null || license.anchor === undefined) return
  await recordAnchor(tx, authority, key, license, about)
}
