/** The desk of an activation page: whatever the vendor sent, in every form that it can come in, and what is no such thing. */

import { describe, expect, test } from 'vitest'
import { compromiseKey } from '../../src/authority/compromise-key.ts'
import { emergency } from '../../src/authority/emergency.ts'
import { proveLicense } from '../../src/authority/prove.ts'
import { publishTrust } from '../../src/authority/publish-trust.ts'
import { respond } from '../../src/authority/respond.ts'
import { encodeArmor } from '../../src/core/codes/armor.ts'
import { encodeParts, encodeText } from '../../src/core/codes/text.ts'
import { parseRequest } from '../../src/core/request.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import type { Gate } from '../../src/gate/index.ts'
import { isProof, provenHeads } from '../../src/proof.ts'
import { DAY, HOUR, newSite, type Site } from './site.ts'

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'taken'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
const asking = async (): Promise<{ site: Site; gate: Gate; key: string; bytes: Uint8Array }> => {
  const site = await newSite()
  const gate = await site.gate()
  const { bytes, key } = await site.issue({ expires: '1y' }, { activation: 'required' })
  return { site, gate, key, bytes }
}

describe('a license', () => {
  test.each<[string, (bytes: Uint8Array) => string | Uint8Array]>([
    ['as a file', (bytes) => bytes],
    ['as a code', encodeText],
    [
      'as a code, broken over lines',
      (bytes) =>
        encodeText(bytes)
          .replace(/(.{50})/g, '$1\r\n ')
          .toLowerCase(),
    ],
    ['as armored text with words around it', (bytes) => `Dear all,\n\n${encodeArmor('license', bytes)}\nYours\n`],
    ['as a file of armored text', (bytes) => new TextEncoder().encode(encodeArmor('license', bytes))],
    ['in parts, from several QR codes', (bytes) => encodeParts(bytes, 400).reverse().join('\n')],
  ])('%s', async (_, form) => {
    const { gate, bytes, key } = await asking()
    const taken = await gate.take(form(bytes))
    expect([taken.what, taken.current.state]).toEqual(['license', 'activation-required'])
    expect(taken.key).toBe(gate.current().license?.masked)
    expect(key).toBe(gate.current().license?.key)
  })
})

test('request and answer, as a code and as five typed lines', async () => {
  for (const typed of [false, true]) {
    const { site, gate, bytes } = await asking()
    expect(await codeOf(gate.request())).toBe('LICENSE_MISSING')
    await gate.take(bytes)
    const { lines, code, key } = await gate.request({ label: 'the till' })
    expect([lines.length, key]).toEqual([2, gate.current().license?.masked])
    // The same again until it is answered, and both forms are one request.
    expect((await gate.request()).lines).toEqual(lines)
    const asked = parseRequest(code)
    expect([asked.bytes, asked.details.label]).toEqual([parseRequest(lines.join('\n')).bytes, 'the till'])
    expect(parseRequest((await gate.request({ minimal: true })).code).details).toEqual({})
    const answer = await respond(site.authority, { asked, typed })
    // As it is copied from a terminal, and as a form sends it.
    const around = (lines: readonly string[]): string => ['place  1 of 5', ...lines, '', 'Yours', 'Ada'].join('\r\n')
    const given = around(answer.lines ?? [answer.code])
    if (answer.lines) await expectNamed(gate, answer.lines)
    expect(await gate.take(given)).toMatchObject({ what: 'activation', current: { state: 'active', open: true } })
  }
})

/** Lines that were left out or mistyped are named, with and without their numbers. */
const expectNamed = async (gate: Gate, lines: readonly string[]): Promise<void> => {
  const bare = lines.map((line) => line.replace(/^\s*\d[.:)]/, ''))
  for (const each of [lines, bare]) {
    const [first = '', second = '', ...others] = each
    const slip = second.replace(/[0-9A-Z]\s*$/, (end) => (end.startsWith('7') ? '8' : '7'))
    expect(await wrongIn(gate.take([first, ...others].join('\n')))).toEqual([2])
    expect(await wrongIn(gate.take([first, slip, ...others].join('\n')))).toEqual([2])
  }
  expect(gate.current().state).toBe('activation-required')
}
const wrongIn = async (work: Promise<unknown>): Promise<unknown> => {
  const error = await work.catch((error: unknown) => error)
  const { code, data } = error as { code?: string; data?: { wrong?: unknown } }
  return code === 'CODE_MISTYPED' ? data?.wrong : code
}

test('a list, a renewal and an emergency code', async () => {
  const { site, gate } = await asking()
  const { bytes, key } = await site.issue({ expires: '30d' })
  await gate.take(bytes)
  expect(await gate.take(await site.move('suspend', key))).toMatchObject({
    ...{ what: 'revocation-list', key: undefined },
    current: { state: 'suspended', open: false },
  })
  expect((await gate.take(await site.move('reinstate', key))).current.state).toBe('active')
  site.world.shown += 40 * DAY
  expect((await gate.refresh()).state).toBe('expired')
  const { codes } = await emergency(site.authority, { key, reason: 'a bad night' })
  const code = codes[0]?.groups.join(' ') ?? ''
  expect(await gate.take(code.toLowerCase())).toMatchObject({ what: 'emergency', current: { state: 'emergency' } })
  site.world.shown += HOUR
  expect((await gate.take((await site.renew(key)).bytes)).current.state).toBe('active')
  const bundle = await publishTrust(site.authority, {})
  expect(await gate.take(bundle.bytes)).toMatchObject({ what: 'trust-bundle', key: undefined })
})

test.each<[string, (site: Site, key: string) => string | Uint8Array, string]>([
  ['nothing', () => ' \n', 'INVALID_INPUT'],
  ['some words', () => 'please activate', 'INVALID_INPUT'],
  ['the key alone', (_, key) => key, 'CODE_KIND'],
  ['a picture that nobody read', () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 1, 2), 'LICENSE_INVALID'],
  ['a code with a slip', () => 'LIC1-ABC', 'CODE_MISTYPED'],
  ['too much', () => 'x'.repeat(3_000_000), 'INVALID_INPUT'],
  ['too many bytes', () => new Uint8Array(3_000_000), 'INVALID_INPUT'],
  ['a form without its field', () => undefined as unknown as string, 'INVALID_INPUT'],
  ['a file that nobody read', () => new File(['x'], 'a.lic') as unknown as string, 'INVALID_INPUT'],
])('%s changes nothing', async (_, given, code) => {
  const { site, gate, key, bytes } = await asking()
  await gate.take(bytes)
  expect(await codeOf(gate.take(given(site, key)))).toBe(code)
  expect(gate.current().state).toBe('activation-required')
})

test('another vendor, another product, a forged one', async () => {
  const { gate, bytes } = await asking()
  const other = await newSite()
  expect(await codeOf(gate.take((await other.issue()).bytes))).toBe('UNKNOWN_KEY')
  const forged = bytes.slice()
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  expect(await codeOf(gate.take(forged))).toBe('BAD_SIGNATURE')
  expect(gate.current().state).toBe('missing')
})

test('a proof of the log lets a license stand whose key was stolen later: here, and for who asks the verifier alone', async () => {
  const site = await newSite()
  const gate = await site.gate()
  const { bytes, key } = await site.issue()
  const other = await site.issue()
  site.world.shown += 10 * DAY
  const late = await site.issue()
  await compromiseKey(site.authority, { key: 'issuing', at: site.world.now() - 5 * DAY })
  const list = await site.lists()
  const { text } = await proveLicense(site.authority, { key })
  await gate.take(list)
  // It comes after the list, so nothing here says that it is older than the theft.
  expect((await gate.take(bytes)).current.state).toBe('key-compromised')
  expect(await codeOf(gate.take((await proveLicense(site.authority, { key: other.key })).text))).toBe('NOT_FOUND')
  expect(await codeOf(gate.take(text.replace('index ', 'index 1')))).toBe('PROOF_INVALID')
  expect(gate.current().state).toBe('key-compromised')
  // As an e-mail leaves it.
  const taken = await gate.take(`\ufeff${text.replaceAll('\n', ' \r\n')}`)
  expect([taken.what, taken.key, taken.current.state]).toEqual(['proof', gate.current().license?.masked, 'active'])
  // The same installed by somebody who looks after the machine; the proof stays.
  await site.install(bytes)
  expect(await gate.refresh()).toMatchObject({ state: 'active' })

  const roots = site.authority.roots
  const now = site.world.now()
  const revocations = [readRevocationList(list, { roots, now })]
  const compromised = revocations.flatMap((each) => each.compromised)
  const shown = { trust: { roots }, proofs: [text], compromised }
  expect(isProof(text)).toBe(true)
  const facts = { roots, now, revocations, product: 'editor' }
  expect(verify(bytes, facts)).toMatchObject({ ok: false, code: 'KEY_COMPROMISED' })
  expect(verify(bytes, { ...facts, provenIn: provenHeads(bytes, shown) })).toMatchObject({ ok: true })
  expect(() => provenHeads(late.bytes, shown)).toThrow('another license')
})
