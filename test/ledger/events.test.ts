import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { LicError } from '../../src/core/errors.ts'
import { sha256 } from '../../src/core/hash.ts'
import { leafHash } from '../../src/core/merkle.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/ledger/envelope.ts'
import { append, newestEventTime, record } from '../../src/ledger/events.ts'
import { eventsFrom, eventsOf, eventsOfLicense } from '../../src/ledger/history.ts'
import { openLedger } from '../../src/ledger/open.ts'
import { commitmentTo, textsOf } from '../../src/ledger/private-texts.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { logSize } from '../../src/ledger/sequence.ts'
import { signedObject } from '../../src/ledger/signed-objects.ts'
import { freshPlace, onServer } from '../harness/place.ts'
import { addCustomer, by, codeOf, everything, issue, KID, NOW, random, signed, stocked } from './book.ts'

const fullBook = async () => {
  const ledger = await stocked()
  await ledger.transaction(async (tx) => {
    await record(
      tx,
      {
        ...by,
        type: 'key.created',
        at: NOW,
        entity: KID,
        data: { role: 'issuing', publicKey: random(32), file: 'issuing.key' },
      },
      random,
    )
    await record(
      tx,
      {
        ...by,
        type: 'key.certified',
        at: NOW,
        entity: KID,
        data: { signer: random(8), notBefore: NOW, notAfter: NOW + 10 },
        object: signed('certificate', 2),
      },
      random,
    )
    const request = { key: 'order-1', verb: 'issue', requestHash: random(32) }
    const cti = await issue(tx, {
      products: ['viewer', 'editor'],
      more: { tags: ['b', 'a'], price: 2900, currency: 'EUR', autoRenew: false },
      event: { idempotency: request, texts: { notes: 'call before noon' } },
    })
    const indexes = await tx.selectFrom('status_indexes').select('index').execute()
    const statuses = (status: number) => indexes.map(({ index }) => ({ index, status }))
    const about = { ...by, entity: cti, brand: 'main', customer: 'c7k2m9xq' }
    const renewed = { number: 2, issuedAt: NOW + 5, expires: null, signer: KID }
    await record(
      tx,
      { ...about, type: 'license.renewed', at: NOW + 5, data: { revision: renewed }, object: signed('second') },
      random,
    )
    for (const [type, status] of [
      ['license.suspended', 2],
      ['license.reinstated', 0],
      ['license.revoked', 1],
      ['license.cancelled', 1],
    ] as const) {
      const data = { statuses: statuses(status) }
      await record(tx, { ...about, type, at: NOW + 6, data, reason: `because ${type}` }, random)
    }
    for (const number of [NOW + 7, NOW + 8]) {
      const data = { number, count: 2 }
      const object = signed(`list ${number}`, 4)
      await record(tx, { ...by, type: 'revocations.published', at: number, entity: 'lic:list:0', data, object }, random)
    }
  })
  return ledger
}

describe('the log', () => {
  test('events take places in order and without gaps, and the leaf is the hash of the bytes', async () => {
    const ledger = await fullBook()
    const events = await eventsFrom(ledger.db, 0, 100)
    expect(events.map((event) => event.place)).toEqual(events.map((_, i) => i))
    expect(await logSize(ledger.db)).toBe(events.length)
    for (const event of events) {
      expect(event.leaf).toEqual(leafHash(event.bytes))
      expect(event.leaf).toEqual(sha256(Uint8Array.of(0, ...event.bytes)))
    }
    expect(await newestEventTime(ledger.db)).toBe(NOW + 8)
  })

  test('an empty ledger has no newest event', async () => {
    const ledger = await openLedger({ file: await freshPlace(), create: true })
    expect(await newestEventTime(ledger.db)).toBeNull()
    expect(await logSize(ledger.db)).toBe(0)
  })

  test('the envelope survives its bytes', async () => {
    const ledger = await fullBook()
    for (const event of await eventsFrom(ledger.db, 0, 100)) {
      const envelope = decodeEnvelope(event.bytes)
      expect(encodeEnvelope(envelope)).toEqual(event.bytes)
    }
    expect(await codeOf(() => decodeEnvelope(Uint8Array.of(0xa0)))).toBe('LEDGER_DAMAGED')
    expect(await codeOf(() => decodeEnvelope(Uint8Array.of(0xff)))).toBe('LEDGER_DAMAGED')
  })

  test('the database itself refuses to change or drop history', async () => {
    const ledger = await fullBook()
    for (const edit of [
      sql`update events set bytes = ${Uint8Array.of(0)} where id = 1`,
      sql`update events set place = 99 where id = 1`,
      sql`update events set place = null where id = 1`,
      sql`update events set at = at + 1`,
      sql`delete from events where id = 1`,
      sql`delete from events`,
      ...(onServer() ? [sql`truncate events cascade`] : []),
    ]) {
      expect(await codeOf(edit.execute(ledger.db))).toBe('CONFLICT')
    }
    // Nor in the transaction that records it.
    const work = ledger.transaction(async (tx) => {
      const id = await addCustomer(tx, 'x')
      const edit = sql`update events set place = 999, bytes = ${Uint8Array.of(0)} where id = ${id}`
      expect(await codeOf(edit.execute(tx))).toBe('CONFLICT')
      // A server wants the transaction to end here.
      throw new LicError('INTERRUPTED', 'undone')
    })
    expect(await codeOf(work)).toBe('INTERRUPTED')
  })

  test('an event that fails leaves nothing', async () => {
    const ledger = await stocked()
    const before = await everything(ledger)
    const failing = ledger.transaction(async (tx) => {
      await addCustomer(tx, 'new', { name: 'New' })
      await addCustomer(tx, 'c7k2m9xq')
    })
    expect(await codeOf(failing)).toBe('CONFLICT')
    expect(await everything(ledger)).toEqual(before)
  })

  test('something that does not exist cannot change', async () => {
    const ledger = await stocked()
    const moved = ledger.transaction((tx) =>
      record(tx, { ...by, type: 'license.revoked', at: NOW, entity: random(10), data: { statuses: [] } }, random),
    )
    expect(await codeOf(moved)).toBe('NOT_FOUND')
  })
})

describe('personal data', () => {
  test('stands beside the log, never in it', async () => {
    const ledger = await fullBook()
    const events = await ledger.db.selectFrom('events').select('bytes').execute()
    const log = Buffer.concat(events.map((event) => event.bytes)).toString('latin1')
    for (const secret of ['Lovelace', 'xample.com', 'because', 'before noon']) expect(log).not.toContain(secret)
    expect(log).toContain('c7k2m9xq')
  })

  test('a commitment opens with its salt and value, and hides once they are erased', async () => {
    const ledger = await stocked()
    const rows = await ledger.db.selectFrom('private_texts').selectAll().where('customer', '=', 'c7k2m9xq').execute()
    expect(rows.map((row) => row.value).sort()).toEqual(['Ada Lovelace', 'Ada@Example.com'])
    const [added] = await eventsOf(ledger.db, 'customer', 'c7k2m9xq')
    const { texts } = decodeEnvelope(added?.bytes ?? random(1))
    for (const row of rows) {
      expect(row.salt?.length).toBe(16)
      expect(commitmentTo(row.salt ?? random(16), row.value ?? '')).toEqual(texts[row.name])
      expect((await textsOf(ledger.db, row.event)).find((text) => text.name === row.name)?.value).toBe(row.value)
    }
    await ledger.db.updateTable('private_texts').set({ salt: null, value: null }).execute()
    await ledger.transaction(rebuild)
    const [event] = await eventsOf(ledger.db, 'customer', 'c7k2m9xq')
    expect(event?.texts).toEqual({ name: null, email: null })
    expect((await ledger.db.selectFrom('customers').select('name').executeTakeFirst())?.name).toBeNull()
  })
})

describe('what was signed', () => {
  test('is found under its event, until it is erased', async () => {
    const ledger = await fullBook()
    const issued = await ledger.db.selectFrom('licenses').select(['id', 'cti']).executeTakeFirstOrThrow()
    const object = await signedObject(ledger.db, issued.id)
    expect(object).toEqual(signed(`license ${Buffer.from(issued.cti).toString('hex')}`))
    const [event] = await eventsOfLicense(ledger.db, issued.cti)
    expect(event?.object).toEqual(object.hash)
    expect(await codeOf(signedObject(ledger.db, 1))).toBe('NOT_FOUND')
    await ledger.db.updateTable('signed_objects').set({ bytes: null }).execute()
    expect(await codeOf(signedObject(ledger.db, issued.id))).toBe('NOT_FOUND')
  })
})

describe('replay', () => {
  test('rebuilding an untouched ledger changes nothing', async () => {
    const ledger = await fullBook()
    const before = await everything(ledger)
    const events = await ledger.transaction(rebuild)
    expect(events).toBe(before.events?.length)
    expect(await everything(ledger)).toEqual(before)
    for (const table of ['licenses', 'lines', 'revisions', 'status_indexes', 'keys', 'idempotency_keys', 'tiers']) {
      expect(before[table]).not.toEqual([])
    }
  })

  test('replaying every event into a fresh ledger gives the same tables', async () => {
    const ledger = await fullBook()
    const fresh = await openLedger({ file: await freshPlace(), create: true })
    await fresh.transaction(async (tx) => {
      for (const event of await eventsFrom(ledger.db, 0, 100)) {
        const object = event.object === null ? undefined : await signedObject(ledger.db, event.id)
        await append(tx, decodeEnvelope(event.bytes), event.bytes, await textsOf(ledger.db, event.id), object)
      }
    })
    const { kysely_migration: _, ...expected } = await everything(ledger)
    const { kysely_migration: __, ...replayed } = await everything(fresh)
    expect(replayed).toEqual(expected)
  })

  test('events of a later program are carried along, untouched', async () => {
    const ledger = await stocked()
    const bytes = encodeEnvelope({
      ...decodeEnvelope((await eventsFrom(ledger.db, 0, 1))[0]?.bytes ?? random(1)),
      type: 'moon.landed',
      entityKind: 99,
      entity: 'apollo',
      source: 'probe',
      data: { stage: 11, legs: [1, 2], crew: { size: 3 }, hull: random(3) },
    })
    await ledger.transaction((tx) => append(tx, decodeEnvelope(bytes), bytes, []))
    const before = await everything(ledger)
    await ledger.transaction(rebuild)
    expect(await everything(ledger)).toEqual(before)
    const event = (await eventsFrom(ledger.db, 0, 1000)).at(-1)
    expect(event).toMatchObject({ type: 'moon.landed', entityKind: 99, source: 'probe', data: { legs: [1, 2] } })
    expect(event?.bytes).toEqual(bytes)
  })
})
