/** The shared vectors, whole, through the modules that they speak of. The same files serve verifiers in other languages. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { decode, encode } from '../../src/core/cbor.ts'
import { decodeArmor, encodeArmor } from '../../src/core/codes/armor.ts'
import { formatKey, maskKey, parseKey } from '../../src/core/codes/license-key.ts'
import { type CodeKind, spell } from '../../src/core/codes/spoken.ts'
import { decodeText, encodeText } from '../../src/core/codes/text.ts'
import { typedCode } from '../../src/core/codes/typed.ts'
import { isPublicKey, signatureCheck as portable } from '../../src/core/ed25519.ts'
import { linkAt } from '../../src/core/emergency.ts'
import { LicError } from '../../src/core/errors.ts'
import { importPublicKey, kidOf } from '../../src/core/keys.ts'
import { OBJECTS, type ObjectName } from '../../src/core/objects.ts'
import { readRevocationList } from '../../src/core/revocation.ts'
import { isPublicKey as isNativeKey, signatureCheck as native } from '../../src/native/ed25519.ts'
import { judge, type LicenseVector, type RevocationVector, trustOf } from '../harness/vectors.ts'

const load = <T>(name: string): (T & { name: string })[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')).vectors

const refused = (work: () => unknown): LicError => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error
    throw error
  }
  throw new Error('accepted')
}

describe('cbor', () => {
  it.each(load<{ hex: string; valid: boolean }>('cbor'))('$name', ({ hex, valid }) => {
    // Tag 18 is the envelope's (FORMAT 2.2); behind it stands an item like any other.
    const bytes = fromHex(hex.startsWith('d284') ? hex.slice(2) : hex)
    if (valid) expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes))
    else expect(refused(() => decode(bytes))).toMatchObject({ code: 'LICENSE_INVALID', stage: 'decode' })
  })
})

describe('public keys', () => {
  it.each(load<{ hex: string; valid: boolean; kid?: string }>('keys'))('$name', ({ hex, valid, kid }) => {
    for (const check of [isPublicKey, isNativeKey]) expect(check(fromHex(hex))).toBe(valid)
    if (!valid) expect(refused(() => importPublicKey(fromHex(hex))).code).toBe('INVALID_INPUT')
    else expect(toHex(importPublicKey(fromHex(hex)).kid)).toBe(kid ?? toHex(kidOf(fromHex(hex))))
  })
})

describe('signatures, portable and native', () => {
  interface Vector {
    public: string
    message: string
    signature: string
    valid: boolean
  }
  it.each(load<Vector>('signatures'))('$name', ({ public: key, message, signature, valid }) => {
    const [point, text, sig] = [key, message, signature].map(fromHex) as [Uint8Array, Uint8Array, Uint8Array]
    expect(isPublicKey(point) && portable(point)(text, sig)).toBe(valid)
    expect(isNativeKey(point) && native(point)(text, sig)).toBe(valid)
  })
})

describe('spoken codes', () => {
  interface Vector {
    kind: CodeKind
    valid: boolean
    bytes?: string
    groups?: string[]
    lines?: string[]
    prefix?: string
    masked?: string
    text: string
    wrongGroup?: number
    wrongLine?: number
    isKind?: string
  }
  it.each(load<Vector>('codes'))('$name', (vector) => {
    const { kind, valid, text } = vector
    const read = (): Uint8Array => (kind === 'key' ? parseKey(text).cti : typedCode(kind, text))
    if (!valid) {
      const error = refused(read)
      const wrong = vector.wrongGroup ?? vector.wrongLine
      if (vector.isKind) expect(error.code).toBe('CODE_KIND')
      else if (wrong !== undefined) expect((error.data as { wrong: number[] }).wrong[0]).toBe(wrong)
      else expect(['CODE_MISTYPED', 'CODE_KIND']).toContain(error.code)
      return
    }
    const bytes = fromHex(vector.bytes as string)
    expect(toHex(read())).toBe(vector.bytes)
    expect(spell(kind, bytes)).toEqual(vector.groups ?? vector.lines)
    if (vector.masked) expect(maskKey(vector.prefix as string, bytes)).toBe(vector.masked)
    if (kind === 'key' && !('input' in vector)) expect(formatKey(vector.prefix as string, bytes)).toBe(text)
  })
})

describe('text forms', () => {
  interface Vector {
    form: 'code' | 'parts' | 'armor'
    valid: boolean
    bytes?: string
    text: string | string[]
    input?: boolean
  }
  it.each(load<Vector>('text'))('$name', ({ form, valid, bytes, text, input }) => {
    const whole = Array.isArray(text) ? text.join('\n') : text
    const read = () => (form === 'armor' ? decodeArmor(whole) : decodeText(whole))
    if (!valid) {
      expect(['INVALID_INPUT', 'CODE_MISTYPED']).toContain(refused(read).code)
      return
    }
    expect(toHex(read())).toBe(bytes)
    if (input || form === 'parts') return
    const raw = fromHex(bytes as string)
    if (form === 'code') expect(encodeText(raw)).toBe(text)
    else {
      const label = /BEGIN (.*?)-----/.exec(whole)?.[1]
      const type = (Object.keys(OBJECTS) as ObjectName[]).find((name) => OBJECTS[name].label === label)
      expect(encodeArmor(type as ObjectName, raw).trim()).toBe(whole.trim())
    }
  })
})

describe('emergency chains', () => {
  interface Vector {
    valid: boolean
    epoch: number
    secret: string
    cti: string
    revision: number
    baseHour: number
    n: number
    releaseAnchor: string
    x?: Record<string, string>
  }
  it.each(load<Vector>('emergency').filter(({ x }) => x !== undefined))('$name', (vector) => {
    const { epoch, secret, cti, revision, baseHour, n, releaseAnchor, x } = vector
    const subject = { cti: fromHex(cti), revision, releaseAnchor: fromHex(releaseAnchor) }
    for (const [index, expected] of Object.entries(x ?? {})) {
      const link = linkAt({ epoch, secret: fromHex(secret) }, subject, { baseHour, length: n }, Number(index))
      expect(toHex(link)).toBe(expected)
    }
  })
})

describe('licenses', () => {
  it.each(load<LicenseVector>('licenses'))('$name', (vector) => {
    expect(judge(vector)).toMatchObject(vector.expect)
  })
})

describe('revocation lists', () => {
  it.each(load<RevocationVector>('revocations'))('$name', ({ input, trust, now, expect: expected }) => {
    const read = () => readRevocationList(fromHex(input), { ...trustOf(trust), now })
    if ('refused' in expected) expect(refused(read)).toMatchObject({ code: 'CLOCK_ROLLED_BACK', stage: 'policy' })
    else if ('throws' in expected) expect(refused(read)).toMatchObject({ code: expected.throws })
    else {
      const list = read()
      expect([list.number, list.issuedAt]).toEqual([expected.number, expected.iat])
      for (const [index, status] of expected.statuses ?? []) {
        const at = () => list.statusAt(index % 2 ** 20)
        if (status === 'refused') expect(refused(at).code).toBe('LICENSE_INVALID')
        else expect(at()).toBe(['valid', 'revoked', 'suspended'][Number(status)])
      }
    }
  })
})
