/** A certificate, changed in any one field: nobody takes it, whoever it was signed by. And keys that sign what they may not. */

import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/authority/secret.ts'
import { fileSigner } from '../../src/authority/signer.ts'
import { type Certificate, readCertificate, writeCertificate } from '../../src/core/certificate.ts'
import { assemble, openArray } from '../../src/core/cose.ts'
import { LicError } from '../../src/core/errors.ts'
import { kidOf } from '../../src/core/keys.ts'
import { type License, type Line, writeLicense } from '../../src/core/license.ts'
import { readRevocationList, writeRevocationList } from '../../src/core/revocation.ts'
import { verify } from '../../src/core/verify.ts'
import { certified, ISSUING, ROOT, roots, signed } from '../property/signing.ts'

const NOW = 1_790_000_000
const YEAR = 365 * 86_400
const signerOf = (byte: number) => fileSigner(new Secret(new Uint8Array(32).fill(byte)))
const [LIST, RUNNER] = [signerOf(0x61), signerOf(0x62)]

const LINE: Line = {
  product: 'editor',
  tier: 'pro',
  kind: 'subscription',
  metric: 'seat',
  activation: 'none',
  deviceRule: 15,
}
const licenseOf = (own: Partial<License> = {}): License => ({
  issuedAt: NOW,
  expires: NOW + YEAR / 2,
  cti: new Uint8Array(10),
  prefix: 'EDIT',
  revision: 1,
  grace: 48,
  lines: new Map([[0, LINE]]),
  ...own,
})
const found = (bytes: Uint8Array): string => {
  try {
    const verdict = verify(bytes, { roots, product: 'editor', now: NOW, allowTest: true })
    return verdict.ok ? 'ok' : verdict.code
  } catch (error) {
    if (error instanceof LicError) return `${error.code} ${error.stage}`
    throw error
  }
}

/** Every field that a certificate of the root may have, and another value for it. */
const FULL = {
  starts: NOW - YEAR,
  expires: NOW + YEAR,
  publicKey: ISSUING.publicKey,
  types: [1, 2, 3, 7, 10],
  products: ['editor', 'viewer'],
  tiers: ['pro', 'std'],
  term: 8760,
  grace: 72,
  perpetual: undefined,
  only: 'live',
  reseller: 'Globex',
  count: 100,
  grants: undefined,
} as const satisfies Record<keyof Certificate, unknown>
const OTHER: { readonly [N in keyof Certificate]-?: readonly Certificate[N][] } = {
  starts: [FULL.starts - 1, FULL.starts + 1],
  expires: [FULL.expires + 1, FULL.expires - 1],
  publicKey: [RUNNER.publicKey],
  types: [[1], [1, 2, 3, 4, 7, 10], [1, 2, 3, 7, 10, 11]],
  products: [undefined, ['editor', 'other', 'viewer'], ['editor']],
  tiers: [undefined, ['enterprise', 'pro', 'std'], ['pro']],
  term: [undefined, 8761, 8759],
  grace: [undefined, 73],
  perpetual: [true],
  only: [undefined, 'test'],
  reseller: [undefined, 'Other'],
  count: [undefined, 101],
  grants: [new Map([[0, { line: LINE, term: 24, grace: 0 }]])],
}

describe('a certificate of the root', () => {
  const good = certified(FULL)
  const license = (chain: Uint8Array) => signed('license', writeLicense(licenseOf()), ISSUING, chain)

  it('stands as it was signed', () => expect(found(license(good))).toBe('ok'))

  it.each(
    Object.entries(OTHER).flatMap(([field, values]) =>
      values.map((value, i) => [`${field} ${i}`, field, value] as const),
    ),
  )('is refused with another %s, under its old signature', (_, field, value) => {
    const object = openArray(good)
    const changed = { ...readCertificate(object), [field]: value } as Certificate
    const forged = assemble({ ...object, payload: writeCertificate(changed) }, { tagged: false })
    const signer = field === 'publicKey' ? RUNNER : ISSUING
    expect(found(signed('license', writeLicense(licenseOf()), signer, forged))).toBe('BAD_SIGNATURE chain')
  })

  it('caps what its key signs, field by field', () => {
    const over: readonly (readonly [Partial<License>, string])[] = [
      [{ lines: new Map([[0, { ...LINE, product: 'other' }]]) }, 'RIGHTS_EXCEEDED rights'],
      [{ lines: new Map([[0, { ...LINE, tier: 'enterprise' }]]) }, 'RIGHTS_EXCEEDED rights'],
      [{ lines: new Map([[0, { ...LINE, ladder: ['free'] }]]) }, 'RIGHTS_EXCEEDED rights'],
      [{ expires: NOW + YEAR + 1 }, 'RIGHTS_EXCEEDED rights'],
      [{ expires: undefined }, 'RIGHTS_EXCEEDED rights'],
      [{ grace: 73 }, 'RIGHTS_EXCEEDED rights'],
      [{ test: true }, 'RIGHTS_EXCEEDED rights'],
      [{ issuedAt: FULL.starts - 1, expires: NOW }, 'RIGHTS_EXCEEDED rights'],
      [{ issuedAt: FULL.expires + 1, expires: FULL.expires + 3600 }, 'RIGHTS_EXCEEDED time'],
    ]
    for (const [own, code] of over) {
      expect(found(signed('license', writeLicense(licenseOf(own)), ISSUING, good)), JSON.stringify(own)).toBe(code)
    }
  })
})

describe('a key signs what its certificate names, and nothing else', () => {
  const list = writeRevocationList({
    list: 0,
    issuedAt: NOW,
    number: NOW,
    zlib: new Uint8Array(deflateSync(new Uint8Array(1))),
    compromised: [],
    anchors: [],
    deadEpochs: [],
  })
  const listed = (bytes: Uint8Array): string => {
    try {
      readRevocationList(bytes, { roots, now: NOW })
      return 'ok'
    } catch (error) {
      if (error instanceof LicError) return error.code
      throw error
    }
  }
  const listChain = certified({ publicKey: LIST.publicKey, types: [4], perpetual: undefined })

  it('an issuing key signs no list, a list key no license, the root neither', () => {
    expect(listed(signed('revocationList', list, LIST, listChain))).toBe('ok')
    expect(listed(signed('revocationList', list, ISSUING, certified()))).toBe('RIGHTS_EXCEEDED')
    expect(listed(signed('revocationList', list, ROOT))).toBe('RIGHTS_EXCEEDED')
    const license = writeLicense(licenseOf())
    expect(found(signed('license', license, LIST, listChain))).toBe('RIGHTS_EXCEEDED rights')
    expect(found(signed('license', license, ROOT))).toBe('RIGHTS_EXCEEDED rights')
  })

  it('no key certifies itself another, and a list key none at all', () => {
    const payload = (signer: typeof LIST) =>
      writeCertificate({ starts: 0, expires: NOW + YEAR, publicKey: signer.publicKey, types: [1] })
    for (const [by, chain] of [
      [LIST, listChain],
      [ISSUING, certified()],
      [ISSUING, certified({ types: [1, 3] })],
    ] as const) {
      const inner = signed('certificate', payload(RUNNER), by, chain).subarray(1)
      expect(found(signed('license', writeLicense(licenseOf()), RUNNER, inner))).toMatch(/^RIGHTS_EXCEEDED chain/)
    }
  })

  it('is found by the kid of its own certificate alone', () => {
    expect(kidOf(LIST.publicKey)).not.toEqual(kidOf(ISSUING.publicKey))
    expect(found(signed('license', writeLicense(licenseOf()), RUNNER, certified()))).toBe('UNKNOWN_KEY chain')
  })
})
