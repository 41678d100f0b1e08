/** Codes for a bad night, and renewals that are read over the phone: each opened as the device opens it. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { type Authority, write } from '../../src/authority/authority.ts'
import { change } from '../../src/authority/change.ts'
import { type EmergencyInput, emergency } from '../../src/authority/emergency.ts'
import { type ExtendInput, renewTyped } from '../../src/authority/extend.ts'
import { type HandedLicense, handOver } from '../../src/authority/hand-over.ts'
import { type EphemeralAuthority, ephemeralAuthority, issue, move, renew } from '../../src/authority/index.ts'
import { release } from '../../src/authority/release.ts'
import { respond } from '../../src/authority/respond.ts'
import { issuersOf } from '../../src/core/chain.ts'
import { open } from '../../src/core/cose.ts'
import { machineDevice } from '../../src/core/device.ts'
import { openEmergency } from '../../src/core/emergency.ts'
import { activationId, formatRelease, releaseAnchor, releaseSecret } from '../../src/core/release.ts'
import { parseRequest, requestText, writeRequest } from '../../src/core/request.ts'
import { grantLicense } from '../../src/core/rights.ts'
import { openTyped, parseTyped } from '../../src/core/typed-response.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { codeOf, counted, DAY, everything, NOW } from '../ledger/book.ts'

let authority: EphemeralAuthority
let now: number
let seed = 0
let random = counted('emergency')
/** Names of the key files that were opened. */
let opened: string[] = []

beforeEach(async () => {
  now = NOW
  opened = []
  random = counted(`emergency ${seed++}`)
  const made = await ephemeralAuthority({ now: () => now, random, products: ['editor'] })
  const keychain: Authority['keychain'] = {
    open: (name) => {
      opened.push(name)
      return made.keychain.open(name)
    },
  }
  authority = { ...made, keychain, confirmClock: async () => undefined }
  await write(authority, (tx) =>
    addCustomer(tx, authority, { id: 'acme', name: 'Acme Ltd', email: 'it@acme.example', brand: 'ephemeral' }),
  )
})
afterEach(async () => {
  const before = await everything(authority.ledger)
  await authority.ledger.transaction(rebuild)
  expect(await everything(authority.ledger)).toEqual(before)
  await authority.close()
})

const sold = (more: { tier?: string; activation?: string; starts?: string; expires?: string } = {}) =>
  issue(authority, {
    customer: 'acme',
    lines: [
      { product: 'editor', tier: more.tier ?? 'professional', devices: 2, activation: more.activation ?? 'none' },
    ],
    expires: more.expires ?? '1y',
    starts: more.starts,
  })

const give = (key: string, more: Partial<EmergencyInput> = {}) =>
  emergency(authority, { key, reason: 'night', ...more })

const activated = async ({ license: { cti } }: HandedLicense, typed = false) => {
  const r = releaseSecret(random)
  const device = machineDevice(
    cti,
    ['machine', 'disk', 'mac', 'board', 'cpu'].map((slot) => `${slot} ${activationId(r)}`),
  )
  const anchor = releaseAnchor(cti, r)
  const bytes = writeRequest({ clock: false, line: 0, ctiPrefix: cti.subarray(0, 5), device, anchor })
  const got = await respond(authority, { asked: parseRequest(requestText(bytes)), typed })
  return { id: got.id, anchor, code: formatRelease(r) }
}

const hourOf = (at: number): number => Math.floor(at / 3600)

/** What the device makes of the code in this hour: the hour it is of, or the code of the refusal. */
const opens = async (
  { license: { anchor, cti, revision } }: HandedLicense,
  code: string,
  hour: number,
): Promise<number | string> => {
  if (!anchor) throw new Error('no anchor')
  try {
    return openEmergency(code, anchor, { cti, revision }, { hour }).codeHour
  } catch (error) {
    return codeOf(Promise.reject(error))
  }
}

const refused = async (work: () => Promise<unknown>): Promise<string> => {
  const before = await everything(authority.ledger)
  const code = await codeOf(work())
  expect(await everything(authority.ledger)).toEqual(before)
  return code
}

describe('an emergency code', () => {
  test('is of this hour and of no other, and opens from the hour before to 24 after', async () => {
    const license = await sold()
    const given = await give(license.key)
    const hour = hourOf(now)
    expect(given).toMatchObject({ hour, device: null, count: 1, customer: 'acme' })
    expect(given.codes.map(({ revision }) => revision)).toEqual([1])
    const code = given.codes[0]?.groups.join('-') ?? ''
    for (const near of [-1, 0, 1, 24]) expect(await opens(license, code, hour + near)).toBe(hour)
    for (const far of [-3, -2, 25, 26, 31, 32]) expect(await opens(license, code, hour + far)).toBe('NO_EMERGENCY')
    const again = await give(license.key)
    expect(again).toEqual(given)
    now += 3600
    const later = await give(license.key)
    expect(later).toMatchObject({ hour: hour + 1, count: 2 })
    expect(later.codes[0]?.groups).not.toEqual(given.codes[0]?.groups)
    const events = await authority.ledger.db.selectFrom('events').select('id').where('entity_kind', '=', 11).execute()
    expect(events.length).toBe(3)
  })

  test('takes the file of the secret alone: no key that signs is opened', async () => {
    const license = await sold()
    opened.length = 0
    await give(license.key)
    expect(opened).toEqual(['keys/emergency.key'])
  })

  test('one of each revision whose chain covers the hour, and none opens another', async () => {
    const first = await sold()
    now += 30 * DAY
    const second = await renew(authority, { key: first.key, for: '1y' })
    const given = await give(first.key)
    expect(given.codes.map(({ revision }) => revision)).toEqual([2, 1])
    const [two = '', one = ''] = given.codes.map(({ groups }) => groups.join('-'))
    const hour = hourOf(now)
    expect([await opens(first, one, hour), await opens(second, two, hour)]).toEqual([hour, hour])
    expect([await opens(first, two, hour), await opens(second, one, hour)]).toEqual(['NO_EMERGENCY', 'NO_EMERGENCY'])
    // Thirty-one days after its end the first chain is over.
    now += 400 * DAY
    expect((await give(first.key)).codes.map(({ revision }) => revision)).toEqual([2])
  })

  test('of one device opens no other, and ends with its place', async () => {
    const license = await sold({ activation: 'required' })
    const [a, b] = [await activated(license), await activated(license)]
    const codes = [
      await give(license.key),
      await give(license.key, { device: a.id }),
      await give(license.key, { device: b.id }),
    ]
    expect(codes.map(({ device }) => device)).toEqual([null, a.id, b.id])
    expect(new Set(codes.map((each) => each.codes[0]?.groups.join(''))).size).toBe(3)
    // One hour, however many devices.
    expect(codes.map(({ count }) => count)).toEqual([1, 1, 1])
    await release(authority, { named: a.id, code: a.code })
    expect(await refused(() => give(license.key, { device: a.id }))).toBe('CONFLICT')
    const other = await sold({ activation: 'required' })
    expect(await refused(() => give(other.key, { device: b.id }))).toBe('NOT_FOUND')
  })

  test('of a device that was answered in typed lines there is none', async () => {
    const license = await sold({ activation: 'required' })
    const { id } = await activated(license, true)
    expect(await refused(() => give(license.key, { device: id }))).toBe('NO_EMERGENCY')
  })

  test('codes of 24 hours a year', async () => {
    const license = await sold()
    for (let n = 1; n <= 24; n++) {
      expect((await give(license.key)).count).toBe(n)
      now += 3600
    }
    expect(await refused(() => give(license.key))).toBe('NO_EMERGENCY')
    now -= 3600
    expect((await give(license.key)).count).toBe(24)
    now += 366 * DAY
    await renew(authority, { key: license.key, for: '1y' })
    expect((await give(license.key)).count).toBe(1)
  })

  const REFUSALS: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['a tier without', 'NO_EMERGENCY', async () => give((await sold({ tier: 'basic' })).key)],
    [
      'a license that starts later',
      'LICENSE_NOT_YET_VALID',
      async () => give((await sold({ starts: '2027-02-01' })).key),
    ],
    [
      'a license that is revoked',
      'ILLEGAL_MOVE',
      async () => {
        const { key } = await sold()
        await move(authority, 'revoke', { key, reason: 'refund' })
        return give(key)
      },
    ],
    [
      'a license that is suspended',
      'ILLEGAL_MOVE',
      async () => {
        const { key } = await sold()
        await move(authority, 'suspend', { key, reason: 'unpaid' })
        return give(key)
      },
    ],
    [
      'a license whose chain is over',
      'NO_EMERGENCY',
      async () => {
        const { key } = await sold()
        now += (365 + 32) * DAY
        return give(key)
      },
    ],
    ['a key that is none', 'NOT_FOUND', async () => give('TEST-0000')],
    ['an activation that is none', 'NOT_FOUND', async () => give((await sold()).key, { device: 'ZZZZZZZZ' })],
  ]

  test.each(REFUSALS)('not for %s: %s', async (_, code, work) => {
    expect(await codeOf(work())).toBe(code)
    expect(await authority.ledger.db.selectFrom('emergency_codes').selectAll().execute()).toEqual([])
  })

  test('a change can let codes be given from the next revision on', async () => {
    const license = await sold({ tier: 'basic' })
    const { handed } = await change(authority, { key: license.key, emergency: true })
    expect((await give(license.key)).codes.map(({ revision }) => revision)).toEqual([2])
    expect(handed.license.anchor).toBeDefined()
  })
})

const extend = (key: string, more: Partial<ExtendInput> = {}) => renewTyped(authority, { key, for: '1y', ...more })

const HALF = { for: '6mo' } as const

/** What the site makes of five lines, with the license that it has. */
const typedAt = ({ license, bytes }: HandedLicense, lines: readonly string[]) => {
  const signed = open(bytes)
  const [issuer] = issuersOf(signed, { roots: authority.roots })
  if (!issuer || !signed.chain) throw new Error('no issuer')
  const trust = { roots: authority.roots, certificates: [signed.chain] }
  return openTyped(parseTyped(lines.join('\n')), trust, grantLicense(license, issuer), []).candidate.value
}

describe('a renewal by phone', () => {
  test('moves the end of the revision that the site has, to within an hour of the new one', async () => {
    const license = await sold({ expires: '2027-12-31' })
    const got = await extend(license.key, { idempotencyKey: 'call' })
    expect(got.installed).toBe(1)
    expect(got.handed.license).toMatchObject({ revision: 2, expires: Date.UTC(2028, 11, 31, 23, 59, 59) / 1000 })
    const end = got.handed.license.expires ?? 0
    expect((got.expires - now) % 3600).toBe(0)
    expect(end - got.expires).toBeGreaterThanOrEqual(0)
    expect(end - got.expires).toBeLessThan(3600)
    expect(got.lines.length).toBe(5)
    expect(typedAt(license, got.lines)).toMatchObject({ expires: got.expires, revision: 1, issuedAt: now })
    // A site with the new revision cannot take it: it is for the first.
    expect(() => typedAt(got.handed, got.lines)).toThrow(expect.objectContaining({ code: 'BAD_SIGNATURE' }))
    const before = await everything(authority.ledger)
    expect(await extend(license.key, { idempotencyKey: 'call' })).toEqual(got)
    expect(await everything(authority.ledger)).toEqual(before)
  })

  test('the second one is for the same revision again: the site never saw another', async () => {
    const license = await sold()
    await extend(license.key, HALF)
    const again = await extend(license.key, HALF)
    expect(again).toMatchObject({ installed: 1, handed: { license: { revision: 3 } } })
    expect(typedAt(license, again.lines)).toMatchObject({ revision: 1, expires: again.expires })
    // Handed over as a file it has the newest, unless it is said what it has.
    const filed = await renew(authority, { key: license.key, ...HALF })
    const third = await extend(license.key, HALF)
    expect(third.installed).toBe(4)
    expect(typedAt(handOver(filed.bytes), third.lines)).toMatchObject({ revision: 4 })
    expect((await extend(license.key, { ...HALF, installed: 1 })).installed).toBe(1)
  })

  test('what it cannot say is refused', async () => {
    const { key } = await sold()
    expect(await refused(() => extend(key, { for: undefined, until: 'never' }))).toBe('INVALID_INPUT')
    expect(await refused(() => extend(key, { installed: 7 }))).toBe('NOT_FOUND')
    expect(await refused(() => extend(key, { for: undefined, until: '2027-06-01' }))).toBe('INVALID_INPUT')
    await authority.ledger.db
      .updateTable('revisions')
      .set({ signer: new Uint8Array(8) })
      .execute()
    expect(await refused(() => extend(key))).toBe('RIGHTS_EXCEEDED')
    await authority.ledger.transaction(rebuild)
    await move(authority, 'suspend', { key, reason: 'unpaid' })
    expect(await refused(() => extend(key))).toBe('ILLEGAL_MOVE')
  })
})
