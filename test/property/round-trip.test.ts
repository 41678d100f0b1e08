/** What is written is read as the same value, and written again as the same bytes. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../src/core/bytes.ts'
import { readCertificate, writeCertificate } from '../../src/core/certificate.ts'
import { decodeArmor, encodeArmor } from '../../src/core/codes/armor.ts'
import { decodeText, encodeParts, encodeText } from '../../src/core/codes/text.ts'
import { open } from '../../src/core/cose.ts'
import { type License, readLicense, writeLicense } from '../../src/core/license.ts'
import { authenticate } from '../../src/core/verify.ts'
import { certificate, license } from './arbitrary.ts'
import { certified, ISSUING, ROOT, roots, signed } from './signing.ts'
import { size } from './size.ts'

const LARGEST = 4096 - 300

describe('licenses', () => {
  it('keep value and bytes', () => {
    fc.assert(
      fc.property(license, (value) => {
        const payload = writeLicense(value)
        fc.pre(payload.length <= LARGEST)
        const object = signed('license', payload, ISSUING)
        const read: License = readLicense(open(object))
        expect(read).toEqual(value)
        expect(toHex(writeLicense(read))).toBe(toHex(payload))
      }),
      { numRuns: size(300, 20_000) },
    )
  })

  it('are accepted from a key that may sign them', () => {
    const chain = certified()
    fc.assert(
      fc.property(license, (value) => {
        const payload = writeLicense(value)
        fc.pre(payload.length <= LARGEST)
        const genuine = authenticate(signed('license', payload, ISSUING, chain), { roots })
        expect(genuine.license.cti).toEqual(value.cti)
        expect(genuine.license.test).toBe(value.test === true)
        expect([...genuine.license.lines.keys()]).toEqual([...value.lines.keys()].sort((a, b) => a - b))
      }),
      { numRuns: size(100, 5_000) },
    )
  })
})

describe('certificates', () => {
  it('keep value and bytes', () => {
    fc.assert(
      fc.property(certificate, (value) => {
        const payload = writeCertificate(value)
        fc.pre(payload.length <= LARGEST)
        const read = readCertificate(open(signed('certificate', payload, ROOT)))
        expect(read).toEqual(value)
        expect(toHex(writeCertificate(read))).toBe(toHex(payload))
      }),
      { numRuns: size(300, 20_000) },
    )
  })
})

describe('text forms', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 600 })
  const spoilt = (text: string, seed: number): string =>
    [...text].map((symbol, i) => ((seed >> (i % 31)) & 1 ? symbol.toLowerCase() : symbol)).join('')

  it('codes, in any case, with spaces', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (value, seed) => {
        expect(decodeText(` ${spoilt(encodeText(value), seed).replace(/(.{40})/g, '$1\n')}`)).toEqual(value)
      }),
      { numRuns: size(300, 20_000) },
    )
  })

  it('parts, in any order', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 60, max: 400 }), fc.nat(), (value, longest, seed) => {
        const parts = encodeParts(value, longest)
        expect(parts.every((part) => part.length <= longest)).toBe(true)
        const turned = parts.map((_, i) => parts[(i + seed) % parts.length])
        expect(decodeText(turned.join('\n'))).toEqual(value)
      }),
      { numRuns: size(300, 20_000) },
    )
  })

  it('armor, with mail around it', () => {
    fc.assert(
      fc.property(license, fc.string(), (value, around) => {
        const payload = writeLicense(value)
        fc.pre(payload.length <= LARGEST && !around.includes('-----'))
        const object = signed('license', payload, ISSUING)
        expect(decodeArmor(`${around}\n${encodeArmor('license', object)}${around}`)).toEqual(object)
      }),
      { numRuns: size(100, 5_000) },
    )
  })
})
