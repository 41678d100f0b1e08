/** Licenses and certificates of every shape that FORMAT.md allows, for properties that hold for all of them. */

import fc from 'fast-check'
import type { Certificate, Grant } from '../../src/core/certificate.ts'
import {
  devicesOf,
  KINDS,
  type License,
  type Line,
  METRICS,
  PERIODS,
  type Quantity,
  titleOf,
  VALUE_TYPES,
} from '../../src/core/license.ts'

const DAY = 86_400
const fitting = (max: number) => (text: string) =>
  text !== '' && new TextEncoder().encode(text).length <= max && !text.startsWith('\ufeff')

export const text = (max = 128) => fc.string({ unit: 'grapheme', minLength: 1, maxLength: 24 }).filter(fitting(max))
export const code = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,9}$/)
const name = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,11}$/)
const prefix = fc.stringMatching(/^[A-Z][A-Z0-9]{1,7}$/)
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
/** Small numbers, numbers at the ends of CBOR's lengths, and the largest. */
const uint = fc.oneof(
  fc.nat(40),
  fc.constantFrom(255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
)
const hours = fc.oneof(fc.nat(50), fc.nat(0xffffffff))

const quantity: fc.Arbitrary<Quantity> = fc.record({
  value: uint,
  period: fc.constantFrom(...PERIODS),
  type: fc.constantFrom(...VALUE_TYPES),
  expires: perhaps(fc.nat(0xffffffff)),
})
/** On until a time. */
const until: fc.Arbitrary<Quantity> = fc
  .nat(0xffffffff)
  .map((expires) => ({ value: undefined, period: 'none', type: 'count', expires }))

const rule = (entry: fc.Arbitrary<string>) => {
  const entries = fc.uniqueArray(entry, { minLength: 1, maxLength: 3 })
  return fc.oneof(
    entries.map((allow) => ({ allow })),
    entries.map((deny) => ({ deny })),
    fc.record({ allow: entries, deny: entries }),
  )
}
const restrictions = fc
  .record(
    {
      countries: rule(fc.stringMatching(/^[A-Z]{2}$/)),
      domains: rule(fc.domain()),
      ranges: rule(
        fc.oneof(
          fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => `${address}/${length}`),
          fc
            .tuple(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.nat(128))
            .map(([groups, length]) => `${groups.map((group) => group.toString(16)).join(':')}/${length}`),
        ),
      ),
    },
    { requiredKeys: [] },
  )
  .filter((each) => Object.keys(each).length > 0)

const version = fc.array(fc.nat(999_999_999), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
const versions = fc.oneof(
  version.map((from) => ({ from })),
  version.map((below) => ({ below })),
  fc.record({ from: version, below: version }),
)

const rawLine = fc.record({
  product: code,
  tier: code,
  ladder: perhaps(fc.uniqueArray(code, { minLength: 1, maxLength: 4 })),
  title: perhaps(text()),
  kind: fc.constantFrom(...KINDS),
  metric: fc.constantFrom(...METRICS),
  seats: perhaps(uint),
  devices: perhaps(uint),
  activation: fc.constantFrom('none' as const, 'required' as const),
  deviceRule: fc.integer({ min: 1, max: 31 }),
  maintenanceUntil: perhaps(fc.nat(0xffffffff)),
  versions: perhaps(versions),
  on: perhaps(fc.uniqueArray(name, { minLength: 1, maxLength: 6 })),
  valued: perhaps(fc.dictionary(name, fc.oneof(quantity, until), { minKeys: 1, maxKeys: 4 })),
  limits: perhaps(fc.dictionary(name, quantity, { minKeys: 1, maxKeys: 4 })),
  restrictions: perhaps(restrictions),
  expires: perhaps(fc.nat(0xffffffff)),
  statusIndex: perhaps(fc.nat(0xffffffff)),
})
type RawLine = typeof rawLine extends fc.Arbitrary<infer T> ? T : never

const mapOf = <V>(entries: Readonly<Record<string, V>>): ReadonlyMap<string, V> | undefined => {
  const map = new Map(Object.entries(entries))
  return map.size > 0 ? map : undefined
}

/** Takes out of a line what may not stand beside the rest of it: defaults, doubles, ends after the end. */
const settled = (raw: RawLine, expires: number | undefined): Line => {
  const { limits, ladder, on, valued, ...rest } = raw
  const seats = raw.seats === 1 ? undefined : raw.seats
  const devices = raw.devices === devicesOf({ metric: raw.metric, seats }) ? undefined : raw.devices
  const ends =
    raw.expires !== undefined && raw.expires < (expires ?? Number.POSITIVE_INFINITY) ? raw.expires : undefined
  const last = ends ?? expires ?? Number.POSITIVE_INFINITY
  const within = (map: Readonly<Record<string, Quantity>> = {}) =>
    mapOf(Object.fromEntries(Object.entries(map).filter(([, each]) => (each.expires ?? 0) <= last)))
  const below = ladder?.filter((each) => each !== raw.tier) ?? []
  const features = within(valued)
  const plain = (on ?? []).filter((each) => !features?.has(each)).sort()
  return {
    ...rest,
    ladder: below.length > 0 ? below : undefined,
    title: raw.title === titleOf({ tier: raw.tier }) ? undefined : raw.title,
    seats,
    devices,
    expires: ends,
    on: plain.length > 0 ? plain : undefined,
    valued: features,
    limits: within(limits),
  }
}

export const metadata = fc
  .dictionary(name, fc.oneof(text(255), fc.maxSafeNat(), fc.boolean()), { minKeys: 1, maxKeys: 4 })
  .map((entries) => new Map(Object.entries(entries)))

/** Every field, several lines. Times from 1970 on. Some are larger than an object may be: `fits` sorts them out. */
export const license: fc.Arbitrary<License> = fc
  .record({
    issuer: perhaps(text()),
    customer: perhaps(text()),
    issuedAt: fc.integer({ min: 7200, max: 0xffffffff - 400 * DAY }),
    lasts: perhaps(fc.integer({ min: 1, max: 400 * DAY })),
    starts: perhaps(fc.nat(0xffffffff)),
    cti: bytes(10),
    prefix,
    lines: fc.uniqueArray(fc.tuple(fc.nat(15), rawLine), {
      minLength: 1,
      maxLength: 3,
      selector: ([number]) => number,
    }),
    revision: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 0xffffffff })),
    licensee: perhaps(fc.record({ name: text(), id: perhaps(text()), domain: perhaps(text(255)) })),
    grace: fc.oneof(fc.constant(48), hours),
    fresh: perhaps(hours),
    term: perhaps(hours),
    test: perhaps(fc.constant(true as const)),
    anchor: perhaps(fc.record({ epoch: uint, length: fc.integer({ min: 1, max: 700 }), x0: bytes(12) })),
    metadata: perhaps(metadata),
  })
  .map(({ lasts, lines, anchor, starts, ...rest }): License => {
    const expires = lasts === undefined ? undefined : rest.issuedAt + lasts
    const products = new Set<string>()
    const own = lines.filter(([, { product }]) => !products.has(product) && products.add(product))
    if (anchor) anchor.x0[0] = (anchor.x0[0] ?? 0) & 0x7f
    return {
      ...rest,
      expires,
      starts: starts !== undefined && starts < (expires ?? Number.POSITIVE_INFINITY) ? starts : undefined,
      lines: new Map(own.map(([number, line]) => [number, settled(line, expires)])),
      anchor: anchor && [anchor.epoch, Math.floor(rest.issuedAt / 3600) - 1, anchor.length, anchor.x0],
    }
  })

const grant: fc.Arbitrary<Grant> = fc
  .record({
    line: rawLine,
    term: hours,
    grace: fc.oneof(fc.constant(48), hours),
    fresh: perhaps(hours),
    test: perhaps(fc.constant(true as const)),
  })
  .map(({ line, ...rest }) => {
    const endless = (map: Readonly<Record<string, Quantity>> | undefined) =>
      map && Object.fromEntries(Object.entries(map).filter(([, { expires }]) => expires === undefined))
    const { valued, limits } = line
    const plain = {
      ...line,
      valued: endless(valued),
      limits: endless(limits),
      expires: undefined,
      statusIndex: undefined,
    }
    return { ...rest, line: settled(plain, undefined) }
  })

const ascending = <T extends string | number>(values: readonly T[]): readonly T[] =>
  [...values].sort((a, b) => (a < b ? -1 : 1))

/** Certificates as they may be written; whether a chain takes them is another matter. */
export const certificate: fc.Arbitrary<Certificate> = fc
  .record({
    starts: fc.nat(0xffffffff - 1),
    lasts: fc.integer({ min: 1, max: 10 * 365 * DAY }),
    publicKey: bytes(32),
    types: fc.uniqueArray(fc.constantFrom(1, 2, 3, 4, 7, 10, 11), { minLength: 1 }),
    products: perhaps(fc.uniqueArray(code, { minLength: 1, maxLength: 4 })),
    tiers: perhaps(fc.uniqueArray(code, { minLength: 1, maxLength: 4 })),
    term: perhaps(hours),
    grace: perhaps(hours),
    perpetual: perhaps(fc.constant(true as const)),
    only: perhaps(fc.constantFrom('test' as const, 'live' as const)),
    grants: perhaps(
      fc.uniqueArray(fc.tuple(fc.nat(255), grant), { minLength: 1, maxLength: 2, selector: ([number]) => number }),
    ),
    reseller: perhaps(text()),
    count: perhaps(uint),
  })
  .map(({ lasts, grants, types, products, tiers, ...rest }) => ({
    ...rest,
    expires: Math.min(rest.starts + lasts, 0xffffffff),
    types: ascending(types),
    products: products && ascending(products),
    tiers: tiers && ascending(tiers),
    grants: grants && new Map(grants),
  }))
