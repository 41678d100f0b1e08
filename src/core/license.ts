/** The license: its schema and what must hold inside it, whoever signed (FORMAT 8). Rights and time are judged elsewhere. */

import { type Cbor, encode, gate } from './cbor.ts'
import { FIELDS, type Signed } from './cose.ts'
import {
  byText,
  bytes,
  choice,
  defaulted,
  invalid,
  list,
  MARK,
  mapOf,
  matching,
  optional,
  record,
  required,
  TIME,
  type Type,
  type TypeOf,
  text,
  tuple,
  uint,
} from './fields.ts'
import { otherObject } from './objects.ts'

export const CODE = matching(/^[a-z0-9][a-z0-9_-]{0,31}$/)
export const NAME = matching(/^[a-z0-9][a-z0-9_.-]{0,63}$/)
export const PREFIX = matching(/^[A-Z][A-Z0-9]{1,7}$/)
export const HOURS = uint(0xffffffff)
export const CTI = bytes(10)

export const KINDS = ['subscription', 'perpetual', 'trial', 'evaluation', 'concurrent', 'named-user'] as const
export const METRICS = ['seat', 'device', 'cpu', 'core', 'site', 'enterprise'] as const
export const PERIODS = ['none', 'hour', 'day', 'month', 'total', 'concurrent'] as const
export const VALUE_TYPES = ['count', 'size', 'duration', 'bandwidth'] as const

const QUANTITY_MAP = record({
  value: optional(0, uint()),
  period: defaulted(1, choice(PERIODS), 'none'),
  type: defaulted(2, choice(VALUE_TYPES), 'count'),
  expires: optional(3, TIME),
})
/** A feature or limit: `value` undefined = on, 0 = unlimited; sizes in bytes, durations in seconds; `expires` in unix seconds. */
export type Quantity = TypeOf<typeof QUANTITY_MAP>

const plain = (value: number | undefined): Quantity => ({ value, period: 'none', type: 'count' })
const isPlain = ({ period, type, expires }: Quantity): boolean =>
  period === 'none' && type === 'count' && expires === undefined

/** The shortest of an integer and a map that says it; the longer spelling is malformed (FORMAT 8.5). */
const QUANTITY: Type<Quantity> = {
  read: (value, name) => {
    if (typeof value === 'number') return plain(uint().read(value, name))
    const read = QUANTITY_MAP.read(value, name)
    if (isPlain(read)) throw invalid(`${name} is not in its shortest form`)
    if (read.value === undefined && (read.expires === undefined || read.period !== 'none' || read.type !== 'count')) {
      throw invalid(`${name} has a period or type, but no value`)
    }
    return read
  },
  write: (value) => (isPlain(value) && value.value !== undefined ? value.value : QUANTITY_MAP.write(value)),
}

const RULE = record({ allow: optional(0, list(text(255))), deny: optional(1, list(text(255))) })

export const LINE = record({
  product: optional(0, CODE),
  tier: optional(1, CODE),
  ladder: optional(2, list(CODE, { max: 16 })),
  title: optional(3, text()),
  kind: defaulted(4, choice(KINDS), 'subscription'),
  metric: defaulted(5, choice(METRICS), 'seat'),
  /** Undefined = 1, or the grant's; `seatsOf` and `devicesOf` give the numbers that count. */
  seats: optional(6, uint()),
  devices: optional(7, uint()),
  activation: defaulted(8, choice(['none', 'required']), 'none'),
  deviceRule: defaulted(9, uint(31, 1), 15),
  maintenanceUntil: optional(10, TIME),
  versions: optional(11, record({ from: optional(0, text()), below: optional(1, text()) })),
  /** Names that are just on. `featuresOf` joins them with `valued`. */
  on: optional(12, list(NAME, { order: byText })),
  limits: optional(13, mapOf(NAME, QUANTITY)),
  restrictions: optional(
    14,
    record({ countries: optional(0, RULE), domains: optional(1, RULE), ranges: optional(2, RULE) }),
  ),
  expires: optional(15, TIME),
  statusIndex: optional(16, uint(0xffffffff)),
  grant: optional(17, uint(255)),
  /** Features with a value or an expiry. */
  valued: optional(18, mapOf(NAME, QUANTITY)),
})
export type Line = TypeOf<typeof LINE>

export const ANCHOR = tuple<[epoch: number, baseHour: number, length: number, x0: Uint8Array]>(
  uint(),
  uint(0xffffffff),
  uint(32767, 1),
  bytes(12),
)
export type Anchor = TypeOf<typeof ANCHOR>

const METADATA_VALUE: Type<string | number | boolean> = {
  read: (value, name) => {
    if (typeof value === 'boolean') return value
    return typeof value === 'number' ? uint().read(value, name) : text(255).read(value, name)
  },
  write: (value) => value,
}

const LICENSE_FIELDS = record({
  type: required(0, uint(1, 1)),
  prefix: required(1, PREFIX),
  lines: required(2, mapOf(uint(15), LINE, 16)),
  revision: defaulted(3, uint(0xffffffff, 1), 1),
  licensee: optional(4, record({ name: required(0, text()), id: optional(1, text()), domain: optional(2, text(255)) })),
  grace: defaulted(5, HOURS, 48),
  fresh: optional(6, uint(0xffffffff)),
  term: optional(7, HOURS),
  test: optional(8, MARK),
  anchor: optional(9, ANCHOR),
  metadata: optional(10, mapOf(NAME, METADATA_VALUE, 16)),
})

const LICENSE_CLAIMS = record(
  {
    issuer: optional(1, text()),
    customer: optional(2, text()),
    expires: optional(4, TIME),
    starts: optional(5, TIME),
    issuedAt: required(6, TIME),
    cti: required(7, CTI),
    fields: required(FIELDS, LICENSE_FIELDS),
  },
  { open: false },
)

type Claims = TypeOf<typeof LICENSE_CLAIMS>
type Fields = TypeOf<typeof LICENSE_FIELDS>

/**
 * A license as signed. Times are unix seconds, `grace` and `term` hours, `fresh` days. `cti` is the 10-byte license id.
 * Under a delegated key a line may hold no more than the number of a grant; `verify` lays the grant beneath it.
 */
export type License = Omit<Claims, 'fields'> & Omit<Fields, 'type'>

/** Reads the license in an opened object. @throws LicError LICENSE_INVALID or UNSUPPORTED_CLAIM (stage type) */
export const readLicense = (signed: Signed): License => {
  if (signed.type !== 'license') throw otherObject('license', signed)
  const license = licenseIn(signed.claims)
  checkLicense(license)
  return license
}

const licenseIn = (claims: Cbor): License => {
  const { fields, ...own } = LICENSE_CLAIMS.read(claims, 'license')
  const { type: _, ...rest } = fields
  return { ...own, ...rest }
}

/** The payload bytes of a license. @throws LicError LICENSE_INVALID for one that no reader would take. */
export const writeLicense = (license: License): Uint8Array => writeAndRead(license).payload

/** The same, and the license as every reader of these bytes will see it. */
export const writeAndRead = (license: License): { readonly payload: Uint8Array; readonly license: License } => {
  const claims = LICENSE_CLAIMS.write({ ...license, fields: { ...license, type: 1 } })
  const payload = encode(claims)
  // The writer is not trusted with the rules: the reader is. Bytes that pass the gate stand for the very value they encode.
  gate(payload)
  const read = licenseIn(claims)
  checkLicense(read)
  return { payload, license: read }
}

/** Every feature of a line, whichever way it is written. */
export const featuresOf = ({ on, valued }: Pick<Line, 'on' | 'valued'>): ReadonlyMap<string, Quantity> =>
  new Map([...(on ?? []).map((name) => [name, plain(undefined)] as const), ...(valued ?? [])])

/** The fields that write features: those that are just on, and the others. The inverse of `featuresOf`. */
export const writeFeatures = (features: ReadonlyMap<string, Quantity>): Pick<Line, 'on' | 'valued'> => {
  const isOn = (each: Quantity): boolean => isPlain(each) && each.value === undefined
  const on = [...features].filter(([, each]) => isOn(each)).map(([name]) => name)
  const valued = [...features].filter(([, each]) => !isOn(each))
  return { on: on.length > 0 ? on.sort(byText) : undefined, valued: valued.length > 0 ? new Map(valued) : undefined }
}

/** The title that people read: the written one, else the tier's code with its first letter capital. */
export const titleOf = ({ title, tier = '' }: Pick<Line, 'title' | 'tier'>): string =>
  title ?? tier.charAt(0).toUpperCase() + tier.slice(1)

/** The seats that count: the written number, else 1 (0 = unlimited). */
export const seatsOf = (line: Pick<Line, 'seats'>): number => line.seats ?? 1

/** The places for activations that count: the written number, else seats for metrics seat and device, else 1 (0 = unlimited). */
export const devicesOf = (line: Pick<Line, 'devices' | 'metric' | 'seats'>): number =>
  line.devices ?? (line.metric === 'seat' || line.metric === 'device' ? seatsOf(line) : 1)

/** What holds across the fields of a license (FORMAT 8.1-8.6, 14.2). */
const checkLicense = (license: License): void => {
  const { issuedAt, starts, expires, anchor } = license
  if (expires !== undefined && (expires <= issuedAt || expires <= (starts ?? 0))) {
    throw invalid('the license expires before it begins')
  }
  const products = new Set<string>()
  for (const line of license.lines.values()) {
    if (line.grant === undefined && (line.product === undefined || line.tier === undefined)) {
      throw invalid('a line has neither product and tier nor a grant')
    }
    if (line.product !== undefined) {
      if (products.has(line.product)) throw invalid(`two lines for the product ${line.product}`)
      products.add(line.product)
    }
    checkLine(line, expires)
  }
  if (anchor) checkAnchor(anchor, issuedAt, expires)
}

/** What holds inside one line, in a license or a grant; `expires` is the license's. */
export const checkLine = (line: Line, expires: number | undefined): void => {
  if (line.ladder && new Set([...line.ladder, line.tier]).size !== line.ladder.length + 1) {
    throw invalid('a ladder that repeats a tier or holds its own')
  }
  if (line.grant === undefined) {
    if (line.seats === 1) throw invalid('seats writes out its default')
    if (line.devices === devicesOf({ ...line, devices: undefined })) throw invalid('devices writes out its default')
  }
  if (line.title !== undefined && line.title === titleOf({ ...line, title: undefined })) {
    throw invalid('title writes out its default')
  }
  if (line.on?.some((name) => line.valued?.has(name))) throw invalid('a feature is written twice')
  for (const [name, { value }] of line.limits ?? []) {
    if (value === undefined) throw invalid(`the limit ${name} has no value`)
  }
  if (line.versions) checkVersions(line.versions)
  if (line.restrictions) checkRestrictions(line.restrictions)
  if (line.expires !== undefined && line.expires >= (expires ?? Number.POSITIVE_INFINITY)) {
    throw invalid('a line expires with or after its license')
  }
  const end = line.expires ?? expires ?? Number.POSITIVE_INFINITY
  for (const each of quantitiesOf(line)) {
    if (each.expires !== undefined && each.expires > end) throw invalid('a feature or limit expires after its line')
  }
}

/** Everything in a line that can have an expiry of its own. */
export const quantitiesOf = ({ valued, limits }: Pick<Line, 'valued' | 'limits'>): readonly Quantity[] => [
  ...(valued?.values() ?? []),
  ...(limits?.values() ?? []),
]

/** FORMAT 8.7. */
export const VERSION = /^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){0,3}$/

/** The numbers of a product's own version; undefined for what has none. What follows them (`-beta.1`, `+build`) does not count. */
export const versionParts = (version: string): number[] | undefined => {
  const [, numbers] = /^(\d{1,9}(?:\.\d{1,9}){0,3})(?:[-+].*)?$/s.exec(version) ?? []
  return numbers?.split('.').map(Number)
}

/** Below 0 when the first is older; parts that are not written are 0 (FORMAT 8.7). */
export const compareVersions = (one: string, other: string): number => {
  const [a, b] = [versionParts(one) ?? [], versionParts(other) ?? []]
  for (let i = 0; i < 4; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
const checkVersions = ({ from, below }: NonNullable<Line['versions']>): void => {
  if (from === undefined && below === undefined) throw invalid('an empty version range')
  for (const version of [from, below]) {
    if (version !== undefined && !VERSION.test(version)) throw invalid('a version that is not dotted decimal numbers')
  }
}

/** FORMAT 14.2: the chain starts in the hour before issue and ends at most 744 hours after the license. */
export const checkAnchor = ([, baseHour, length, x0]: Anchor, issuedAt: number, expires: number | undefined): void => {
  if (baseHour !== Math.floor(issuedAt / 3600) - 1) throw invalid('an emergency anchor that does not begin at issue')
  if ((x0[0] as number) > 127) throw invalid('an emergency anchor of more than 95 bits')
  if (expires !== undefined && baseHour + length > Math.floor(expires / 3600) + 744) {
    throw invalid('an emergency chain that outlives its license')
  }
}

/** FORMAT 8.4, 8.7: nothing empty, and every entry in the form of its kind. */
const checkRestrictions = (restrictions: NonNullable<Line['restrictions']>): void => {
  const kinds = Object.entries(restrictions).filter(([, rule]) => rule !== undefined)
  if (kinds.length === 0) throw invalid('empty restrictions')
  for (const [kind, rule] of kinds) {
    const entries = [...(rule?.allow ?? []), ...(rule?.deny ?? [])]
    if (entries.length === 0) throw invalid(`an empty restriction of ${kind}`)
    const fits = RESTRICTION_FORMS[kind as keyof typeof RESTRICTION_FORMS]
    for (const entry of entries) if (!fits(entry)) throw invalid(`${kind} restricted by "${entry}"`)
  }
}

const LABELS = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const IPV4_RANGE = new RegExp(`^${OCTET}(\\.${OCTET}){3}/(3[0-2]|[12]?[0-9])$`)

/** How an entry of each kind is written (FORMAT 8.7). */
export const RESTRICTION_FORMS = {
  countries: (entry: string) => /^[A-Z]{2}$/.test(entry),
  domains: (entry: string) => LABELS.test(entry),
  ranges: (entry: string) => IPV4_RANGE.test(entry) || isIpv6Range(entry),
}

/** RFC 4291 text without an embedded IPv4 address, and a length of 0 to 128. */
const isIpv6Range = (entry: string): boolean => {
  const [, address = '', length = ''] = /^([0-9a-f:]{2,39})\/(0|[1-9][0-9]{0,2})$/.exec(entry) ?? []
  if (address === '' || Number(length) > 128) return false
  const halves = address.split('::')
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  const count = groups.flat().length
  return (
    groups.flat().every((group) => /^[0-9a-f]{1,4}$/.test(group)) &&
    (halves.length === 1 ? count === 8 : halves.length === 2 && count <= 7)
  )
}
