/**
 * Rights against a model: whatever is signed, no more is granted than every certificate of the chain allows (FORMAT 6.7, 6.8).
 * The model says yes or no in its own words; the verifier must say the same.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Certificate, Grant } from '../../src/core/certificate.ts'
import type { Issuer } from '../../src/core/chain.ts'
import { LicError } from '../../src/core/errors.ts'
import type { License, Line } from '../../src/core/license.ts'
import { type GrantedLicense, grantLicense } from '../../src/core/rights.ts'
import { size } from './size.ts'

const HOUR = 3600
const IAT = 1_800_000_000
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

// Few names and numbers, so that caps and licenses meet often.
const product = fc.constantFrom('editor', 'viewer', 'server')
const tier = fc.constantFrom('free', 'basic', 'pro')
const seats = perhaps(fc.constantFrom(0, 2, 3, 5))
const hours = fc.constantFrom(0, 24, 48, 72, 24 * 365)

const line: fc.Arbitrary<Line> = fc
  .record({
    product,
    tier,
    ladder: perhaps(fc.subarray(['free', 'basic', 'pro'], { minLength: 1 })),
    seats,
    devices: seats,
    metric: fc.constantFrom('seat' as const, 'core' as const),
  })
  .map(({ ladder, tier: own, ...rest }) => {
    const below = ladder?.filter((each) => each !== own) ?? []
    return {
      ...rest,
      tier: own,
      ladder: below.length > 0 ? below : undefined,
      kind: 'subscription',
      activation: 'none',
      deviceRule: 15,
    }
  })

const caps: fc.Arbitrary<Certificate> = fc.record({
  starts: fc.constant(0),
  expires: fc.constant(0xffffffff),
  publicKey: fc.constant(new Uint8Array(32)),
  types: fc.constantFrom([1, 2], [1], [2], [1, 2, 3]),
  products: perhaps(fc.subarray(['editor', 'server', 'viewer'], { minLength: 1 })),
  tiers: perhaps(fc.subarray(['basic', 'free', 'pro'], { minLength: 1 })),
  term: perhaps(hours),
  grace: perhaps(hours),
  perpetual: perhaps(fc.constant(true as const)),
  only: perhaps(fc.constantFrom('test' as const, 'live' as const)),
})

const base = fc.record({
  lasts: perhaps(fc.constantFrom(1, 24 * HOUR, 24 * HOUR + 1, 72 * HOUR, 24 * 365 * HOUR, 24 * 365 * HOUR + 1)),
  grace: fc.constantFrom(0, 24, 48, 72),
  fresh: perhaps(fc.constant(30)),
  test: perhaps(fc.constant(true as const)),
})
const licenseOf = (
  { lasts, ...rest }: { lasts: number | undefined } & Partial<License>,
  lines: License['lines'],
): License => ({
  issuedAt: IAT,
  expires: lasts === undefined ? undefined : IAT + lasts,
  cti: new Uint8Array(10),
  prefix: 'EDIT',
  revision: 1,
  grace: 48,
  ...rest,
  lines,
})

const issuer = (...certificates: Certificate[]): Issuer => ({
  certificates,
  keys: [],
  key: { bytes: new Uint8Array(32), kid: new Uint8Array(8), verify: () => false },
})

const grantedOr = (license: License, by: Issuer): GrantedLicense | undefined => {
  try {
    return grantLicense(license, by)
  } catch (error) {
    if (error instanceof LicError && error.stage === 'rights') return undefined
    throw error
  }
}

/** What one certificate with caps says of products, tiers, term, grace and mark. */
const within = (
  { products, tiers, term, grace, perpetual, only }: Certificate,
  lines: readonly {
    readonly product: string
    readonly tier: string
    readonly ladder: readonly string[]
    readonly grace: number
  }[],
  lasts: number | undefined,
  marked: boolean,
): boolean => {
  const everyProduct = lines.every((each) => !products || products.includes(each.product))
  const everyTier = lines.every((each) => !tiers || [each.tier, ...each.ladder].every((one) => tiers.includes(one)))
  const lasting = lasts === undefined ? perpetual === true : term === undefined || lasts <= term * HOUR
  const graceful = lines.every((each) => grace === undefined || each.grace <= grace)
  return everyProduct && everyTier && lasting && graceful && !(marked && only === 'live')
}

describe('under a certificate with caps', () => {
  it('a license is granted exactly when it lies within all of them', () => {
    let granted = 0
    fc.assert(
      fc.property(base, fc.array(line, { minLength: 1, maxLength: 2 }), caps, (own, lines, cap) => {
        const license = licenseOf(own, new Map(lines.map((each, i) => [i, each])))
        const said = lines.map((each) => ({
          product: each.product ?? '',
          tier: each.tier ?? '',
          ladder: each.ladder ?? [],
          grace: own.grace,
        }))
        const once = new Set(said.map((each) => each.product)).size === said.length
        const expected = once && cap.types.includes(1) && within(cap, said, own.lasts, own.test === true)
        const found = grantedOr(license, issuer(cap))
        expect(found !== undefined).toBe(expected)
        if (found) granted++
        if (found) expect(found.test).toBe(own.test === true || cap.only === 'test')
      }),
      { numRuns: size(3_000, 300_000) },
    )
    expect(granted).toBeGreaterThan(size(50, 5_000))
  })
})

describe('under grants', () => {
  const grant: fc.Arbitrary<Grant> = fc.record({
    line,
    term: hours,
    grace: fc.constantFrom(0, 48),
    fresh: perhaps(fc.constant(7)),
    test: perhaps(fc.constant(true as const)),
  })
  const delegated = fc
    .uniqueArray(fc.tuple(fc.nat(2), grant), { minLength: 1, maxLength: 3, selector: ([number]) => number })
    .map(
      (grants): Certificate => ({
        starts: 0,
        expires: 0xffffffff,
        publicKey: new Uint8Array(32),
        types: [1],
        grants: new Map(grants),
      }),
    )
  const claim = fc.record({
    grant: fc.constantFrom(0, 0, 0, 1, 2, 3, undefined),
    seats: fc.oneof(fc.constant(undefined), seats),
    devices: fc.oneof(fc.constant(undefined), seats),
    ends: perhaps(fc.constantFrom(1, HOUR, 24 * HOUR, 25 * HOUR)),
    own: fc.constantFrom<Partial<Line>>(
      {},
      {},
      {},
      {},
      {},
      {},
      { product: 'editor' },
      { tier: 'pro' },
      { on: ['everything'] },
      { kind: 'perpetual' },
    ),
  })
  const wide = caps.chain((own) =>
    fc.constantFrom(own, { ...own, types: [1, 2], products: undefined, tiers: undefined, term: undefined }),
  )
  /** Mostly what a license under grants may be. */
  const plainBase = base.chain((own) =>
    fc.constantFrom(own, { ...own, grace: 48, fresh: undefined }, { ...own, grace: 48, fresh: undefined }),
  )
  const more = (wanted: number, most: number): boolean => most !== 0 && (wanted === 0 || wanted > most)

  it('a license holds what its grants hold, and no more', () => {
    let granted = 0
    fc.assert(
      fc.property(
        plainBase,
        claim,
        delegated,
        wide,
        (own, { grant: number, ends, own: added, ...places }, below, above) => {
          const claimed: Line = {
            kind: 'subscription',
            metric: 'seat',
            activation: 'none',
            deviceRule: 15,
            ...places,
            grant: number,
            expires: ends === undefined || ends >= (own.lasts ?? Number.POSITIVE_INFINITY) ? undefined : IAT + ends,
            ...added,
          }
          const found = grantedOr(licenseOf(own, new Map([[0, claimed]])), issuer(below, above))

          const given = number === undefined ? undefined : below.grants?.get(number)
          const expected = ((): boolean => {
            if (!given || Object.keys(added).length > 0 || own.lasts === undefined) return false
            if (own.grace !== 48 || own.fresh !== undefined) return false
            const lasts = claimed.expires === undefined ? own.lasts : claimed.expires - IAT
            if (lasts > given.term * HOUR) return false
            const mostSeats = given.line.seats ?? 1
            const perSeat = given.line.metric === 'seat'
            const mostDevices = given.line.devices ?? (perSeat ? mostSeats : 1)
            const wantedSeats = places.seats ?? mostSeats
            const wantedDevices = places.devices ?? given.line.devices ?? (perSeat ? wantedSeats : 1)
            if (more(wantedSeats, mostSeats) || more(wantedDevices, mostDevices)) return false
            // One spelling: what the grant says already is not said again.
            const unsaid = given.line.devices ?? (perSeat ? wantedSeats : 1)
            if (places.seats === mostSeats || places.devices === unsaid) return false
            const said = {
              product: given.line.product ?? '',
              tier: given.line.tier ?? '',
              ladder: given.line.ladder ?? [],
              grace: given.grace,
            }
            return above.types.includes(1) && within(above, [said], own.lasts, own.test === true || given.test === true)
          })()
          expect(found !== undefined).toBe(expected)
          if (!found || !given) return
          granted++
          const line = found.lines.get(0)
          expect(line).toMatchObject({ product: given.line.product, tier: given.line.tier, grace: given.grace })
          expect(line?.fresh).toBe(given.fresh)
          expect(found.test).toBe(own.test === true || given.test === true || above.only === 'test')
          expect(more(line?.seats ?? 0, given.line.seats ?? 1)).toBe(false)
        },
      ),
      { numRuns: size(5_000, 300_000) },
    )
    expect(granted).toBeGreaterThan(size(20, 2_000))
  })
})
