/** What a signer may say in a license (FORMAT 6.6-6.9), and the lines that count once its grants are laid beneath. */

import { equal } from './bytes.ts'
import type { Certificate, Grant } from './certificate.ts'
import { holds, type Issuer } from './chain.ts'
import { LicError, type Stage } from './errors.ts'
import { devicesOf, featuresOf, type License, type Line, type Quantity, seatsOf, titleOf } from './license.ts'
import { OBJECTS } from './objects.ts'

/** A line as it counts: grant and own fields joined, product and tier certain, devices resolved. */
export type GrantedLine = Omit<Line, 'product' | 'tier' | 'title' | 'seats' | 'devices' | 'on' | 'valued'> & {
  readonly number: number
  readonly product: string
  readonly tier: string
  /** 0 = unlimited, like devices. */
  readonly seats: number
  readonly devices: number
  readonly title: string
  readonly features: ReadonlyMap<string, Quantity>
  /** Hours. */
  readonly grace: number
  /** Days, or undefined: never asked. */
  readonly fresh: number | undefined
}

/** A license whose signature, chain and rights hold. */
export type GrantedLicense = Omit<License, 'lines' | 'test'> & {
  readonly lines: ReadonlyMap<number, GrantedLine>
  /** Whether anything on the chain says test (FORMAT 6.9). */
  readonly test: boolean
}

/** @param field what is exceeded, where the holder of a key could ask for less */
const refuse = (message: string, stage: Stage = 'rights', field?: string): LicError =>
  new LicError('RIGHTS_EXCEEDED', message, { stage, ...(field !== undefined && { data: { field } }) })

/** What breaks FORMAT 3.6 or 8.3 only once the grants are known. */
const twice = (message: string): LicError => new LicError('LICENSE_INVALID', message, { stage: 'rights' })

/** @throws LicError RIGHTS_EXCEEDED, LICENSE_INVALID (stage rights) */
export const grantLicense = (license: License, { certificates }: Issuer): GrantedLicense => {
  const [own] = certificates
  if (!own) throw refuse('a root signs no licenses')
  if (!certificates.every(({ types }) => types.includes(OBJECTS.license.type))) {
    throw refuse('the key, or the one that certified it, may not sign licenses')
  }
  const { grants } = own
  const lines = new Map<number, GrantedLine>()
  for (const [number, line] of license.lines) {
    lines.set(number, { ...(grants ? fromGrant(license, line, grants) : fromLicense(license, line)), number })
  }
  if (new Set([...lines.values()].map(({ product }) => product)).size < lines.size) {
    throw twice('two lines come to the same product')
  }
  if (grants) checkUnderGrants(license)
  const marks = grants ? [...license.lines.values()].map((line) => grants.get(line.grant as number)?.test) : []
  const test = license.test === true || marks.includes(true) || certificates.some(({ only }) => only === 'test')
  const granted: GrantedLicense = { ...license, lines, test }
  for (const certificate of certificates)
    if (!certificate.grants) checkCaps(granted, license.test === true || marks.includes(true), certificate)
  return granted
}

const fromLicense = (license: License, line: Line): Omit<GrantedLine, 'number'> => {
  if (line.grant !== undefined) throw refuse('a line names a grant, but the key has none')
  return { ...resolved(line), grace: license.grace, fresh: license.fresh }
}

/** A line with everything in it that other fields or defaults decide. Readers let none pass without product and tier. */
const resolved = ({ on, valued, ...line }: Line): Omit<GrantedLine, 'number' | 'grace' | 'fresh'> => {
  const { product = '', tier = '' } = line
  return {
    ...line,
    product,
    tier,
    title: titleOf(line),
    seats: seatsOf(line),
    devices: devicesOf(line),
    features: featuresOf({ on, valued }),
  }
}

const OWN_LINE_FIELDS = new Set<string>(['grant', 'seats', 'devices', 'expires'])
const LINE_DEFAULTS: Partial<Line> = { kind: 'subscription', metric: 'seat', activation: 'none', deviceRule: 15 }

/** FORMAT 6.8. A line that leaves seats or devices out has the grant's. */
const fromGrant = (license: License, line: Line, grants: ReadonlyMap<number, Grant>): Omit<GrantedLine, 'number'> => {
  const grant = line.grant === undefined ? undefined : grants.get(line.grant)
  if (!grant) throw refuse('a line without a grant that its key has')
  for (const [name, value] of Object.entries(line)) {
    if (!OWN_LINE_FIELDS.has(name) && value !== undefined && value !== LINE_DEFAULTS[name as keyof Line]) {
      throw refuse(`a line under a grant has ${name} of its own`, 'rights', name)
    }
  }
  const base = grant.line
  const end = line.expires ?? license.expires
  if (end === undefined || end - license.issuedAt > grant.term * 3600)
    throw refuse('a term longer than its grant', 'rights', 'term')
  const seats = line.seats ?? seatsOf(base)
  if (exceeds(seats, seatsOf(base))) throw refuse('more seats than its grant', 'rights', 'seats')
  const places = devicesOf({ ...base, seats })
  const devices = line.devices ?? places
  if (exceeds(devices, devicesOf(base))) throw refuse('more devices than its grant', 'rights', 'devices')
  if (line.seats === seatsOf(base) || line.devices === places) throw twice('a line writes out what its grant says')
  return {
    ...resolved(base),
    seats,
    devices,
    expires: line.expires,
    grant: line.grant,
    grace: grant.grace,
    fresh: grant.fresh,
  }
}

/** Whether `wanted` is above `granted`, 0 being unlimited. */
const exceeds = (wanted: number, granted: number): boolean => granted !== 0 && (wanted === 0 || wanted > granted)

/** FORMAT 6.8 d, e. */
const checkUnderGrants = (license: License): void => {
  if (license.expires === undefined) throw refuse('a license under grants without exp')
  if (license.grace !== 48 || license.fresh !== undefined || license.anchor !== undefined) {
    throw refuse('a license under grants with grace, fresh or an emergency anchor of its own')
  }
}

/** FORMAT 6.7 b-g. */
const checkCaps = (license: GrantedLicense, marked: boolean, caps: Certificate): void => {
  for (const line of license.lines.values()) {
    if (!holds(caps.products, [line.product])) throw refuse(`the key may not sign for the product ${line.product}`)
    if (!holds(caps.tiers, [line.tier, ...(line.ladder ?? [])]))
      throw refuse(`the key may not sign the tier ${line.tier} or its ladder`)
    if (caps.grace !== undefined && line.grace > caps.grace) throw refuse('a longer grace than the key may sign')
  }
  if (license.expires === undefined) {
    if (!caps.perpetual) throw refuse('the key may not sign a license without exp')
  } else if (caps.term !== undefined && license.expires - license.issuedAt > caps.term * 3600) {
    throw refuse('a longer term than the key may sign')
  }
  if (marked && caps.only === 'live') throw refuse('the key may not sign test licenses')
}

/** FORMAT 6.6, and the end that a bundle gave a key (7.2). @throws LicError RIGHTS_EXCEEDED (stage time) */
export const checkTimes = (issuedAt: number, { certificates, keys, ended }: Issuer): void => {
  for (const { starts, expires } of certificates) {
    if (issuedAt < starts || issuedAt > expires) throw refuse("signed outside its certificate's window", 'time')
  }
  // A root behind a link vouches for its successor alone: that it was ended takes nothing from that one's keys.
  const own = keys.slice(0, certificates.length + 1)
  if (ended?.some(([kid, time]) => issuedAt > time && own.some((key) => equal(key.kid, kid))))
    throw refuse('signed after the end of its key', 'time')
}
