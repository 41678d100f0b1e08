/** Places as the book folds them: who holds which, how each ended, what lists name, and the same again from the log alone. */

import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/core/bytes.ts'
import { machineDevice } from '../../src/core/device.ts'
import { writeRequest } from '../../src/core/request.ts'
import {
  activationBy,
  activationsOf,
  findActivation,
  listedAnchors,
  standingActivations,
} from '../../src/ledger/activations.ts'
import { hoursGivenSince } from '../../src/ledger/emergency-codes.ts'
import type { ActivationRecorded, ActivationReleased } from '../../src/ledger/event-types.ts'
import { record } from '../../src/ledger/events.ts'
import { statusAt } from '../../src/ledger/license-status.ts'
import { licenseByCti } from '../../src/ledger/licenses.ts'
import type { Ledger } from '../../src/ledger/open.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { revisionsOf } from '../../src/ledger/revisions.ts'
import { by, everything, issue, NOW, random, signed, stocked } from './book.ts'

const CUSTOMER = 'c7k2m9xq'

const anchorOf = (n: number): Uint8Array => new Uint8Array(10).fill(n)

const requestOf = (cti: Uint8Array, n: number): Uint8Array =>
  writeRequest({
    clock: false,
    line: 0,
    ctiPrefix: cti.subarray(0, 5),
    device: machineDevice(cti, ['a', 'b', 'c', 'd', 'e']),
    anchor: anchorOf(n),
  })

interface Taken {
  readonly ledger: Ledger
  readonly cti: Uint8Array
  readonly n: number
}

const take = (
  { ledger, cti, n }: Taken,
  data: Partial<ActivationRecorded> = {},
  texts: Record<string, string> = {},
): Promise<number> =>
  ledger.transaction((tx) =>
    record(
      tx,
      {
        ...by,
        type: 'activation.recorded',
        at: NOW + n,
        entity: anchorOf(n),
        activation: anchorOf(n),
        license: cti,
        line: 0,
        brand: 'main',
        customer: CUSTOMER,
        texts: { asked: toHex(requestOf(cti, n)), ...texts },
        object: signed(`activation ${n} of ${toHex(cti)}`, 3),
        data: { issuedAt: NOW + n, ...data },
      },
      random,
    ),
  )

const release = ({ ledger, cti, n }: Taken, how: ActivationReleased['how'], reason = 'broken'): Promise<number> =>
  ledger.transaction((tx) =>
    record(
      tx,
      {
        ...by,
        type: 'activation.released',
        at: NOW + 50,
        entity: anchorOf(n),
        activation: anchorOf(n),
        license: cti,
        line: 0,
        brand: 'main',
        customer: CUSTOMER,
        reason,
        data: { how },
      },
      random,
    ),
  )

const expectRebuilt = async (ledger: Ledger): Promise<void> => {
  const before = await everything(ledger)
  await ledger.transaction(rebuild)
  expect(await everything(ledger)).toEqual(before)
}

const started = async () => {
  const ledger = await stocked()
  const cti = await ledger.transaction((tx) => issue(tx, { activation: 'required' }))
  return { ledger, cti, id: (await licenseByCti(ledger.db, cti)).id }
}

const hexOf = (anchors: readonly Uint8Array[]): readonly string[] => anchors.map(toHex)

describe('places', () => {
  test('the first activation ends the waiting; an answer about the clock alone takes no place', async () => {
    const { ledger, cti, id } = await started()
    expect(statusAt(await licenseByCti(ledger.db, cti), NOW)).toBe('pending')
    await take({ ledger, cti, n: 1 }, { placeless: true, clock: true })
    expect(statusAt(await licenseByCti(ledger.db, cti), NOW)).toBe('pending')
    expect(await standingActivations(ledger.db, id, 0)).toEqual([])
    await take({ ledger, cti, n: 2 }, { lease: NOW + 900, weak: true })
    expect(await licenseByCti(ledger.db, cti)).toMatchObject({ firstActivatedAt: NOW + 2 })
    const [held] = await standingActivations(ledger.db, id, 0)
    expect(held).toMatchObject({ weak: true, clock: false, lease: NOW + 900, ended: null, activatedAt: NOW + 2 })
    expect(held?.place).toEqual(anchorOf(2))
    expect(held?.request).toEqual(requestOf(cti, 2))
    await expectRebuilt(ledger)
  })

  test('a place goes from one activation to the next; lists name what other devices lost and what was given up', async () => {
    const { ledger, cti, id } = await started()
    await take({ ledger, cti, n: 1 })
    await take({ ledger, cti, n: 2 }, { place: anchorOf(1), replaces: anchorOf(1) })
    expect(await activationBy(ledger.db, anchorOf(1))).toMatchObject({ ended: 'prolonged', replacedBy: anchorOf(2) })
    expect(hexOf(await listedAnchors(ledger.db, NOW))).toEqual([])
    await take({ ledger, cti, n: 3 }, { place: anchorOf(1), replaces: anchorOf(2), other: true })
    expect(await activationBy(ledger.db, anchorOf(2))).toMatchObject({ ended: 'replaced' })
    expect(hexOf(await listedAnchors(ledger.db, NOW))).toEqual(hexOf([anchorOf(2)]))
    expect((await standingActivations(ledger.db, id, 0)).map(({ anchor }) => anchor)).toEqual([anchorOf(3)])
    await expectRebuilt(ledger)
    await release({ ledger, cti, n: 3 }, 'released')
    expect(await standingActivations(ledger.db, id, 0)).toEqual([])
    // The one from before a re-install too: a copy of its state would open the place again.
    expect(hexOf(await listedAnchors(ledger.db, NOW))).toEqual(hexOf([1, 2, 3].map(anchorOf)))
    await expectRebuilt(ledger)
  })

  test('lists name an anchor until its lease ends, and not for a license that is gone', async () => {
    const { ledger, cti } = await started()
    await take({ ledger, cti, n: 1 }, { lease: NOW + 900 })
    await release({ ledger, cti, n: 1 }, 'revoked')
    expect(await activationBy(ledger.db, anchorOf(1))).toMatchObject({ ended: 'revoked', endReason: 'broken' })
    expect(hexOf(await listedAnchors(ledger.db, NOW + 899))).toEqual(hexOf([anchorOf(1)]))
    expect(await listedAnchors(ledger.db, NOW + 900)).toEqual([])
    const about = { ...by, at: NOW + 60, entity: cti, brand: 'main', customer: CUSTOMER } as const
    await ledger.transaction((tx) =>
      record(tx, { ...about, type: 'license.cancelled', data: { statuses: [] } }, random),
    )
    expect(await listedAnchors(ledger.db, NOW)).toEqual([])
  })

  test('the texts of a machine find its license, before and after a note', async () => {
    const { ledger, cti, id } = await started()
    await take({ ledger, cti, n: 1 }, {}, { label: 'Paint shop', machineName: 'LACK-07', os: 'Debian 12' })
    const found = async (word: string) =>
      (await ledger.db.selectFrom('words').selectAll().where('word', '=', word).execute()).map(({ license }) => license)
    expect(await found('paint')).toEqual([id])
    const note = { ...by, type: 'license.noted', at: NOW + 9, entity: cti, brand: 'main', customer: CUSTOMER } as const
    await ledger.transaction((tx) => record(tx, { ...note, data: {}, texts: { notes: 'spare machine' } }, random))
    expect(await found('paint')).toEqual([id])
    expect(await found('lack')).toEqual([id])
    expect(await found('spare')).toEqual([id])
    await expectRebuilt(ledger)
  })

  test('a customer who is forgotten leaves the place and nothing that names a machine', async () => {
    const { ledger, cti } = await started()
    const event = await take(
      { ledger, cti, n: 1 },
      {},
      { label: 'Paint shop', machineName: 'LACK-07', binding: 'lack' },
    )
    const about = { entity: anchorOf(1), activation: anchorOf(1), license: cti, line: 0, customer: CUSTOMER } as const
    const anchored = await ledger.transaction((tx) =>
      record(
        tx,
        {
          ...by,
          ...about,
          at: NOW + 2,
          type: 'activation.anchored',
          data: { revision: 1, epoch: 1, base: 500_000, n: 24 },
          object: signed('anchor', 7),
        },
        random,
      ),
    )
    expect(await findActivation(ledger.db, anchorOf(1))).toMatchObject({
      emergency: { event: anchored, revision: 1, epoch: 1, base: 500_000, n: 24 },
    })
    await ledger.transaction((tx) =>
      record(
        tx,
        {
          ...by,
          type: 'customer.forgotten',
          at: NOW + 3,
          entity: CUSTOMER,
          customer: CUSTOMER,
          brand: 'main',
          data: {},
        },
        random,
      ),
    )
    await release({ ledger, cti, n: 1 }, 'unproved', 'scrapped')
    const left = await activationBy(ledger.db, anchorOf(1))
    expect(left).toMatchObject({ label: null, machineName: null, binding: null, ended: 'unproved' })
    expect([left.device.length, left.request.length]).toEqual([0, 0])
    const objects = ledger.db.selectFrom('signed_objects').select('bytes').where('event', 'in', [event, anchored])
    expect(await objects.execute()).toEqual([{ bytes: null }, { bytes: null }])
    await expectRebuilt(ledger)
  })
})

describe('what is given for a license', () => {
  test('an hour is counted once, however often its codes are given', async () => {
    const { ledger, cti, id } = await started()
    const give = (at: number, hour: number, device?: Uint8Array) =>
      ledger.transaction((tx) =>
        record(
          tx,
          {
            ...by,
            type: 'emergency.given',
            at,
            entity: Uint8Array.of(...cti, hour & 255, ...(device ?? [])),
            license: cti,
            ...(device && { activation: device }),
            data: { hour, revisions: [1, 2] },
          },
          random,
        ),
      )
    await give(NOW, 500_000)
    await give(NOW + 1, 500_000)
    await give(NOW + 2, 500_000, anchorOf(1))
    await give(NOW + 3, 500_001)
    expect([...(await hoursGivenSince(ledger.db, id, NOW - 1))]).toEqual([500_000, 500_001])
    expect([...(await hoursGivenSince(ledger.db, id, NOW + 2))]).toEqual([500_001])
    const rows = await ledger.db.selectFrom('emergency_codes').select('given_at').execute()
    expect(rows.map(({ given_at }) => given_at).sort()).toEqual([NOW, NOW, NOW + 2, NOW + 2, NOW + 3, NOW + 3])
    await expectRebuilt(ledger)
  })

  test('a revision knows which installed one was extended to its end', async () => {
    const { ledger, cti, id } = await started()
    const about = { ...by, at: NOW + 1, entity: cti, brand: 'main', customer: CUSTOMER } as const
    const expires = NOW + 9_000_000
    await ledger.transaction(async (tx) => {
      const revision = { number: 2, issuedAt: NOW + 1, expires, signer: new Uint8Array(8) }
      await record(tx, { ...about, type: 'license.renewed', object: signed('two'), data: { revision } }, random)
      const data = { installed: 1, number: 2, expires }
      await record(tx, { ...about, type: 'license.extended', object: signed('extension', 10), data }, random)
    })
    expect((await revisionsOf(ledger.db, id)).map(({ installed }) => installed)).toEqual([null, 1])
    expect((await activationsOf(ledger.db, id)).length).toBe(0)
    await expectRebuilt(ledger)
  })
})
