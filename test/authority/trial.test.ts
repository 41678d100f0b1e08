/** Trials under a delegated key: their ids, the key's file, and what a key made by hand cannot be talked into. */

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { delegate } from '../../src/authority/delegate.ts'
import { type DelegatedKey, delegatedKey } from '../../src/authority/delegated-key.ts'
import { type EphemeralAuthority, ephemeralAuthority } from '../../src/authority/ephemeral.ts'
import { readKeyPem, writeKeyPem } from '../../src/authority/key-pem.ts'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner } from '../../src/authority/signer.ts'
import { checkWindow, type TrialInput, trial } from '../../src/authority/trial.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { LicError } from '../../src/core/errors.ts'
import { verify } from '../../src/core/verify.ts'
import { seeded } from '../harness/world.ts'

const NOW = 1_800_000_000
let authority: EphemeralAuthority
let key: DelegatedKey
let pem = ''
beforeAll(async () => {
  authority = await ephemeralAuthority({ products: ['editor', 'viewer'], now: () => NOW, random: seeded('trials') })
  const made = await delegate(authority, { name: 'ci', products: ['editor'], tiers: ['trial'], expires: '90d' })
  pem = writeKeyPem(made.contents)
  key = delegatedKey(readKeyPem(pem))
})
afterAll(() => authority.close())

const refusal = (work: () => unknown): LicError => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error
    throw error
  }
  throw new Error('not refused')
}
const make = (input: Partial<TrialInput> = {}, now = NOW) =>
  trial(key, { product: 'editor', ...input }, { now, random: seeded(`trial ${now}`) })

describe('license ids', () => {
  interface Vector {
    readonly name: string
    readonly kind: string
    readonly hex: string
    readonly fields: { readonly s: string; readonly key: string; readonly asked: readonly [string, string][] }
  }
  const vectors = (
    JSON.parse(readFileSync(new URL('../vectors/objects.json', import.meta.url), 'utf8')).vectors as Vector[]
  ).filter(({ kind }) => kind === 'trial id')

  test.each(vectors)('$name', ({ hex, fields: { s, key: idempotencyKey, asked } }) => {
    const own = { ...key, idSeed: new Secret(fromHex(s)) }
    const input = { ...(Object.fromEntries(asked) as unknown as TrialInput), idempotencyKey }
    expect(trial(own, input, { now: NOW, random: seeded('none') }).handed.id).toBe(hex)
  })

  test('are the same again, whatever the time, and others for whatever else is asked', () => {
    const asked: readonly Partial<TrialInput>[] = [
      {},
      { days: 3 },
      { seats: 3 },
      { devices: 3 },
      { email: 'bo@example.com' },
      { customer: 'globex' },
      { licensee: 'Bo' },
      { test: true },
    ]
    const ids = asked.map((each) => make({ ...each, idempotencyKey: 'k' }).handed.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(asked.map((each) => make({ ...each, idempotencyKey: 'k' }, NOW + 7).handed.id)).toEqual(ids)
    expect(make().handed.id).not.toBe(make({}, NOW + 1).handed.id)
    const other = { ...key, idSeed: new Secret(new Uint8Array(32).fill(7)) }
    expect(
      trial(other, { product: 'editor', idempotencyKey: 'k' }, { now: NOW, random: seeded('x') }).handed.id,
    ).not.toBe(ids[0])
  })
})

describe('what it makes', () => {
  test('verifies against the root alone', () => {
    const { handed } = make({ seats: 5, email: 'bo@example.com' })
    const verdict = verify(handed.bytes, { roots: authority.roots, product: 'editor', now: NOW + 60 })
    expect(verdict).toMatchObject({ ok: true, line: { seats: 5, devices: 5, tier: 'trial', kind: 'trial' } })
    expect(verdict.license.metadata?.get('email')).toBe('bo@example.com')
    expect(handed.bytes.length).toBeLessThanOrEqual(800)
  })

  test('ends at the last second that the grant allows, and at no later one', () => {
    const { handed } = make()
    expect(handed.license.expires).toBe(NOW + 14 * 86_400)
    expect(refusal(() => make({ days: 15 }))).toMatchObject({ code: 'RIGHTS_EXCEEDED', data: { field: 'term' } })
  })

  test('is signed in the window of its key alone', () => {
    const { expires, starts } = key.certificate
    expect(checkWindow(key, expires - 14 * 86_400 - 1)).toBeUndefined()
    expect(checkWindow(key, expires - 14 * 86_400)).toBe(expires)
    expect(checkWindow(key, expires)).toBe(expires)
    expect(refusal(() => checkWindow(key, expires + 1)).code).toBe('RIGHTS_EXCEEDED')
    expect(refusal(() => checkWindow(key, starts - 1)).code).toBe('CLOCK_SUSPECT')
    expect(refusal(() => make({}, expires + 1)).code).toBe('RIGHTS_EXCEEDED')
  })
})

describe('a delegation', () => {
  test('names the field in which it would be wider than its signer', async () => {
    const wide = { name: 'x', products: ['editor'], tiers: ['trial'], expires: '90d' }
    const field = (input: object) =>
      delegate(authority, { ...wide, ...input }).then(
        () => 'made',
        (error: LicError) => [error.code, error.stage, error.data?.field].join(' '),
      )
    expect(await field({ expires: '6y' })).toBe('RIGHTS_EXCEEDED  expires')
    expect(await field({ maxTerm: '6y' })).toBe('RIGHTS_EXCEEDED  term')
    expect(await field({})).toBe('made')
  })

  test('keeps the tier as it stood', async () => {
    const [grant] = key.grants.values()
    expect(grant).toMatchObject({ term: 336, grace: 0, line: { product: 'editor', tier: 'trial', seats: 50 } })
    expect(grant?.line.on).toContain('advanced_reporting')
  })
})

describe('the file of the key', () => {
  test('is read back as it was written', () => {
    expect(writeKeyPem(readKeyPem(pem))).toBe(pem)
  })

  test('is refused with a part missing, doubled, or of another key', () => {
    const [, seed = '', certificate = '', settings = ''] =
      /^(.*?END PRIVATE KEY-----\n)(.*?END LIC CERTIFICATE-----\n)(.*)$/s.exec(pem) ?? []
    const invalid = (text: string) => refusal(() => delegatedKey(readKeyPem(text))).code
    for (const text of [
      ...['', seed, certificate, settings, seed + certificate, seed + settings, certificate + settings],
      ...[pem + settings, pem + certificate, seed + pem],
      pem.slice(0, -60),
      seed + certificate + settings.replace(/\n[A-Za-z0-9]/, '\nA'),
    ]) {
      expect(invalid(text)).toBe('KEY_FILE_INVALID')
    }
    // Another seed under this certificate.
    const { delegation } = readKeyPem(pem)
    const seeds = { seed: new Secret(new Uint8Array(32).fill(9)), ...(delegation && { delegation }) }
    expect(refusal(() => delegatedKey(seeds)).code).toBe('KEY_FILE_INVALID')
    // Another root.
    const root = fileSigner(new Secret(new Uint8Array(32).fill(8))).publicKey
    const { seed: own } = readKeyPem(pem)
    const foreign = { ...(own && { seed: own }), ...(delegation && { delegation: { ...delegation, root } }) }
    expect(refusal(() => delegatedKey(foreign)).code).toBe('KEY_FILE_INVALID')
  })

  test('says nothing of its secrets by accident', () => {
    const contents = readKeyPem(pem)
    const told = `${JSON.stringify(contents)} ${String(contents.delegation?.idSeed)}`
    expect(told).toContain('[redacted]')
    expect(told).not.toContain(toHex(contents.delegation?.idSeed.reveal() ?? new Uint8Array(32)))
  })
})
