/** Keys in use, one after the other: rotated, retired, compromised, lifted; and what is verified on public keys all the while. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addCustomer } from '../../src/authority/add-customer.ts'
import { type Authority, write } from '../../src/authority/authority.ts'
import { compromiseKey } from '../../src/authority/compromise-key.ts'
import { createKey } from '../../src/authority/create-key.ts'
import { emergency } from '../../src/authority/emergency.ts'
import { renewTyped } from '../../src/authority/extend.ts'
import type { HandedLicense } from '../../src/authority/hand-over.ts'
import { type EphemeralAuthority, ephemeralAuthority, issue, renew } from '../../src/authority/index.ts'
import { publishRevocations } from '../../src/authority/publish-revocations.ts'
import { publishTrust } from '../../src/authority/publish-trust.ts'
import { openForReissue, reissueAll } from '../../src/authority/reissue.ts'
import { respond } from '../../src/authority/respond.ts'
import { retireKey } from '../../src/authority/retire-key.ts'
import { rotateKey } from '../../src/authority/rotate-key.ts'
import { planRotation } from '../../src/authority/rotation-plan.ts'
import { toHex } from '../../src/core/bytes.ts'
import { open, splitSequence } from '../../src/core/cose.ts'
import { machineDevice } from '../../src/core/device.ts'
import { openEmergency } from '../../src/core/emergency.ts'
import { importPublicKey, type PublicKey } from '../../src/core/keys.ts'
import { releaseAnchor, releaseSecret } from '../../src/core/release.ts'
import { parseRequest, requestLines, writeRequest } from '../../src/core/request.ts'
import { type RevocationList, readRevocationList } from '../../src/core/revocation.ts'
import { readTrustBundle, type TrustBundle, withBundles, withoutLifted } from '../../src/core/trust-bundle.ts'
import { parseTyped } from '../../src/core/typed-response.ts'
import { verify } from '../../src/core/verify.ts'
import { listKeys } from '../../src/ledger/keys.ts'
import { rebuild } from '../../src/ledger/rebuild.ts'
import { codeOf, counted, DAY, everything, NOW } from '../ledger/book.ts'

let authority: EphemeralAuthority & Authority
let now: number
let seed = 0
let random = counted('rotation')

beforeEach(async () => {
  now = NOW
  random = counted(`rotation ${seed++}`)
  const made = await ephemeralAuthority({ now: () => now, random, products: ['editor'] })
  authority = { ...made, confirmClock: async () => undefined }
  await write(authority, async (tx) => {
    await addCustomer(tx, authority, { id: 'acme', name: 'Acme Ltd', brand: 'ephemeral' })
  })
})
afterEach(async () => {
  const before = await everything(authority.ledger)
  await authority.ledger.transaction(rebuild)
  expect(await everything(authority.ledger)).toEqual(before)
  await authority.close()
})

const sold = (more: { tier?: string; activation?: string } = {}): Promise<HandedLicense> =>
  issue(authority, {
    customer: 'acme',
    lines: [{ product: 'editor', tier: 'basic', devices: 9, ...more }],
    expires: '1y',
  })

const keysNow = () => listKeys(authority.ledger.db)
const signerOf = async (bytes: Uint8Array): Promise<string | null> => {
  const { kid } = open(bytes)
  return (await keysNow()).find((key) => toHex(key.kid) === toHex(kid))?.name ?? null
}
const rotate = (key: string) => rotateKey(authority, authority.room, { key })

interface Seen {
  readonly roots?: readonly PublicKey[] | undefined
  readonly lists?: readonly RevocationList[]
  readonly bundles?: readonly TrustBundle[]
  readonly installedAt?: number
}
const verdict = (bytes: Uint8Array, { roots = authority.roots, lists = [], bundles = [], installedAt }: Seen = {}) => {
  try {
    const revocations = withoutLifted(lists, bundles)
    const trust = withBundles({ roots }, bundles)
    const found = verify(bytes, { ...trust, product: 'editor', now, revocations, installedAt, activation: 'unchecked' })
    return found.ok ? 'ok' : found.code
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
const published = async (roots = authority.roots): Promise<readonly RevocationList[]> =>
  splitSequence((await publishRevocations(authority)).bytes).map((each) => readRevocationList(each, { roots, now }))
const bundled = async (input = {}, roots = authority.roots): Promise<readonly TrustBundle[]> => [
  readTrustBundle((await publishTrust(authority, input)).bytes, { roots, now }),
]

const ask = ({ license: { cti } }: HandedLicense, n = 1) => {
  const device = machineDevice(
    cti,
    ['machine', 'disk', 'mac', 'board', 'cpu'].map((each) => `${each}-${n}`),
  )
  const anchor = releaseAnchor(cti, releaseSecret(random))
  const bytes = writeRequest({ clock: false, line: 0, ctiPrefix: cti.subarray(0, 5), device, anchor })
  return { asked: parseRequest(requestLines(bytes).join('\n')) }
}

describe('an issuing key', () => {
  test('is followed by another, which signs from then on; what both signed stands', async () => {
    const before = await sold()
    const { key, plan } = await rotate('issuing')
    expect([plan.to, key.name, key.file]).toEqual(['issuing-2', 'issuing-2', 'keys/issuing-2.key'])
    const after = await sold({ tier: 'professional' })
    expect(after.license.anchor?.[0]).toBe(1)
    expect([await signerOf(before.bytes), await signerOf(after.bytes)]).toEqual(['issuing', 'issuing-2'])
    expect([verdict(before.bytes), verdict(after.bytes)]).toEqual(['ok', 'ok'])
    expect(await signerOf((await renew(authority, { key: before.key, for: '1y' })).bytes)).toBe('issuing-2')
    await retireKey(authority, { key: toHex((await keysNow())[1]?.kid ?? new Uint8Array()), force: false })
    expect([verdict(before.bytes), verdict(after.bytes)]).toEqual(['ok', 'ok'])
  })

  test('answers by typed lines as long as a site knows no other, and is not retired before', async () => {
    const license = await sold({ activation: 'required' })
    await respond(authority, { ...ask(license, 1), typed: true })
    const filed = await sold({ activation: 'required' })
    await respond(authority, ask(filed))
    await rotate('issuing')
    expect((await planRotation(authority.ledger.db, 'issuing', now)).touched).toEqual({
      licenses: 0,
      sites: 0,
      typed: 0,
    })
    const old = (await keysNow()).find(({ name }) => name === 'issuing')
    const kid = toHex(old?.kid ?? new Uint8Array())
    expect((await planRotation(authority.ledger.db, kid, now)).touched).toEqual({ licenses: 2, sites: 2, typed: 1 })
    const again = await respond(authority, { ...ask(license, 2), typed: true })
    expect(toHex(parseTyped(again.lines?.join('\n') ?? '').kidPrefix)).toBe(kid.slice(0, 6))
    const phoned = await renewTyped(authority, { key: license.key, for: '1y' })
    expect(toHex(parseTyped(phoned.lines.join('\n')).kidPrefix)).toBe(kid.slice(0, 6))
    // By file an answer is signed with the new one.
    expect(await signerOf(splitSequence((await respond(authority, ask(license, 3))).bytes)[0] as Uint8Array)).toBe(
      'issuing-2',
    )
    expect(await codeOf(retireKey(authority, { key: 'issuing', force: false }))).toBe('AMBIGUOUS')
    expect(await codeOf(retireKey(authority, { key: kid, force: false }))).toBe('CONFLICT')
    now += DAY
    await renew(authority, { key: license.key, for: '1y' })
    // The site was given a file, which holds the certificate of the new key.
    expect((await retireKey(authority, { key: kid, force: false })).typed).toBe(0)
    expect((await retireKey(authority, { key: kid, force: false })).again).toBe(true)
    const last = await respond(authority, { ...ask(license, 4), typed: true })
    expect(toHex(parseTyped(last.lines?.join('\n') ?? '').kidPrefix)).not.toBe(kid.slice(0, 6))
  })

  test('retired by force, its sites are answered by file or QR code only', async () => {
    const license = await sold({ activation: 'required' })
    await respond(authority, { ...ask(license), typed: true })
    await rotate('issuing')
    const [, old] = await keysNow()
    const key = toHex(old?.kid ?? new Uint8Array())
    expect((await retireKey(authority, { key, force: true })).typed).toBe(1)
    expect(await codeOf(respond(authority, { ...ask(license, 2), typed: true }))).toBe('RIGHTS_EXCEEDED')
    expect(await codeOf(renewTyped(authority, { key: license.key, for: '1y' }))).toBe('RIGHTS_EXCEEDED')
    expect((await respond(authority, ask(license, 2))).lines).toBeNull()
  })

  test('the last of a role is not retired unawares', async () => {
    for (const role of ['root', 'issuing', 'list', 'audit', 'emergency'])
      expect(await codeOf(retireKey(authority, { key: role, force: false }))).toBe('CONFLICT')
    await retireKey(authority, { key: 'list', force: true })
    expect(await codeOf(publishRevocations(authority))).toBe('NOT_FOUND')
    await rotate('list')
    await published()
  })

  test('one of fewer rights signs when it is asked for, and never by itself', async () => {
    const caps = { tiers: ['basic', 'free'], term: 24 * 31, only: 'live' as const }
    await createKey(authority, authority.room, { role: 'issuing', name: 'desk', caps })
    expect(await signerOf((await sold()).bytes)).toBe('issuing')
    const asDesk = { ...authority, signer: 'desk' }
    const input = { customer: 'acme', lines: [{ product: 'editor', tier: 'basic' }], expires: '30d' }
    expect(await signerOf((await issue(asDesk, input)).bytes)).toBe('desk')
    for (const wider of [{ expires: '1y' }, { test: true }, { lines: [{ product: 'editor', tier: 'enterprise' }] }])
      expect(await codeOf(issue(asDesk, { ...input, ...wider }))).toBe('RIGHTS_EXCEEDED')
    expect((await rotate('desk')).key.name).toBe('desk-2')
    expect(await codeOf(issue({ ...authority, signer: 'list' }, input))).toBe('CONFLICT')
    expect(await codeOf(createKey(authority, authority.room, { role: 'issuing', name: 'desk' }))).toBe('CONFLICT')
  })
})

describe('a root', () => {
  test('links to the next: products with the old one take what the new one certifies, and not the other way round', async () => {
    const before = await sold()
    await rotate('root')
    const after = await sold()
    const roots = (await keysNow()).flatMap(({ role, publicKey }) =>
      role === 'root' && publicKey ? [importPublicKey(publicKey)] : [],
    )
    const [old, next] = roots.map((root) => [root])
    expect(verdict(before.bytes, { roots: old })).toBe('ok')
    expect(verdict(after.bytes, { roots: old })).toBe('ok')
    expect(verdict(after.bytes, { roots: next })).toBe('ok')
    expect(verdict(before.bytes, { roots: next })).toBe('UNKNOWN_KEY')
    expect(verdict(before.bytes, { roots })).toBe('ok')
    expect((await published(old)).length).toBe(1)
    expect((await bundled({}, old))[0]?.links.length).toBe(1)
    // Two links at most: after a third rotation the first root is too far back.
    await rotate('root')
    expect(verdict((await sold()).bytes, { roots: old })).toBe('ok')
    await rotate('root')
    const far = (await sold()).bytes
    expect([verdict(far, { roots: old }), verdict(far, { roots: next })]).toEqual(['UNKNOWN_KEY', 'ok'])
  })
})

describe('the emergency secret', () => {
  const opens = (
    { license: { anchor, cti, revision } }: HandedLicense,
    code: string,
    deadEpochs: readonly number[] = [],
  ) =>
    openEmergency(
      code,
      anchor as NonNullable<typeof anchor>,
      { cti, revision },
      { hour: Math.floor(now / 3600), deadEpochs },
    )

  test('goes on in a next epoch, and older licenses are served from the older', async () => {
    const old = await sold({ tier: 'professional' })
    const { key, without } = await rotate('emergency')
    expect([key.name, key.epoch, without]).toEqual(['emergency-2', 2, []])
    now += DAY
    const fresh = await sold({ tier: 'professional' })
    expect([old, fresh].map(({ license }) => license.anchor?.[0])).toEqual([1, 2])
    for (const each of [old, fresh]) {
      const { codes } = await emergency(authority, { key: each.key, reason: 'night' })
      expect(opens(each, codes[0]?.groups.join('-') ?? '').codeHour).toBe(Math.floor(now / 3600))
    }
  })

  test('a stolen epoch is ended by the list, and its licenses hang on the next', async () => {
    const old = await sold({ tier: 'professional' })
    now += DAY
    const { codes } = await emergency(authority, { key: old.key, reason: 'night' })
    const { under } = await compromiseKey(authority, { key: 'emergency' })
    const [list] = await published()
    expect(list?.deadEpochs).toEqual([1])
    expect(() => opens(old, codes[0]?.groups.join('-') ?? '', list?.deadEpochs)).toThrow('ended by the vendor')
    expect(await codeOf(emergency(authority, { key: old.key, reason: 'night' }))).toBe('NO_EMERGENCY')
    expect(await codeOf(openForReissue(authority, under))).toBe('NO_EMERGENCY')
    expect(await codeOf(sold({ tier: 'professional' }))).toBe('NO_EMERGENCY')
    await rotate('emergency')
    const again = await reissued(under)
    expect(again.map(({ license }) => license.anchor?.[0])).toEqual([2])
    expect((await compromiseKey(authority, { key: 'emergency', epoch: 1 })).again).toBe(true)
  })
})

const reissued = async (under: Parameters<typeof reissueAll>[2]): Promise<readonly HandedLicense[]> => {
  const key = await openForReissue(authority, under)
  const done: HandedLicense[] = []
  for await (const each of reissueAll(authority, key, under)) if ('handed' in each) done.push(each.handed)
  return done
}

describe('a stolen key', () => {
  test('what was seen before the theft stands, all else is re-issued', async () => {
    const early = await sold()
    now += 10 * DAY
    const theft = now
    now += DAY
    const late = await sold()
    await rotate('issuing')
    const kid = toHex(open(early.bytes).kid)
    const { key, under } = await compromiseKey(authority, { key: kid, at: theft })
    const lists = await published()
    expect(lists[0]?.compromised.map(([each, at, size]) => [toHex(each), at, size])).toEqual([
      [kid, theft, key.tree?.size],
    ])
    expect(verdict(early.bytes, { lists })).toBe('KEY_COMPROMISED')
    expect(verdict(early.bytes, { lists, installedAt: theft - 1 })).toBe('ok')
    expect(verdict(late.bytes, { lists, installedAt: theft })).toBe('KEY_COMPROMISED')
    const fresh = await reissued(under)
    expect(fresh.map(({ key: each }) => each).sort()).toEqual([early.key, late.key].sort())
    for (const each of fresh) {
      expect([verdict(each.bytes, { lists }), await signerOf(each.bytes), each.license.revision]).toEqual([
        'ok',
        'issuing-2',
        2,
      ])
      const { issuedAt: _, revision: __, ...terms } = each.license
      const before = [early, late].find(({ key: one }) => one === each.key)
      expect({ ...terms, issuedAt: 0, revision: 0 }).toEqual({ ...before?.license, issuedAt: 0, revision: 0 })
    }
    expect(await reissued(under)).toEqual([])
  })

  test('the cut-off moves back and never forward; a bundle lifts it; the root alone does', async () => {
    const license = await sold()
    now += 10 * DAY
    await rotate('issuing')
    const key = toHex(open(license.bytes).kid)
    await compromiseKey(authority, { key, at: now - 2 * DAY })
    expect((await compromiseKey(authority, { key, at: now - 2 * DAY })).again).toBe(true)
    expect(await codeOf(compromiseKey(authority, { key, at: now - DAY }))).toBe('CONFLICT')
    expect(await codeOf(compromiseKey(authority, { key, at: now + 1 }))).toBe('INVALID_INPUT')
    expect(await codeOf(compromiseKey(authority, { key }))).toBe('USAGE')
    await compromiseKey(authority, { key, at: now - 3 * DAY })
    const lists = await published()
    expect(lists[0]?.compromised[0]?.[1]).toBe(now - 3 * DAY)
    expect(verdict(license.bytes, { lists })).toBe('KEY_COMPROMISED')
    const bundles = await bundled({ lift: [key] })
    expect(verdict(license.bytes, { lists, bundles })).toBe('ok')
    expect((await published())[0]?.compromised).toEqual([])
    expect((await bundled())[0]?.lifted.map(toHex)).toEqual([key])
    // Once more, and this time it is true.
    await compromiseKey(authority, { key, at: now })
    expect((await bundled())[0]?.lifted).toEqual([])
    expect(await codeOf(publishTrust(authority, { lift: ['issuing-2'] }))).toBe('CONFLICT')
  })

  test('an ended key signs nothing later, whatever its certificate says', async () => {
    const early = await sold()
    now += DAY
    const late = await sold()
    const bundles = await bundled({ end: [{ key: 'issuing', at: now - 1 }] })
    expect(verdict(early.bytes, { bundles })).toBe('ok')
    expect(verdict(late.bytes, { bundles })).toBe('RIGHTS_EXCEEDED')
    expect(verdict(late.bytes)).toBe('ok')
    const later = await bundled({ end: [{ key: 'issuing', at: null }] })
    expect([later[0]?.version, later[0]?.ended]).toEqual([2, []])
  })
})
