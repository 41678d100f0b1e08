/** What the book must notice or never say: licenses it did not record, what people asked, lists that nobody would take. */

import { describe, expect, it } from 'vitest'
import { ephemeralAuthority, handOver, issue, publishRevocations } from '../../src/authority/index.ts'
import { recordOf } from '../../src/authority/record-of.ts'
import { openSigningKey } from '../../src/authority/sealing.ts'
import { signLicense } from '../../src/authority/sign-license.ts'
import { toHex } from '../../src/core/bytes.ts'
import { authenticate } from '../../src/core/verify.ts'

const START = 1_800_000_000
const YEAR = 366 * 86_400
const acme = {
  customer: 'acme',
  newCustomer: { id: 'acme', name: 'Acme' },
  lines: [{ product: 'editor', tier: 'basic' }],
}

describe('a license that the ledger did not record', () => {
  it('is an alarm, also with the key and number of one that it did', async () => {
    const authority = await ephemeralAuthority({ products: ['editor'], now: () => START })
    const { license, bytes } = await issue(authority, { ...acme, expires: '1y' })
    const known = authenticate(bytes, authority)
    expect(await recordOf(authority, known.license, known.signed)).toMatchObject({ state: 'active', revision: 1 })
    const key = await openSigningKey(authority, 'issuing')
    const [line] = license.lines.values()
    const wider = {
      ...license,
      lines: new Map([[0, { ...line, ...(line as NonNullable<typeof line>), seats: 0, devices: undefined }]]),
    }
    for (const other of [wider, { ...license, cti: Uint8Array.from([...license.cti.slice(0, 5), 1, 2, 3, 4, 5]) }]) {
      const stolen = authenticate((await signLicense(other, key, false)).bytes, authority)
      expect(await recordOf(authority, stolen.license, stolen.signed)).toMatchObject({
        refusal: { code: 'NOT_IN_LEDGER' },
      })
    }
    await authority.close()
  })
})

it('what was asked under an idempotency key stands in no event, not even as a hash that can be guessed', async () => {
  const authority = await ephemeralAuthority({ products: ['editor'], now: () => START })
  const request = { ...acme, expires: '1y', reason: 'for Jane', idempotencyKey: 'k1' }
  const first = await issue(authority, request)
  expect(handOver((await issue(authority, request)).bytes).key).toBe(first.key)
  await expect(issue(authority, { ...request, reason: 'for Joe' })).rejects.toMatchObject({ code: 'CONFLICT' })
  const { request_hash: hash } = await authority.ledger.db
    .selectFrom('idempotency_keys')
    .selectAll()
    .executeTakeFirstOrThrow()
  expect(hash).toHaveLength(32)
  const events = await authority.ledger.db.selectFrom('events').select('bytes').execute()
  for (const { bytes } of events) expect(toHex(bytes)).not.toContain(toHex(hash))
  await authority.close()
})

it('no revocation list is published that a verifier would refuse', async () => {
  let now = START
  const authority = await ephemeralAuthority({ products: ['editor'], now: () => now })
  now += 6 * YEAR
  const years = publishRevocations({ ...authority, confirmClock: async () => undefined })
  await expect(years).rejects.toMatchObject({ code: 'RIGHTS_EXCEEDED', stage: undefined })
  await authority.close()
})

it('a license that no reader would take is refused as input, before anything is recorded', async () => {
  const authority = await ephemeralAuthority({ products: ['editor'], now: () => START })
  const limits = Object.fromEntries(Array.from({ length: 260 }, (_, i) => [`l${i}`, i]))
  const many = issue(authority, { ...acme, lines: [{ product: 'editor', tier: 'basic', limits }], expires: '1y' })
  await expect(many).rejects.toMatchObject({ code: 'INVALID_INPUT', stage: undefined })
  expect(await authority.ledger.db.selectFrom('licenses').selectAll().execute()).toEqual([])
  await authority.close()
})
