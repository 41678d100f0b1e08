/**
 * A kid selects and proves nothing (FORMAT 4.2). Here it has one byte, so that keys share one as they might by an accident or
 * by somebody's effort: every candidate is tried, no wrong one is believed, and what is said of a kid is said of all.
 */

import { deflateSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner, type LocalSigner } from '../../src/authority/signer.ts'
import { LicError } from '../../src/core/errors.ts'
import { importPublicKey, kidOf } from '../../src/core/keys.ts'
import { type License, writeLicense } from '../../src/core/license.ts'
import { readRevocationList, writeRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { certified, ROOT, signed } from '../property/signing.ts'

vi.mock('../../src/core/keys.ts', async (original) => {
  const real = await original<typeof import('../../src/core/keys.ts')>()
  const short = (kid: Uint8Array): Uint8Array => Uint8Array.of(kid[0] ?? 0, 0, 0, 0, 0, 0, 0, 0)
  return {
    ...real,
    kidOf: (key: Uint8Array) => short(real.kidOf(key)),
    importPublicKey: (bytes: Uint8Array) => {
      const key = real.importPublicKey(bytes)
      return { ...key, kid: short(key.kid) }
    },
  }
})

const NOW = 1_790_000_000
const signerOf = (n: number): LocalSigner =>
  fileSigner(new Secret(Uint8Array.from({ length: 32 }, (_, i) => (i < 2 ? (n >> (8 * i)) & 255 : 0x61))))

/** Three keys whose kids begin with the same byte. */
const [A, B, LIST] = ((): LocalSigner[] => {
  const byKid = new Map<number, LocalSigner[]>()
  for (let n = 0; ; n++) {
    const signer = signerOf(n)
    const [first = 0] = kidOf(signer.publicKey)
    const same = [...(byKid.get(first) ?? []), signer]
    if (same.length === 3) return same
    byKid.set(first, same)
  }
})() as [LocalSigner, LocalSigner, LocalSigner]

const roots = [importPublicKey(ROOT.publicKey)]
const chainOf = (signer: LocalSigner, caps = {}): Uint8Array => certified({ publicKey: signer.publicKey, ...caps })
const license = (signer: LocalSigner, chain?: Uint8Array): Uint8Array => {
  const value: License = {
    issuedAt: NOW,
    expires: NOW + 86_400,
    cti: new Uint8Array(10),
    prefix: 'EDIT',
    revision: 1,
    grace: 48,
    lines: new Map([
      [0, { product: 'editor', tier: 'pro', kind: 'subscription', metric: 'seat', activation: 'none', deviceRule: 15 }],
    ]),
  }
  return signed('license', writeLicense(value), signer, chain)
}
const found = (bytes: Uint8Array, certificates: readonly Uint8Array[] = [], more = {}): string => {
  try {
    const verdict = verify(bytes, { roots, certificates, product: 'editor', now: NOW, ...more })
    return verdict.ok ? 'ok' : verdict.code
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
}

describe('keys of one kid', () => {
  it('are each tried, in whatever order they are supplied', () => {
    expect(kidOf(A.publicKey)).toEqual(kidOf(B.publicKey))
    for (const certificates of [
      [chainOf(A), chainOf(B)],
      [chainOf(B), chainOf(A)],
    ]) {
      expect([found(license(A), certificates), found(license(B), certificates)]).toEqual(['ok', 'ok'])
    }
  })

  it('do not sign for each other', () => {
    expect(found(license(A, chainOf(B)))).toBe('BAD_SIGNATURE')
    expect(found(license(A), [chainOf(B)])).toBe('BAD_SIGNATURE')
    // The rights are those of the one that signed, not of its namesake.
    const certificates = [chainOf(A, { types: [3] }), chainOf(B)]
    expect(found(license(A), certificates)).toBe('RIGHTS_EXCEEDED')
    expect(found(license(B), certificates)).toBe('ok')
  })

  it('are compromised together: what is said of a kid is said of all that have it', () => {
    const payload = writeRevocationList({
      list: 0,
      issuedAt: NOW,
      number: NOW,
      zlib: new Uint8Array(deflateSync(new Uint8Array(1))),
      compromised: [[kidOf(A.publicKey), NOW - 60, 0, new Uint8Array(32)]],
      anchors: [],
      deadEpochs: [],
    })
    const object = signed('revocationList', payload, LIST, chainOf(LIST, { types: [4], perpetual: undefined }))
    const revocations = [readRevocationList(object, { roots, now: NOW })]
    for (const signer of [A, B]) {
      expect(found(license(signer, chainOf(signer)), [], { revocations })).toBe('KEY_COMPROMISED')
    }
  })

  it('are told apart from a root of that kid, which signs no licenses', () => {
    // A root of the same kid is tried beside a certified key, and is no signer of licenses.
    const twin = { ...importPublicKey(A.publicKey), kid: kidOf(B.publicKey) }
    expect(found(license(B), [chainOf(B)], { roots: [...roots, twin] })).toBe('ok')
    expect(found(license(A), [chainOf(B)], { roots: [...roots, twin] })).toBe('RIGHTS_EXCEEDED')
  })
})
