/**
 * Places under a real authority in memory: what a device asks, what it may have, and what becomes of it. Requests are made
 * by core alone, as a device makes them; answers are opened as a device opens them.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { type Authority, write } from '../../src/authority/authority.ts'
import { change } from '../../src/authority/change.ts'
import { forgetCustomer } from '../../src/authority/forget-customer.ts'
import type { HandedLicense } from '../../src/authority/hand-over.ts'
import { type EphemeralAuthority, ephemeralAuthority, issue, move, renew } from '../../src/authority/index.ts'
import { publishRevocations } from '../../src/authority/publish-revocations.ts'
import { release, revokeActivation } from '../../src/authority/release.ts'
import { type RespondInput, respond } from '../../src/authority/respond.ts'
import { transfer } from '../../src/authority/transfer.ts'
import { openAnswer } from '../../src/core/answers.ts'
import { equal, toHex } from '../../src/core/bytes.ts'
import { issuersOf } from '../../src/core/chain.ts'
import { decodeText } from '../../src/core/codes/text.ts'
import { open, splitSequence } from '../../src/core/cose.ts'
import { deviceMatches, machineDevice, namedDevice } from '../../src/core/device.ts'
import { openEmergency } from '../../src/core/emergency.ts'
import { LicError } from '../../src/core/errors.ts'
import { activationId, formatRelease, releaseAnchor, releaseSecret } from '../../src/core/release.ts'
import { type AskedRequest, parseRequest, requestLines, requestText, writeRequest } from '../../src/core/request.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { grantLicense } from '../../src/core/rights.ts'
import { openTyped, parseTyped } from '../../src/core/typed-response.ts'
import { findActivation, standingActivations } from '../../src/ledger/activations.ts'
import { licenseByCti } from '../../src/ledger/licenses.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { codeOf, counted, DAY, everything, NOW } from '../ledger/book.ts'

let authority: EphemeralAuthority
let now: number
let seed = 0
let random = counted('respond')

beforeEach(async () => {
  now = NOW
  random = counted(`respond ${seed++}`)
  const made = await ephemeralAuthority({ now: () => now, random, products: ['editor', 'viewer'] })
  authority = { ...made, confirmClock: async () => undefined }
  await write(authority, async (tx) => {
    await addCustomer(tx, authority, { id: 'acme', name: 'Acme Ltd', email: 'it@acme.example', brand: 'ephemeral' })
    await addCustomer(tx, authority, { id: 'bo', name: 'Bo', email: 'bo@example.com', brand: 'ephemeral' })
  })
})
afterEach(async () => {
  await expectRebuilt()
  await authority.close()
})

const expectRebuilt = async (): Promise<void> => {
  const before = await everything(authority.ledger)
  await authority.ledger.transaction(rebuild)
  expect(await everything(authority.ledger)).toEqual(before)
}

const sold = (devices: number, more: { tier?: string; activation?: string } = {}): Promise<HandedLicense> =>
  issue(authority, {
    customer: 'acme',
    lines: [{ product: 'editor', tier: 'basic', devices, activation: 'required', ...more }],
    expires: '1y',
  })

const MACHINE_A = ['a-machine', 'a-disk', 'a-mac', 'a-board', 'a-cpu']
const MACHINE_B = ['b-machine', 'b-disk', 'b-mac', 'b-board', 'b-cpu']
const machine = (n: number): readonly string[] => MACHINE_A.map((value) => `${value}-${n}`)

interface Asked {
  readonly asked: AskedRequest
  readonly r: Uint8Array
  readonly id: string
}

/** What a device asks, as it comes off the phone. */
const ask = (
  { license: { cti } }: HandedLicense,
  values: readonly (string | undefined)[] | Uint8Array,
  { clock = false, line = 0 } = {},
): Asked => {
  const r = releaseSecret(random)
  const device = values instanceof Uint8Array ? values : machineDevice(cti, values)
  const bytes = writeRequest({ clock, line, ctiPrefix: cti.subarray(0, 5), device, anchor: releaseAnchor(cti, r) })
  const asked = parseRequest(requestLines(bytes).join('\n'))
  return { asked, r, id: activationId(asked.request.anchor) }
}

const answer = ({ asked }: Asked, more: Omit<RespondInput, 'asked'> = {}) => respond(authority, { asked, ...more })

const held = async ({ license: { cti } }: HandedLicense): Promise<readonly string[]> => {
  const { id } = await licenseByCti(authority.ledger.db, cti)
  const standing = await standingActivations(authority.ledger.db, id, 0)
  return standing.filter(({ lease }) => lease === null || lease > now).map(({ anchor }) => activationId(anchor))
}

const grantedAs = ({ license, bytes }: HandedLicense) => {
  const [issuer] = issuersOf(open(bytes), { roots: authority.roots })
  if (!issuer) throw new Error('no issuer')
  return grantLicense(license, issuer)
}

const listed = async (): Promise<readonly string[]> => {
  const { bytes } = await publishRevocations(authority)
  return readRevocationList(splitSequence(bytes)[0] as Uint8Array, { roots: authority.roots, now }).anchors.map(
    activationId,
  )
}

/** The code of the refusal; nothing is written by one. */
const refused = async (work: () => Promise<unknown>): Promise<string> => {
  const before = await everything(authority.ledger)
  const code = await codeOf(work())
  expect(await everything(authority.ledger)).toEqual(before)
  return code
}

describe('a place', () => {
  test('is taken once; what comes back is what the device opens', async () => {
    const license = await sold(2)
    const first = ask(license, MACHINE_A)
    const got = await answer(first, { label: 'Paint shop' })
    expect(got).toMatchObject({ id: first.id, places: { used: 1, of: 2 }, repeated: false, customer: 'acme' })
    const [object, ...beside] = splitSequence(decodeText(got.code))
    expect(beside).toEqual([])
    const opened = openAnswer('activation', object as Uint8Array, { roots: authority.roots }, grantedAs(license))
    expect(opened.answer).toEqual({
      issuedAt: NOW,
      cti: license.license.cti,
      device: first.asked.request.device,
      anchor: first.asked.request.anchor,
      line: 0,
      place: 1,
    })
    expect(got.activation).toMatchObject({ label: 'Paint shop', ended: null, weak: false })
    expect(await licenseByCti(authority.ledger.db, license.license.cti)).toMatchObject({ firstActivatedAt: NOW })
  })

  test('the same thirty bytes get the same bytes, later, in another list and for a license that is revoked', async () => {
    const license = await sold(1)
    await publishRevocations(authority)
    const first = ask(license, MACHINE_A)
    const got = await answer(first)
    now += 3 * DAY
    await publishRevocations(authority)
    await move(authority, 'revoke', { key: license.key, reason: 'refund' })
    const before = await everything(authority.ledger)
    const again = await answer(first)
    expect(again).toMatchObject({ repeated: true, code: got.code, id: got.id })
    expect(await everything(authority.ledger)).toEqual(before)
    expect(splitSequence(got.bytes).length).toBe(2)
  })

  test('no more than there are; who holds them is named, with the command that frees one', async () => {
    const license = await sold(2)
    await answer(ask(license, machine(1)), { label: 'Paint shop' })
    const second = ask(license, machine(2))
    await answer(second)
    const third = ask(license, machine(3))
    expect(await refused(() => answer(third))).toBe('SEATS_EXHAUSTED')
    const error = await answer(third).catch((thrown: unknown) => thrown)
    if (!(error instanceof LicError)) throw error
    expect(error.message).toContain('Paint shop')
    expect(error.message).toContain(second.id)
    expect(error.hint).toMatch(/lic activation release [0-9A-Z]{8} --code/)
    expect(error.data).toMatchObject({ of: 2, used: 2 })
    await release(authority, { named: second.id, code: formatRelease(second.r) })
    expect(await answer(third)).toMatchObject({ places: { used: 2, of: 2 } })
    expect((await held(license)).length).toBe(2)
  })

  test('has the lowest number that is free, keeps it with its device, and tells it to the device', async () => {
    const license = await sold(3)
    const told = async (request: Asked, more: Omit<RespondInput, 'asked'> = {}) => {
      const { bytes, activation } = await answer(request, more)
      const [object] = splitSequence(bytes)
      const opened = openAnswer('activation', object as Uint8Array, { roots: authority.roots }, grantedAs(license))
      expect(opened.answer.place).toBe(activation.number)
      return activation.number
    }
    const [one, two, three] = [1, 2, 3].map((n) => ask(license, machine(n)))
    expect([await told(one as Asked), await told(two as Asked, { lease: '30d' }), await told(three as Asked)]).toEqual([
      1, 2, 3,
    ])
    // The third is installed again; the first gives its place up, and somebody else gets it.
    expect(await told(ask(license, machine(3)))).toBe(3)
    await release(authority, { named: one?.id ?? '', code: formatRelease((one as Asked).r) })
    const fourth = ask(license, machine(4))
    expect(await told(fourth)).toBe(1)
    // The lease of the second is over, its number was dealt; it comes back when there is room again.
    now += 30 * DAY
    expect(await told(ask(license, machine(5)))).toBe(2)
    await release(authority, { named: fourth.id, code: formatRelease(fourth.r) })
    expect(await told(ask(license, machine(2)))).toBe(1)
    expect(await told(ask(license, machine(6)), { replaces: (await held(license))[0] })).toBe(3)
  })

  test('with a number above what an answer can tell is taken all the same', async () => {
    const license = await sold(0)
    await answer(ask(license, machine(0)))
    await authority.ledger.db.updateTable('activations').set({ place_number: 1 }).execute()
    const row = await licenseByCti(authority.ledger.db, license.license.cti)
    const [first] = await authority.ledger.db.selectFrom('activations').selectAll().execute()
    if (first === undefined) throw new Error('no activation')
    const rows = Array.from({ length: 1022 }, (_, n) => {
      const anchor = random(10)
      return { ...first, anchor, place: anchor, place_number: n + 2, device: new Uint8Array(11), license: row.id }
    })
    for (const each of rows) await authority.ledger.db.insertInto('activations').values(each).execute()
    const request = ask(license, machine(1))
    const got = await answer(request, { typed: true })
    expect(got.activation.number).toBe(1024)
    expect(parseTyped(got.lines?.join('\n') ?? '').place).toBe(0)
    for (const { anchor } of rows) {
      await authority.ledger.db.deleteFrom('activations').where('anchor', '=', anchor).execute()
    }
  })

  test('unlimited is the written 0', async () => {
    const license = await sold(0)
    for (let n = 0; n < 12; n++) await answer(ask(license, machine(n)))
    expect((await held(license)).length).toBe(12)
  })

  test('a lease that is over is not counted; the device that comes back needs room', async () => {
    const license = await sold(1)
    const first = ask(license, machine(1))
    expect((await answer(first, { lease: '30d' })).activation.lease).toBe(NOW + 30 * DAY)
    expect(await refused(() => answer(ask(license, machine(2))))).toBe('SEATS_EXHAUSTED')
    now += 30 * DAY
    const second = ask(license, machine(2))
    await answer(second, { lease: '1d' })
    expect(await refused(() => answer(ask(license, machine(1))))).toBe('SEATS_EXHAUSTED')
    now += DAY
    await answer(ask(license, machine(1)))
    expect((await held(license)).length).toBe(1)
  })
})

describe('a device that comes again', () => {
  test('keeps its place, and the old activation is not listed when no part differs', async () => {
    const license = await sold(1)
    const first = ask(license, MACHINE_A)
    await answer(first)
    const second = ask(license, MACHINE_A)
    expect(await answer(second)).toMatchObject({ places: { used: 1, of: 1 } })
    expect(await held(license)).toEqual([second.id])
    expect(await listed()).toEqual([])
    // Still the same bytes for whoever lost the first answer.
    expect(await answer(first)).toMatchObject({ repeated: true })
    // Once the place is given up, the copy of an old state is named too.
    await release(authority, { named: license.key, code: formatRelease(second.r) })
    expect([...(await listed())].sort()).toEqual([first.id, second.id].sort())
  })

  test('with one other part keeps its place; the one before is listed and counted', async () => {
    const license = await sold(1)
    const first = ask(license, MACHINE_A)
    await answer(first)
    const repaired = ask(license, MACHINE_A.with(4, 'another cpu'))
    await answer(repaired)
    expect(await held(license)).toEqual([repaired.id])
    expect(await listed()).toEqual([first.id])
    expect(await refused(() => answer(first))).toBe('CONFLICT')
  })

  test('a chain of five requests that drifts slot by slot from A to B never gives B the place while A runs', async () => {
    const license = await sold(1)
    await answer(ask(license, MACHINE_A))
    const verdicts: (string | number)[] = []
    for (let slot = 0; slot < 5; slot++) {
      const drifted = MACHINE_A.map((value, i) => (i <= slot ? (MACHINE_B[i] as string) : value))
      const step = ask(license, drifted)
      verdicts.push(
        await answer(step).then(
          ({ places }) => places?.used ?? 0,
          ({ code }) => code,
        ),
      )
    }
    // One part away from the first activation, and no step further.
    expect(verdicts).toEqual([1, ...Array(4).fill('SEATS_EXHAUSTED')])
    const [id = ''] = await held(license)
    const row = await licenseByCti(authority.ledger.db, license.license.cti)
    const [holder] = await standingActivations(authority.ledger.db, row.id, 0)
    expect(activationId(holder?.anchor ?? new Uint8Array(10))).toBe(id)
    const b = machineDevice(license.license.cti, MACHINE_B)
    expect(deviceMatches(holder?.device ?? b, b, { exact: false, leased: false })).toBe(false)
  })

  test('in any order of the slots, with room for more: each drifted machine takes a place of its own or none', async () => {
    const license = await sold(3)
    await answer(ask(license, MACHINE_A))
    for (const order of [
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
    ]) {
      for (let n = 1; n <= 5; n++) {
        const values = MACHINE_A.map((value, i) => (order.slice(0, n).includes(i) ? (MACHINE_B[i] as string) : value))
        await answer(ask(license, values)).catch((error: LicError) =>
          expect(['SEATS_EXHAUSTED', 'AMBIGUOUS', 'ILLEGAL_MOVE']).toContain(error.code),
        )
        expect((await held(license)).length).toBeLessThanOrEqual(3)
      }
    }
  })

  test("two machines' factors mixed activate neither", async () => {
    const license = await sold(1)
    for (let mix = 1; mix < 31; mix++) {
      const values = MACHINE_A.map((value, i) => (mix & (1 << i) ? (MACHINE_B[i] as string) : value))
      const mixed = ask(license, values)
      const got = await answer(mixed)
      const differs = [...mix.toString(2)].filter((bit) => bit === '1').length
      const { device } = got.activation
      const opens = [MACHINE_A, MACHINE_B].map((each) =>
        deviceMatches(device, machineDevice(license.license.cti, each), { exact: false, leased: true }),
      )
      // One part of the other is the same machine repaired; two are neither.
      expect(opens).toEqual([differs === 1, differs === 4])
      await release(authority, { named: got.id, code: formatRelease(mixed.r) })
    }
  })

  test('twins: one more place when it is said, and then it is asked which', async () => {
    const license = await sold(3)
    const first = ask(license, MACHINE_A)
    const twin = ask(license, MACHINE_A)
    await answer(first)
    expect(await answer(twin, { newPlace: true })).toMatchObject({ places: { used: 2, of: 3 } })
    const again = ask(license, MACHINE_A)
    expect(await refused(() => answer(again))).toBe('AMBIGUOUS')
    expect(await refused(() => answer(again, { newPlace: true, replaces: twin.id }))).toBe('USAGE')
    await answer(again, { replaces: twin.id.slice(0, 6) })
    expect([...(await held(license))].sort()).toEqual([first.id, again.id].sort())
    expect(await listed()).toEqual([])
  })

  test('one that lost everything: its place goes to another machine, and cannot be had back', async () => {
    const license = await sold(1)
    const lost = ask(license, MACHINE_A)
    await answer(lost)
    const fresh = ask(license, MACHINE_B)
    expect(await answer(fresh, { replaces: lost.id })).toMatchObject({ places: { used: 1, of: 1 } })
    expect(await listed()).toEqual([lost.id])
    // The place is the new machine's: the old one does not match it.
    expect(await refused(() => answer(ask(license, MACHINE_A)))).toBe('SEATS_EXHAUSTED')
    expect(await answer(ask(license, MACHINE_B))).toMatchObject({ places: { used: 1, of: 1 } })
    expect(await refused(() => answer(ask(license, MACHINE_B), { replaces: lost.id }))).toBe('CONFLICT')
    const other = await sold(1)
    expect(await refused(() => answer(ask(other, MACHINE_B), { replaces: fresh.id }))).toBe('CONFLICT')
  })

  test('places change hands without proof three times a year', async () => {
    const license = await sold(1)
    let last = ask(license, machine(0))
    await answer(last)
    for (let n = 1; n <= 2; n++) {
      const next = ask(license, machine(n))
      await answer(next, { replaces: last.id })
      last = next
    }
    await release(authority, { named: last.id, reason: 'stolen' })
    last = ask(license, machine(3))
    await answer(last)
    expect(await refused(() => answer(ask(license, machine(4)), { replaces: last.id }))).toBe('ILLEGAL_MOVE')
    expect(await refused(() => release(authority, { named: last.id, reason: 'stolen too' }))).toBe('ILLEGAL_MOVE')
    // With its code, or a year later.
    await release(authority, { named: last.id, code: formatRelease(last.r) })
    last = ask(license, machine(4))
    await answer(last)
    now += 366 * DAY
    await renew(authority, { key: license.key, for: '1y' })
    await answer(ask(license, machine(5)), { replaces: last.id })
  })
})

describe('a place that is given up', () => {
  test('with the code of its device, once, and nobody else can', async () => {
    const license = await sold(2)
    const first = ask(license, machine(1))
    const second = ask(license, machine(2))
    await answer(first)
    await answer(second)
    const forged = formatRelease(releaseSecret(random))
    expect(await refused(() => release(authority, { named: first.id, code: forged }))).toBe('BAD_SIGNATURE')
    expect(await refused(() => release(authority, { named: license.key, code: forged }))).toBe('BAD_SIGNATURE')
    const code = formatRelease(second.r)
    expect(await refused(() => release(authority, { named: first.id, code }))).toBe('BAD_SIGNATURE')
    expect(await refused(() => release(authority, { named: first.id, code: 'M082Y-0C20R' }))).toBe('CODE_MISTYPED')
    const done = await release(authority, { named: license.key, code, idempotencyKey: 'once' })
    expect(done.activation).toMatchObject({ ended: 'released', endedAt: NOW })
    expect(await refused(() => release(authority, { named: second.id, code }))).toBe('CONFLICT')
    expect(await refused(() => release(authority, { named: license.key, code }))).toBe('CONFLICT')
    const again = await release(authority, { named: license.key, code, idempotencyKey: 'once' })
    expect(again.activation.anchor).toEqual(done.activation.anchor)
    expect(await listed()).toEqual([second.id])
    expect(await refused(() => answer(second))).toBe('CONFLICT')
  })

  test('without it only for a reason; by key where there is one, by id where there are more', async () => {
    const license = await sold(2)
    const first = ask(license, machine(1))
    const second = ask(license, machine(2))
    await answer(first)
    expect(await codeOf(() => release(authority, { named: license.key }))).toBe('USAGE')
    await answer(second)
    expect(await refused(() => release(authority, { named: license.key, reason: 'lost' }))).toBe('AMBIGUOUS')
    await release(authority, { named: first.id, reason: 'lost' })
    const { activation } = await release(authority, { named: license.key, reason: 'lost too' })
    expect(activation).toMatchObject({ ended: 'unproved', endReason: 'lost too' })
    expect(await refused(() => release(authority, { named: license.key, reason: 'again' }))).toBe('NOT_FOUND')
    expect([...(await listed())].sort()).toEqual([first.id, second.id].sort())
  })

  test('taken by the vendor, it is listed until its lease ends', async () => {
    const license = await sold(1)
    const first = ask(license, MACHINE_A)
    await answer(first, { lease: '10d' })
    const { activation } = await revokeActivation(authority, { named: first.id, reason: 'copied' })
    expect(activation).toMatchObject({ ended: 'revoked', endReason: 'copied' })
    expect(await listed()).toEqual([first.id])
    now += 10 * DAY
    expect(await listed()).toEqual([])
    expect(await refused(() => revokeActivation(authority, { named: first.id, reason: 'again' }))).toBe('CONFLICT')
    expect(await refused(() => revokeActivation(authority, { named: 'ZZZZZZZZ', reason: 'x' }))).toBe('NOT_FOUND')
  })
})

describe('what a license allows', () => {
  const REFUSALS: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    [
      'a license that is not in the ledger',
      'NOT_FOUND',
      async () => {
        const { license } = await sold(1)
        return answer(ask({ license: { ...license, cti: random(10) } } as HandedLicense, MACHINE_A))
      },
    ],
    ['a line that it does not have', 'NOT_FOUND', async () => answer(ask(await sold(1), MACHINE_A, { line: 3 }))],
    ['no activation', 'INVALID_INPUT', async () => answer(ask(await sold(1, { activation: 'none' }), MACHINE_A))],
    ['another customer', 'CUSTOMER_MISMATCH', async () => answer(ask(await sold(1), MACHINE_A), { customer: 'bo' })],
    ['a customer who is nobody', 'NOT_FOUND', async () => answer(ask(await sold(1), MACHINE_A), { customer: 'cy' })],
    [
      'a device that shows too little',
      'DEVICE_MISMATCH',
      async () => answer(ask(await sold(1), ['x', undefined, undefined, 'y', 'z'])),
    ],
    ['a lease that is none', 'INVALID_INPUT', async () => answer(ask(await sold(1), MACHINE_A), { lease: '3m' })],
    [
      'an activation that is none',
      'NOT_FOUND',
      async () => answer(ask(await sold(1), MACHINE_A), { replaces: 'ZZZZ' }),
    ],
    [
      'a clock that nobody looked at',
      'CONFIRMATION_REQUIRED',
      async () => answer(ask(await sold(1), MACHINE_A, { clock: true })),
    ],
    [
      'a license that is revoked',
      'ILLEGAL_MOVE',
      async () => {
        const license = await sold(1)
        await move(authority, 'revoke', { key: license.key, reason: 'refund' })
        return answer(ask(license, MACHINE_A))
      },
    ],
    [
      'a license that is suspended',
      'ILLEGAL_MOVE',
      async () => {
        const license = await sold(1)
        await move(authority, 'suspend', { key: license.key, reason: 'unpaid' })
        return answer(ask(license, MACHINE_A))
      },
    ],
    [
      'a license that went to somebody else',
      'ILLEGAL_MOVE',
      async () => {
        const license = await sold(1)
        await transfer(authority, { key: license.key, to: 'bo' })
        return answer(ask(license, MACHINE_A))
      },
    ],
    [
      'a license that has ended, grace and all',
      'ILLEGAL_MOVE',
      async () => {
        const license = await sold(1)
        now += 368 * DAY
        return answer(ask(license, MACHINE_A))
      },
    ],
    [
      'a line that is suspended',
      'ILLEGAL_MOVE',
      async () => {
        const license = await issue(authority, {
          customer: 'acme',
          lines: ['editor', 'viewer'].map((product) => ({ product, tier: 'basic', activation: 'required' })),
          expires: '1y',
        })
        await move(authority, 'suspend', { key: license.key, product: 'viewer', reason: 'unpaid' })
        return answer(ask(license, MACHINE_A, { line: 1 }))
      },
    ],
    [
      'a customer who was forgotten',
      'ILLEGAL_MOVE',
      async () => {
        const license = await sold(1)
        await forgetCustomer(authority, { customer: 'acme', reason: 'asked for it' })
        return answer(ask(license, MACHINE_A))
      },
    ],
  ]

  test.each(REFUSALS)('%s: %s', async (_, code, work) => {
    expect(await codeOf(work())).toBe(code)
    const rows = await authority.ledger.db.selectFrom('activations').selectAll().execute()
    expect(rows).toEqual([])
  })

  test('a device that shows too little is let in with a lease, and recorded so', async () => {
    const license = await sold(1)
    const got = await answer(ask(license, ['x', undefined, undefined, 'y', 'z']), { weakDevice: true })
    expect(got.activation).toMatchObject({ weak: true, lease: NOW + 90 * DAY })
    // It comes again, or another of its kind does: only a person can tell, and nothing is taken over silently.
    const strange = { code: 'AMBIGUOUS', hint: expect.stringMatching(`--replaces ${got.id}.*--new-place`) }
    const WEAK = ['x', undefined, undefined, 'y', 'z']
    const back = ask(license, WEAK)
    await expect(answer(back, { weakDevice: true })).rejects.toMatchObject(strange)
    expect(await refused(() => answer(back, { weakDevice: true, newPlace: true }))).toBe('SEATS_EXHAUSTED')
    expect(await answer(back, { weakDevice: true, replaces: got.id })).toMatchObject({ places: { used: 1, of: 1 } })
    expect(await held(license)).toEqual([back.id])
    expect(await listed()).toEqual([])
    // What shows more is another device, and what shows nothing is none.
    const MORE = ['x', 'disk', 'mac', 'y', 'z']
    expect(await refused(() => answer(ask(license, MORE)))).toBe('SEATS_EXHAUSTED')
    const NOTHING = Array(5).fill(undefined)
    expect(await refused(() => answer(ask(license, NOTHING), { weakDevice: true }))).toBe('DEVICE_MISMATCH')
    // One that shows enough is not weak, whatever was said.
    const strong = await answer(ask(await sold(1), MACHINE_A), { weakDevice: true })
    expect(strong.activation).toMatchObject({ weak: false, lease: null })
  })

  test('a name that the vendor gave binds a container, and comes again to the same place', async () => {
    const license = await sold(1)
    const device = namedDevice(license.license.cti, 'id', 'press-4')
    await answer(ask(license, device))
    expect(await answer(ask(license, device))).toMatchObject({ places: { used: 1, of: 1 } })
    const other = namedDevice(license.license.cti, 'hostname', 'press-4')
    expect(await refused(() => answer(ask(license, other)))).toBe('SEATS_EXHAUSTED')
  })

  test('a clock that was looked at is believed; without activation it takes no place', async () => {
    const license = await sold(1, { activation: 'none' })
    const request = ask(license, MACHINE_A, { clock: true })
    const got = await answer(request, { clockConfirmed: true })
    expect(got).toMatchObject({ places: null, clockAnswers: 1 })
    const opened = openAnswer('activation', got.bytes, { roots: authority.roots }, grantedAs(license))
    expect(opened.answer.clock).toBe(true)
    expect(await answer(request)).toMatchObject({ repeated: true, code: got.code })
    expect(await held(license)).toEqual([])
    expect(await refused(() => release(authority, { named: got.id, reason: 'x' }))).toBe('CONFLICT')
    // With activation it is the device's own place.
    const bound = await sold(1)
    await answer(ask(bound, MACHINE_A))
    const set = await answer(ask(bound, MACHINE_A, { clock: true }), { clockConfirmed: true })
    expect(set).toMatchObject({ places: { used: 1, of: 1 }, clockAnswers: 1, activation: { clock: true } })
  })

  test('details name the device; the vendor may call it otherwise', async () => {
    const license = await sold(2)
    const { asked } = ask(license, machine(1))
    const text = requestText(asked.bytes, { label: 'Press 4', machineName: 'LACK-07', os: 'Debian 12' })
    const got = await respond(authority, { asked: parseRequest(text) })
    expect(got.activation).toMatchObject({ label: 'Press 4', machineName: 'LACK-07', os: 'Debian 12' })
    const other = await respond(authority, {
      asked: parseRequest(requestText(ask(license, machine(2)).asked.bytes, { label: 'Press 5' })),
      label: 'Spare',
    })
    expect(other.activation.label).toBe('Spare')
  })

  test('a dry run works everything out and takes nothing', async () => {
    const license = await sold(1)
    const request = ask(license, MACHINE_A)
    const before = await everything(authority.ledger)
    const dry: Authority = { ...authority, dryRun: true }
    expect(await respond(dry, { asked: request.asked })).toMatchObject({ places: { used: 1, of: 1 } })
    expect(await everything(authority.ledger)).toEqual(before)
    expect(await findActivation(authority.ledger.db, request.asked.request.anchor)).toBeNull()
  })

  test('fewer devices than hold a place are refused, unless it is meant; who is there stays', async () => {
    const license = await sold(3)
    const all = [1, 2, 3].map((n) => ask(license, machine(n)))
    for (const each of all) await answer(each)
    const { key } = license
    expect(await refused(() => change(authority, { key, devices: 2 }))).toBe('SEATS_EXHAUSTED')
    expect(await refused(() => change(authority, { key, seats: 1, devices: 1 }))).toBe('SEATS_EXHAUSTED')
    await change(authority, { key, devices: 5 })
    await change(authority, { key, devices: 2, allowOver: true })
    expect((await held(license)).length).toBe(3)
    // A device that is there comes again; a new one waits until two have gone.
    await answer(ask(license, machine(1)))
    expect(await refused(() => answer(ask(license, machine(4))))).toBe('SEATS_EXHAUSTED')
    await release(authority, { named: all[1]?.id ?? '', reason: 'scrapped' })
    expect(await refused(() => answer(ask(license, machine(4))))).toBe('SEATS_EXHAUSTED')
    await release(authority, { named: all[2]?.id ?? '', reason: 'scrapped' })
    await answer(ask(license, machine(4)))
  })

  test('a renewed license keeps its places, a transferred one leaves them behind', async () => {
    const license = await sold(1)
    const first = ask(license, MACHINE_A)
    await answer(first)
    await renew(authority, { key: license.key, for: '1y' })
    expect(await held(license)).toEqual([first.id])
    const { handed } = await transfer(authority, { key: license.key, to: 'bo' })
    expect(await held(handed)).toEqual([])
    await answer(ask(handed, MACHINE_A))
  })
})

describe('five lines to type', () => {
  test('say the same as the long form, and are rebuilt by the device', async () => {
    const license = await sold(1, { tier: 'professional' })
    const request = ask(license, MACHINE_A)
    const got = await answer(request, { typed: true, lease: '30d' })
    expect(got.activation.number).toBe(1)
    const [issuer] = issuersOf(open(license.bytes), { roots: authority.roots })
    const chain = open(license.bytes).chain as Uint8Array
    expect(issuer).toBeDefined()
    const lines = got.lines?.join('\n') ?? ''
    const { candidate, signed } = openTyped(
      parseTyped(lines),
      { roots: authority.roots, certificates: [chain] },
      grantedAs(license),
      [request.asked.request],
    )
    expect(candidate.value).toMatchObject({ expires: NOW + 30 * DAY, place: 1, anchor: request.asked.request.anchor })
    const long = await answer(request)
    expect(long.repeated).toBe(true)
    expect(equal(open(splitSequence(long.bytes)[0] as Uint8Array).payload, signed.payload)).toBe(true)
    // Typed answers carry no emergency anchor.
    expect(splitSequence(long.bytes).length).toBe(1)
    expect(got.activation.emergency).toBeNull()
  })

  test('are refused by name when the site cannot know the key', async () => {
    const license = await sold(1)
    await authority.ledger.db
      .updateTable('revisions')
      .set({ signer: new Uint8Array(8) })
      .execute()
    expect(await refused(() => answer(ask(license, MACHINE_A), { typed: true }))).toBe('RIGHTS_EXCEEDED')
    await authority.ledger.transaction(rebuild)
    expect((await answer(ask(license, MACHINE_A), { typed: true })).lines?.length).toBe(5)
  })
})

test('where the tier has emergency codes, the device gets a chain of its own and the newest list', async () => {
  const license = await sold(1, { tier: 'professional' })
  await publishRevocations(authority)
  const request = ask(license, MACHINE_A)
  const got = await answer(request)
  const [activation, list, anchor, ...more] = splitSequence(decodeText(got.code))
  expect(more).toEqual([])
  const trust = { roots: authority.roots }
  openAnswer('activation', activation as Uint8Array, trust, grantedAs(license))
  expect(readRevocationList(list as Uint8Array, { ...trust, now }).number).toBe(NOW)
  const { answer: own } = openAnswer('deviceAnchor', anchor as Uint8Array, trust, grantedAs(license))
  expect(toHex(own.anchor)).toBe(toHex(request.asked.request.anchor))
  const { emergency } = await import('../../src/authority/emergency.ts')
  const given = await emergency(authority, { key: license.key, device: got.id, reason: 'night' })
  const code = given.codes[0]?.groups.join('-') ?? ''
  const subject = { cti: license.license.cti, revision: 1, releaseAnchor: request.asked.request.anchor }
  const hour = Math.floor(now / 3600)
  expect(openEmergency(code, own.chain, subject, { hour }).codeHour).toBe(hour)
})
