/**
 * A customer who is forgotten is in no file of the ledger any more: every text about them, every salt, every hash of what
 * was asked and every signed license is looked for byte by byte, where it was found before.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { addProduct } from '../../src/authority/add-product.ts'
import { type Authority, write } from '../../src/authority/authority.ts'
import { editCustomer } from '../../src/authority/edit-customer.ts'
import { forgetCustomer } from '../../src/authority/forget-customer.ts'
import { init } from '../../src/authority/init.ts'
import { issue } from '../../src/authority/issue.ts'
import { move } from '../../src/authority/move.ts'
import { note } from '../../src/authority/note.ts'
import { openAuthority } from '../../src/authority/open.ts'
import { recordOf } from '../../src/authority/record-of.ts'
import { release } from '../../src/authority/release.ts'
import { renew } from '../../src/authority/renew.ts'
import { respond } from '../../src/authority/respond.ts'
import { transfer } from '../../src/authority/transfer.ts'
import { parseKey } from '../../src/core/codes/license-key.ts'
import { open } from '../../src/core/cose.ts'
import { namedDevice } from '../../src/core/device.ts'
import { readLicense } from '../../src/core/license.ts'
import { releaseAnchor, releaseSecret } from '../../src/core/release.ts'
import { parseRequest, requestText, writeRequest } from '../../src/core/request.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { codeOf, counted, everything, NOW } from '../ledger/book.ts'

let home: string
let authority: Authority
const random = counted('forget')
const world = { now: () => NOW, random, actor: 'anna', brand: null } as const
const opened = (): Promise<Authority> =>
  openAuthority(home, { ...world, passphrase: async () => undefined, ledgerOptions: { busyTimeout: 50 } })

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'lic-forget-'))
  rmSync(home, { recursive: true })
  await init(
    home,
    { ...world, source: 'cli', dryRun: false },
    { name: 'Acme', passphrase: async () => undefined, logN: 4 },
  )
  authority = await opened()
  await write(authority, (tx) => addProduct(tx, authority, { slug: 'editor', name: 'Editor', brand: 'acme' }))
})
afterEach(async () => {
  await authority.ledger.close()
  rmSync(home, { recursive: true, force: true })
})

/** The ledger and what SQLite keeps beside it. */
const files = (): Buffer =>
  Buffer.concat(
    readdirSync(home)
      .filter((name) => name.startsWith('ledger.db'))
      .map((name) => readFileSync(join(home, name))),
  )

/** Those of `secrets` that a file holds; text in any case. */
const foundIn = (secrets: readonly (string | Uint8Array)[]): readonly (string | Uint8Array)[] => {
  const bytes = files()
  const text = bytes.toString('utf8').toLowerCase()
  return secrets.filter((each) =>
    typeof each === 'string' ? text.includes(each.toLowerCase()) : bytes.includes(Buffer.from(each)),
  )
}

const TEXTS = {
  name: 'Ada Lovelace',
  email: 'countess@lovelace.example',
  company: 'Analytical Engines',
  notes: 'met at the soiree',
  married: 'Augusta King',
  label: 'Ockham Park',
  note: 'prefers punched cards',
  issued: 'recommended by babbage',
  edited: 'wedding announced',
  renewed: 'wrote a kind letter',
  suspended: 'bank returned her cheque',
  licensee: 'Office of the Countess',
  device: 'Engine room, east wing',
  machine: 'ockham-engine-1',
  binding: 'ockham-press',
  released: 'the engine was dismantled',
}

/** A device is bound to her license by a name, and gives its place up. */
const activated = async (key: string): Promise<void> => {
  const { cti } = parseKey(key)
  const device = namedDevice(cti, 'id', TEXTS.binding)
  const request = { clock: false, line: 0, ctiPrefix: cti.subarray(0, 5), device }
  const bytes = writeRequest({ ...request, anchor: releaseAnchor(cti, releaseSecret(random)) })
  const details = { label: TEXTS.device, machineName: TEXTS.machine, binding: TEXTS.binding }
  const { id } = await respond(authority, { asked: parseRequest(requestText(bytes, details)) })
  await release(authority, { named: id, reason: TEXTS.released })
}

/** A customer among many, so that pages have been split and filled again; with one license that went through a lot. */
const story = async (): Promise<string> => {
  const add = (i: number) =>
    write(authority, (tx) =>
      addCustomer(tx, authority, { id: `n${i}`, name: `Neighbour ${i}`, email: `n${i}@example.com`, brand: 'acme' }),
    )
  for (let i = 0; i < 60; i++) await add(i)
  const { name, email, company, notes } = TEXTS
  const given = { id: 'ada', name, email, company, notes, country: 'GB', tags: ['vip'], brand: 'acme' }
  await write(authority, (tx) => addCustomer(tx, authority, { ...given, idempotencyKey: 'c1' }))
  const { key } = await issue(authority, {
    customer: 'ada',
    lines: [{ product: 'editor', tier: 'basic', activation: 'required' }],
    expires: '1y',
    licensee: TEXTS.licensee,
    remarks: { label: TEXTS.label, note: TEXTS.note, order: '4711' },
    reason: TEXTS.issued,
    idempotencyKey: 'i1',
  })
  for (let i = 60; i < 120; i++) await add(i)
  const married = { customer: 'ada', name: TEXTS.married, reason: TEXTS.edited, idempotencyKey: 'e1' }
  await write(authority, (tx) => editCustomer(tx, authority, married))
  await renew(authority, { key, for: '1y', reason: TEXTS.renewed })
  await activated(key)
  await move(authority, 'suspend', { key, reason: TEXTS.suspended })
  for (let i = 120; i < 180; i++) await add(i)
  return key
}

/** Everything that the files must not hold afterwards. */
const secretsOf = async (): Promise<readonly (string | Uint8Array)[]> => {
  const { db } = authority.ledger
  const rows = await db.selectFrom('private_texts').selectAll().where('customer', '=', 'ada').execute()
  const objects = await db.selectFrom('signed_objects').select('bytes').where('type', 'in', [1, 3]).execute()
  const devices = await db.selectFrom('activations').select(['device', 'request']).execute()
  const hashes = await db.selectFrom('idempotency_keys').select('request_hash').execute()
  const erased = [
    ...rows.map(({ salt }) => salt),
    ...objects.map(({ bytes }) => bytes),
    ...devices.flatMap(({ device, request }) => [device, request]),
    ...hashes.map((row) => row.request_hash),
  ]
  return [
    ...Object.values(TEXTS),
    ...rows.flatMap(({ value }) => value ?? []),
    // The salts are what keeps a commitment from being guessed; the end of a signed license is its signature.
    ...erased.flatMap((bytes) => (bytes === null ? [] : [bytes.subarray(-64)])),
  ]
}

const forget = (more: object = {}) =>
  forgetCustomer(authority, { customer: 'ada', reason: 'asked for it', withLicenses: true, ...more })

describe('lic customer forget', () => {
  test('leaves no byte of them in the files, and the log proves what it proved', async () => {
    const key = await story()
    const secrets = await secretsOf()
    expect(secrets.length).toBeGreaterThan(25)
    expect(foundIn(secrets)).toEqual(secrets)
    const before = await authority.ledger.db.selectFrom('events').select(['id', 'leaf', 'bytes']).execute()

    const { erased, clean, customer } = await forget()
    expect(clean).toBe(true)
    expect(erased).toMatchObject({ signed: 2, licenses: 1, running: [{ state: 'suspended' }] })
    expect(customer).toMatchObject({ id: 'ada', name: null, country: null, tags: [], forgottenAt: NOW })
    expect(foundIn(secrets)).toEqual([])
    // What must still be found, so that the search is known to find something.
    expect(foundIn(['neighbour 17', 'asked for it', 'ada'])).toEqual(['neighbour 17', 'asked for it', 'ada'])
    const after = await authority.ledger.db.selectFrom('events').select(['id', 'leaf', 'bytes']).execute()
    expect(after.slice(0, before.length)).toEqual(before)

    const tables = await everything(authority.ledger)
    await authority.ledger.transaction(rebuild)
    expect(await everything(authority.ledger)).toEqual(tables)
    await authority.ledger.close()
    expect(foundIn(secrets)).toEqual([])
    authority = await opened()
    expect(await codeOf(renew(authority, { key, for: '1y' }))).toBe('ILLEGAL_MOVE')
  })

  test('the license outside is known by its hash, and its state can still change', async () => {
    const given = { customer: 'ada', newCustomer: { id: 'ada', name: 'Ada' }, expires: '1y' }
    const lines = [{ product: 'editor', tier: 'basic' }]
    const { key, bytes } = await issue(authority, { ...given, lines })
    await forget()
    const signed = open(bytes)
    const granted = readLicense(signed) as Parameters<typeof recordOf>[1]
    expect(await recordOf(authority, granted, signed)).toEqual({ state: 'active', revision: 1 })
    expect((await move(authority, 'revoke', { key, reason: 'refund' })).state).toBe('revoked')
    expect(await recordOf(authority, granted, signed)).toMatchObject({ refusal: { code: 'LICENSE_REVOKED' } })
  })

  test('nothing new is written about them', async () => {
    const given = { customer: 'ada', newCustomer: { id: 'ada', name: 'Ada' }, expires: '1y' }
    const lines = [{ product: 'editor', tier: 'basic' }]
    const { key } = await issue(authority, { ...given, lines, idempotencyKey: 'i1' })
    const other = await issue(authority, { ...given, lines, customer: 'bo', newCustomer: { id: 'bo', name: 'Bo' } })
    await forget()
    const before = await everything(authority.ledger)
    expect(await codeOf(issue(authority, { ...given, lines }))).toBe('ILLEGAL_MOVE')
    expect(await codeOf(issue(authority, { ...given, lines, idempotencyKey: 'i1' }))).toBe('CONFLICT')
    expect(await codeOf(transfer(authority, { key: other.key, to: 'ada' }))).toBe('ILLEGAL_MOVE')
    expect(await codeOf(transfer(authority, { key, to: 'bo' }))).toBe('NOT_FOUND')
    expect(await codeOf(renew(authority, { key, for: '1y' }))).toBe('NOT_FOUND')
    const edited = write(authority, (tx) => editCustomer(tx, authority, { customer: 'ada', name: 'Ada' }))
    expect(await codeOf(edited)).toBe('ILLEGAL_MOVE')
    expect(await codeOf(write(authority, (tx) => note(tx, authority, { key, note: 'Ada' })))).toBe('ILLEGAL_MOVE')
    expect(await everything(authority.ledger)).toEqual(before)
  })

  test('is refused while licenses run, and a refusal or a dry run erases nothing', async () => {
    await story()
    const secrets = await secretsOf()
    const before = await everything(authority.ledger)
    expect(await codeOf(forget({ withLicenses: false }))).toBe('ILLEGAL_MOVE')
    expect(await codeOf(forget({ customer: TEXTS.email, idempotencyKey: 'f1' }))).toBe('USAGE')
    expect(await codeOf(forget({ customer: 'adda' }))).toBe('NOT_FOUND')
    expect(
      (await forgetCustomer({ ...authority, dryRun: true }, { customer: 'ada', reason: 'r', withLicenses: true }))
        .customer,
    ).toMatchObject({ name: null })
    expect(await everything(authority.ledger)).toEqual(before)
    expect(foundIn(secrets)).toEqual(secrets)
  })

  test('where somebody reads meanwhile, says that traces may be left, and takes them the next time', async () => {
    await story()
    const secrets = await secretsOf()
    const other = await opened()
    let read = (): void => undefined
    const reading = new Promise<void>((resolve) => {
      read = resolve
    })
    const snapshot = other.ledger.snapshot(async (tx) => {
      await tx.selectFrom('customers').select('id').execute()
      await reading
    })
    expect((await forget()).clean).toBe(false)
    expect(foundIn(secrets)).not.toEqual([])
    read()
    await snapshot
    await other.ledger.close()
    expect((await forget()).clean).toBe(true)
    expect(foundIn(secrets)).toEqual([])
  })

  test('the same request again is answered, and adds no event', async () => {
    await write(authority, (tx) => addCustomer(tx, authority, { id: 'ada', name: 'Ada', brand: 'acme' }))
    const first = await forget({ idempotencyKey: 'f1' })
    const count = async () => (await authority.ledger.db.selectFrom('events').select('id').execute()).length
    const events = await count()
    expect((await forget({ idempotencyKey: 'f1' })).customer).toEqual(first.customer)
    expect(await count()).toBe(events)
    expect(await codeOf(forget({ idempotencyKey: 'f1', reason: 'another' }))).toBe('CONFLICT')
  })
})
