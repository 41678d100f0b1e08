/**
 * `lic trial`: a license under a grant of a delegated key. It needs the key and a clock, and nothing else. Invariant: what is
 * handed out was judged by the verifier's own rules under the whole chain that travels along.
 */

import type { Grant } from '../core/certificate.ts'
import { LicError } from '../core/errors.ts'
import { hashOf } from '../core/hash.ts'
import { devicesOf, type License, type Line, seatsOf } from '../core/license.ts'
import { withGrants } from '../core/with-grants.ts'
import { checkCustomerId, checkForm } from './checked.ts'
import { DELEGATED, type DelegatedKey } from './delegated-key.ts'
import { type HandedLicense, handed } from './hand-over.ts'
import { licenseeOf } from './licensee.ts'
import { readyLicense } from './sign-license.ts'
import { formatTime, hoursText } from './term.ts'

const DAY = 86_400

export interface TrialInput {
  readonly product: string
  /** May be absent where the key has one grant for the product. */
  readonly tier?: string | undefined
  /** Absent: as many as the grant allows. */
  readonly days?: number | undefined
  /** Fewer than the grant has; 0 = unlimited, as in `devices`. */
  readonly seats?: number | undefined
  readonly devices?: number | undefined
  /** Stands in the license, so that the ledger finds the customer when it takes it in. */
  readonly email?: string | undefined
  /** Customer id. */
  readonly customer?: string | undefined
  readonly licensee?: string | undefined
  readonly test?: boolean | undefined
  /** With it the id of the license follows from what is asked (FORMAT 21.2); without, it is random. */
  readonly idempotencyKey?: string | undefined
}

export interface Trial {
  /** `license` is whole: the grant is laid beneath it. */
  readonly handed: HandedLicense
  readonly tier: string
  readonly grant: number
}

interface World {
  /** Unix seconds. */
  readonly now: number
  readonly random: (length: number) => Uint8Array
}

/** @throws LicError RIGHTS_EXCEEDED naming in `data.field` what is too much, USAGE, INVALID_INPUT */
export const trial = (key: DelegatedKey, input: TrialInput, { now, random }: World): Trial => {
  const { number, grant } = grantFor(key, input)
  const expires = now + (input.days === undefined ? grant.term * 3600 : input.days * DAY)
  const { product = '', tier = '' } = grant.line
  const asked = checked({ ...input, tier })
  const license: License = {
    customer: asked.customer,
    expires,
    issuedAt: now,
    cti: input.idempotencyKey === undefined ? random(10) : trialId(key, asked, input.idempotencyKey),
    prefix: prefixOf(key, product),
    lines: new Map([[0, ownLine(number, grant.line, input)]]),
    revision: 1,
    licensee: licenseeOf(asked.licensee ?? null),
    // Written out it would be its own; what counts is the grant's.
    grace: 48,
    test: input.test === true ? true : undefined,
    metadata: asked.email === undefined ? undefined : new Map([['email', asked.email]]),
  }
  const ready = withinGrant(grant, () => readyLicense(license, key, false))
  const { bytes } = ready.object.signed(key.signer.sign(ready.object.toSign))
  return { handed: handed(withGrants(ready.license, key.grants), bytes), tier, grant: number }
}

/** @throws LicError as `trial` */
const checked = (input: TrialInput & { readonly tier: string }) => ({
  ...input,
  customer: input.customer === undefined ? undefined : checkCustomerId(input.customer),
  email: input.email === undefined ? undefined : checkForm('email', 'the e-mail address', input.email.trim()),
})

/** FORMAT 21.2: what was asked, by name, what was not asked left out. */
const trialId = ({ idSeed }: DelegatedKey, asked: ReturnType<typeof checked>, idempotencyKey: string): Uint8Array => {
  const { product, tier, days, seats, devices, email, customer, licensee } = asked
  const test = asked.test === true ? true : undefined
  const given = Object.entries({ product, tier, days, seats, devices, email, customer, licensee, test }).flatMap(
    ([name, value]) => (value === undefined ? [] : [[name, value] as const]),
  )
  return hashOf('lic-trial-1', idSeed.reveal(), idempotencyKey, new Map(given)).slice(0, 10)
}

/** @throws LicError RIGHTS_EXCEEDED, USAGE */
const grantFor = ({ grants }: DelegatedKey, { product, tier }: TrialInput) => {
  const all = [...grants].map(([number, grant]) => ({ number, grant }))
  const ofProduct = all.filter(({ grant }) => grant.line.product === product)
  if (ofProduct.length === 0) {
    const products = [...new Set(all.map(({ grant }) => grant.line.product))].join(', ')
    throw exceeded('product', `the key makes no licenses for ${product}, but for ${products}`)
  }
  const tiers = ofProduct.map(({ grant }) => grant.line.tier).join(', ')
  const found = tier === undefined ? ofProduct : ofProduct.filter(({ grant }) => grant.line.tier === tier)
  const [one] = found
  if (!one) throw exceeded('tier', `the key makes no licenses of the tier ${tier} for ${product}, but of ${tiers}`)
  if (found.length === 1) return one
  throw new LicError('USAGE', `the key has several tiers for ${product}: ${tiers}`, { hint: 'say which: --tier T' })
}

/** The line that names its grant, and what it asks less of. What equals the grant is left out (FORMAT 6.8). */
const ownLine = (number: number, base: Line, { seats, devices }: TrialInput): Line => {
  const own = seats === seatsOf(base) ? undefined : seats
  const places = devicesOf({ ...base, seats: own ?? base.seats })
  return {
    kind: 'subscription',
    metric: 'seat',
    activation: 'none',
    deviceRule: 15,
    grant: number,
    seats: own,
    devices: devices === places ? undefined : devices,
  }
}

/** @throws LicError KEY_FILE_INVALID */
const prefixOf = ({ prefixes }: DelegatedKey, product: string): string => {
  const prefix = prefixes.get(product)
  if (prefix !== undefined) return prefix
  throw new LicError('KEY_FILE_INVALID', `the key does not say what the license keys of ${product} begin with`, {
    hint: DELEGATED,
  })
}

const WIDER = 'ask for less, or ask the vendor for a key that allows it: lic key delegate'

const exceeded = (field: string, message: string): LicError =>
  new LicError('RIGHTS_EXCEEDED', message, { hint: WIDER, data: { field } })

/** Who holds the key has no ledger to look into: it is told how much the grant allows, and the hint is another. */
const withinGrant = <T>({ line, term }: Grant, ready: () => T): T => {
  try {
    return ready()
  } catch (error) {
    if (!(error instanceof LicError) || error.code !== 'RIGHTS_EXCEEDED') throw error
    const most: Readonly<Record<string, string>> = {
      term: hoursText(term),
      seats: `${seatsOf(line)} seats`,
      devices: `${devicesOf(line)} devices`,
    }
    const bound = most[String(error.data?.field)]
    throw new LicError(error.code, bound === undefined ? error.message : `${error.message}: at most ${bound}`, {
      hint: WIDER,
      ...(error.data && { data: error.data }),
      cause: error,
    })
  }
}

/**
 * Whether the key may sign at all now: before anything else is looked at.
 * @returns when it ends, where that is less than 14 days away
 * @throws LicError RIGHTS_EXCEEDED once its certificate has ended, CLOCK_SUSPECT before it begins
 */
export const checkWindow = ({ certificate: { starts, expires } }: DelegatedKey, now: number): number | undefined => {
  if (now > expires) {
    throw new LicError('RIGHTS_EXCEEDED', `the certificate of this key ended on ${formatTime(expires)}`, {
      hint: 'the vendor makes a new key: lic key delegate --name ci-2 --tiers T --products P --out ci-2.key',
      data: { field: 'expires' },
    })
  }
  if (now < starts) {
    const clock = `the certificate of this key begins on ${formatTime(starts)}, and the clock says ${formatTime(now)}`
    throw new LicError('CLOCK_SUSPECT', clock, { hint: 'set the clock of this machine; compare with: date -u' })
  }
  return expires - now <= 14 * DAY ? expires : undefined
}
