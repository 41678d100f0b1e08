/**
 * The state machine of a license, pair by pair: eight situations, seven verbs. A legal move leads where it should and is
 * seen by everyone who verifies; an illegal one is refused by name and leaves no trace in the book.
 * The table is written out here a second time, on purpose: a slip in src/authority/states.ts is a difference.
 */

import { afterEach, describe, expect, test } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { type Authority, write } from '../../src/authority/authority.ts'
import { change } from '../../src/authority/change.ts'
import type { HandedLicense } from '../../src/authority/hand-over.ts'
import { type EphemeralAuthority, ephemeralAuthority, issue, move, renew } from '../../src/authority/index.ts'
import { publishRevocations } from '../../src/authority/publish-revocations.ts'
import { recordOf } from '../../src/authority/record-of.ts'
import { VERBS, type Verb } from '../../src/authority/states.ts'
import { transfer } from '../../src/authority/transfer.ts'
import { splitSequence } from '../../src/core/cose.ts'
import { type RevocationList, readRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { decodeEnvelope } from '../../src/ledger/envelope.ts'
import { statusAt } from '../../src/ledger/license-status.ts'
import { licenseByCti } from '../../src/ledger/licenses.ts'
import { commitmentTo } from '../../src/ledger/private-texts.ts'
import type { LicenseState } from '../../src/ledger/schema.ts'
import { logSize } from '../../src/ledger/sequence.ts'
import { counted, DAY, everything, NOW } from '../ledger/book.ts'

/** What the product is told: `valid`, or the code of the refusal. Nobody here asks for an activation. */
type Told = 'valid' | 'LICENSE_EXPIRED' | 'LICENSE_SUSPENDED' | 'LICENSE_REVOKED'

/** Where a license stands before the verb, and where each verb leads; null = refused. */
const TABLE = {
  //           status          renew     change    transfer      suspend      reinstate revoke     cancel
  active: { status: 'active', to: ['active', 'active', 'superseded', 'suspended', null, 'revoked', 'cancelled'] },
  pending: { status: 'pending', to: ['active', 'active', 'superseded', 'suspended', null, 'revoked', 'cancelled'] },
  // What has ended is renewed before it is changed: a revision is not signed after its own end.
  'in grace': { status: 'expired', to: ['active', null, null, 'suspended', null, 'revoked', 'cancelled'] },
  expired: { status: 'expired', to: ['active', null, null, 'suspended', null, 'revoked', 'cancelled'] },
  suspended: { status: 'suspended', to: [null, null, null, null, 'active', 'revoked', 'cancelled'] },
  revoked: { status: 'revoked', to: [null, null, null, null, 'active', null, 'cancelled'] },
  cancelled: { status: 'cancelled', to: [null, null, null, null, null, null, null] },
  superseded: { status: 'superseded', to: [null, null, null, null, null, null, null] },
} as const
type Situation = keyof typeof TABLE

const TOLD: Partial<Record<LicenseState, Told>> = {
  suspended: 'LICENSE_SUSPENDED',
  revoked: 'LICENSE_REVOKED',
  cancelled: 'LICENSE_REVOKED',
  superseded: 'LICENSE_REVOKED',
}
const IN_LEDGER: Partial<Record<LicenseState, string>> = {
  suspended: 'LICENSE_SUSPENDED',
  revoked: 'LICENSE_REVOKED',
  cancelled: 'LICENSE_CANCELLED',
  superseded: 'LICENSE_SUPERSEDED',
}

let authority: EphemeralAuthority & { readonly host: string }
let open: readonly EphemeralAuthority[] = []
let now = NOW
afterEach(async () => {
  for (const each of open) await each.close()
  open = []
})

const found = async (): Promise<void> => {
  now = NOW
  const random = counted('states')
  authority = {
    ...(await ephemeralAuthority({ products: ['editor'], now: () => now, random })),
    actor: 'anna',
    host: 'desk',
  }
  open = [...open, authority]
  await write(authority, (tx) => addCustomer(tx, authority, { id: 'bo', name: 'Bo', brand: 'ephemeral' }))
}

const issued = (activation = 'none'): Promise<HandedLicense> =>
  issue(authority, {
    customer: 'acme',
    newCustomer: { id: 'acme', name: 'Acme Ltd' },
    lines: [{ product: 'editor', tier: 'basic', activation }],
    expires: '14d',
    reason: 'order 17',
  })

/** A license of fourteen days with two of grace, brought into the situation. */
const brought = async (situation: Situation): Promise<HandedLicense> => {
  await found()
  const license = await issued(situation === 'pending' ? 'required' : 'none')
  const { key } = license
  if (situation === 'in grace') now += 15 * DAY
  if (situation === 'expired') now += 17 * DAY
  if (situation === 'suspended') await move(authority, 'suspend', { key, reason: 'invoice open' })
  if (situation === 'revoked') await move(authority, 'revoke', { key, reason: 'refund' })
  if (situation === 'cancelled') await move(authority, 'cancel', { key, reason: 'left' })
  if (situation === 'superseded') await transfer(authority, { key, to: 'bo' })
  now += 60
  return license
}

/** @returns the newest bytes of the license */
const done = async (by: Authority, verb: Verb, license: HandedLicense): Promise<HandedLicense> => {
  const input = { key: license.key, reason: `because ${verb}` }
  if (verb === 'renew') return renew(by, { ...input, for: '1y' })
  if (verb === 'change') return (await change(by, { ...input, seats: 50 })).handed
  if (verb === 'transfer') await transfer(by, { ...input, to: 'bo' })
  else await move(by, verb, input)
  return license
}

const stateOf = async ({ license }: HandedLicense): Promise<LicenseState> =>
  (await licenseByCti(authority.ledger.db, license.cti)).state

const lists = async (): Promise<readonly RevocationList[]> =>
  splitSequence((await publishRevocations(authority)).bytes).map((each) =>
    readRevocationList(each, { roots: authority.roots, now }),
  )

const told = (license: HandedLicense, revocations: readonly RevocationList[]): Told => {
  const { roots } = authority
  const verdict = verify(license.bytes, { roots, product: 'editor', now, revocations, activation: 'unchecked' })
  return verdict.ok ? 'valid' : (verdict.code as Told)
}

const toldByLedger = async (license: HandedLicense): Promise<string | undefined> => {
  const { roots } = authority
  const { license: genuine, signed } = verify(license.bytes, { roots, product: 'editor', now })
  return (await recordOf(authority, genuine, signed)).refusal?.code
}

const situations = Object.keys(TABLE) as Situation[]
const pairs = situations.flatMap((situation) =>
  VERBS.map((verb, i) => [situation, verb, TABLE[situation].to[i] ?? null] as const),
)

test('the table holds every pair', () => {
  expect(pairs.length).toBe(8 * 7)
  expect(VERBS).toEqual(['renew', 'change', 'transfer', 'suspend', 'reinstate', 'revoke', 'cancel'])
})

test.each(situations)('%s is what the ledger shows', async (situation) => {
  const license = await brought(situation)
  const row = await licenseByCti(authority.ledger.db, license.license.cti)
  expect(statusAt(row, now)).toBe(TABLE[situation].status)
})

describe('legal moves', () => {
  const legal = pairs.flatMap(([situation, verb, to]) => (to === null ? [] : [[situation, verb, to] as const]))

  test.each(legal)('%s: %s leads to %s, and everyone who verifies sees it', async (situation, verb, to) => {
    const license = await brought(situation)
    const before = await logSize(authority.ledger.db)
    const newest = await done(authority, verb, license)
    expect(await stateOf(license)).toBe(to)
    expect(await logSize(authority.ledger.db)).toBe(before + (verb === 'transfer' ? 2 : 1))
    expect(await toldByLedger(newest)).toBe(IN_LEDGER[to])
    const late = situation === 'expired' && verb !== 'renew' ? 'LICENSE_EXPIRED' : 'valid'
    expect(told(newest, await lists())).toBe(TOLD[to] ?? late)
  })

  test.each(legal)('%s: %s as a dry run says so and changes nothing', async (situation, verb, to) => {
    const license = await brought(situation)
    const before = await everything(authority.ledger)
    const dry = { ...authority, dryRun: true }
    if (verb === 'renew' || verb === 'change' || verb === 'transfer') await done(dry, verb, license)
    else expect((await move(dry, verb, { key: license.key, reason: 'only looking' })).state).toBe(to)
    expect(await everything(authority.ledger)).toEqual(before)
  })
})

describe('illegal moves', () => {
  const illegal = pairs.flatMap(([situation, verb, to]) => (to === null ? [[situation, verb] as const] : []))

  test.each(illegal)('%s: %s is refused by name and leaves no trace', async (situation, verb) => {
    const license = await brought(situation)
    const before = { size: await logSize(authority.ledger.db), tables: await everything(authority.ledger) }
    const state = await stateOf(license)
    await expect(done(authority, verb, license)).rejects.toMatchObject({ code: 'ILLEGAL_MOVE', data: { state, verb } })
    await expect(done({ ...authority, dryRun: true }, verb, license)).rejects.toMatchObject({ code: 'ILLEGAL_MOVE' })
    expect({ size: await logSize(authority.ledger.db), tables: await everything(authority.ledger) }).toEqual(before)
  })
})

describe('along the way', () => {
  test('a revocation taken back: the newest revision verifies again with a later list, also beside the old list', async () => {
    await found()
    const first = await issued()
    const second = await renew(authority, { key: first.key, for: '1y' })
    await move(authority, 'revoke', { key: first.key, reason: 'refund' })
    const revoked = await lists()
    expect(told(second, revoked)).toBe('LICENSE_REVOKED')
    now += 60
    await move(authority, 'reinstate', { key: first.key, reason: 'a mistake' })
    const again = await lists()
    expect(told(second, again)).toBe('valid')
    expect(told(second, [...again, ...revoked])).toBe('valid')
    expect(told(second, [...revoked, ...again])).toBe('valid')
    expect(await toldByLedger(second)).toBeUndefined()
  })

  test('revoke and suspend after a renewal reach every revision', async () => {
    for (const verb of ['revoke', 'suspend'] as const) {
      await found()
      const first = await issued()
      const second = await renew(authority, { key: first.key, for: '1y' })
      const third = await renew(authority, { key: first.key, for: '1y' })
      await move(authority, verb, { key: first.key, reason: 'chargeback' })
      const published = await lists()
      for (const each of [first, second, third]) {
        expect(told(each, published)).toBe(verb === 'revoke' ? 'LICENSE_REVOKED' : 'LICENSE_SUSPENDED')
      }
    }
  })

  test('suspended, revoked, reinstated, cancelled: each list says the newest', async () => {
    await found()
    const license = await issued()
    const seen: string[] = []
    for (const verb of ['suspend', 'revoke', 'reinstate', 'suspend', 'reinstate', 'revoke', 'cancel'] as const) {
      now += 1
      await move(authority, verb, { key: license.key, reason: verb })
      seen.push(told(license, await lists()))
    }
    const [suspended, revoked] = ['LICENSE_SUSPENDED', 'LICENSE_REVOKED']
    expect(seen).toEqual([suspended, revoked, 'valid', suspended, 'valid', revoked, revoked])
  })

  test('a move touches its own license only', async () => {
    await found()
    const [first, second] = [await issued(), await issued()]
    await move(authority, 'revoke', { key: first.key, reason: 'refund' })
    const published = await lists()
    expect(told(first, published)).toBe('LICENSE_REVOKED')
    expect(told(second, published)).toBe('valid')
  })

  test('a repeated request gives the first answer, whatever happened since', async () => {
    await found()
    const { key } = await issued()
    const request = { key, reason: 'refund', idempotencyKey: 'ticket 9' }
    const first = await move(authority, 'revoke', request)
    expect(await move(authority, 'revoke', request)).toEqual(first)
    await move(authority, 'reinstate', { key, reason: 'a mistake' })
    const size = await logSize(authority.ledger.db)
    expect(await move(authority, 'revoke', request)).toEqual(first)
    expect(await logSize(authority.ledger.db)).toBe(size)
    await expect(move(authority, 'suspend', request)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('every event says who, where and why: the reason committed in the log, readable beside it', async () => {
    await found()
    const license = await issued()
    await done(authority, 'renew', license)
    for (const verb of ['suspend', 'reinstate', 'revoke', 'cancel'] as const) await done(authority, verb, license)
    const { db } = authority.ledger
    const events = await db.selectFrom('events').selectAll().where('entity_id', '=', license.license.cti).execute()
    const reasons: (string | null)[] = []
    for (const { id, bytes } of events) {
      const envelope = decodeEnvelope(bytes)
      expect(envelope).toMatchObject({ actor: 'anna', host: 'desk', source: 'cli', customer: 'acme' })
      const text = await db
        .selectFrom('private_texts')
        .select(['salt', 'value'])
        .where('event', '=', id)
        .where('name', '=', 'reason')
        .executeTakeFirstOrThrow()
      expect(envelope.reason).toEqual(commitmentTo(text.salt ?? new Uint8Array(), text.value ?? ''))
      expect(Buffer.from(bytes).includes(text.value ?? '')).toBe(false)
      reasons.push(text.value)
    }
    expect(reasons).toEqual([
      'order 17',
      'because renew',
      'because suspend',
      'because reinstate',
      'because revoke',
      'because cancel',
    ])
  })

  test('without the write nothing is kept: a move that fails in its transaction changes no table', async () => {
    await found()
    const license = await issued()
    const before = await everything(authority.ledger)
    const failing = write(authority, async (tx) => {
      await tx.updateTable('licenses').set({ state: 'revoked' }).where('cti', '=', license.license.cti).execute()
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await everything(authority.ledger)).toEqual(before)
  })
})
