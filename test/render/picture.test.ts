/** Pictures of QR codes as they come: photographs, several codes, and what was made to harm. */

import { deflateSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { isPicture, PICTURE_BYTES } from '../../src/render/picture.ts'
import { qrCode } from '../../src/render/qr.ts'
import { readQr } from '../../src/render/qr-read.ts'
import { beside, codeOf, dice, jpg, photograph, png, SIZES, TAKINGS } from './photograph.ts'

const invalid = { code: 'INVALID_INPUT' }

describe('photographs of codes, from good to bad', () => {
  const read: { name: string; right: boolean }[] = []
  beforeAll(async () => {
    let seed = 0
    for (const bytes of SIZES) {
      for (const [name, taking, quality] of TAKINGS) {
        seed += 1
        const text = codeOf(bytes)
        const picture = photograph(text, taking, seed)
        const texts = await readQr(quality === undefined ? png(picture) : jpg(picture, quality)).catch(() => [])
        // What is read is never wrong: the code has more than one check of its own.
        expect([[], [text]]).toContainEqual(texts)
        read.push({ name: `${bytes} bytes, ${name}`, right: texts.length === 1 })
      }
    }
  }, 600_000)

  test('at least 60 are taken, and 97 % of them are read', () => {
    expect(read.length).toBeGreaterThanOrEqual(60)
    const missed = read.filter(({ right }) => !right).map(({ name }) => name)
    expect(missed.length / read.length, missed.join('; ')).toBeLessThanOrEqual(0.03)
  })

  test.each([
    ['a grain that only a second look sees through', { noise: 50 }, 80],
    ['two pixels a module', { scale: 2 }, 90],
    ['light on dark', { inverted: true }, 80],
    ['a narrow border', { quiet: 1 }, 80],
  ] as const)('%s', async (_, taking, quality) => {
    expect(await readQr(jpg(photograph(codeOf(33), taking, 33), quality))).toEqual([codeOf(33)])
  })
})

describe('a picture', () => {
  test('of several codes gives all of them, each once', async () => {
    const texts = ['https://example.com/', codeOf(33), codeOf(310), codeOf(33)]
    const picture = beside(texts.map((text) => photograph(text, { turn: 5 })))
    expect([...(await readQr(jpg(picture, 80)))].sort()).toEqual([...new Set(texts)].sort())
  })

  test('is read whatever its code holds', async () => {
    for (const text of ['$(touch x); rm -rf ~', '\u001b[2J\u0007', 'größer, 日本', 'x'.repeat(2_300)]) {
      expect(await readQr(await (await qrCode(text)).png())).toEqual([text])
    }
  })

  test('without a code is INVALID_INPUT', async () => {
    const blank = { width: 50, height: 50, data: new Uint8Array(10_000).fill(255) }
    await expect(readQr(png(blank))).rejects.toMatchObject(invalid)
    await expect(readQr(jpg(blank, 60))).rejects.toMatchObject(invalid)
  })

  test('that is cut off or damaged is INVALID_INPUT, or read all the same', async () => {
    const text = 'LIC1-ABC'
    const whole = photograph(text, {})
    for (const picture of [png(whole), jpg(whole, 60)]) {
      expect(isPicture(picture)).toBe(true)
      for (const length of [4, 8, 20, 60, 200, picture.length >> 1]) {
        await expect(readQr(picture.subarray(0, length)), `${length}`).rejects.toMatchObject(invalid)
      }
      const roll = dice(7)
      for (let i = 0; i < 60; i++) {
        const bent = picture.slice()
        bent[Math.floor(roll() * (i < 30 ? 200 : bent.length))] = Math.floor(roll() * 256)
        const outcome = await readQr(bent).catch((error: unknown) => error)
        if (Array.isArray(outcome)) expect(outcome).toEqual([text])
        else expect(outcome).toMatchObject(invalid)
      }
    }
    await expect(readQr(new Uint8Array(100))).rejects.toMatchObject(invalid)
  })
})

describe('a picture that was made to fill memory or time is refused before it is unpacked', () => {
  const bytes = (...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((each) => [...each]))
  const four = (value: number): readonly number[] => [
    value >>> 24,
    (value >> 16) & 255,
    (value >> 8) & 255,
    value & 255,
  ]
  // The reader looks at no checksum that its own limits do not need.
  const chunk = (type: string, data: Uint8Array): Uint8Array =>
    bytes(four(data.length), [...Buffer.from(type)], data, [0, 0, 0, 0])
  const pngOf = (width: number, height: number, ...chunks: readonly Uint8Array[]): Uint8Array =>
    bytes(
      [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
      chunk('IHDR', bytes(four(width), four(height), [8, 0, 0, 0, 0])),
      ...chunks,
      chunk('IEND', new Uint8Array()),
    )
  const idat = (length: number): Uint8Array => chunk('IDAT', new Uint8Array(deflateSync(new Uint8Array(length))))
  const jpegOf = (width: number, height: number, scans = 1): Uint8Array =>
    bytes(
      [0xff, 0xd8, 0xff, 0xc2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0],
      ...Array.from({ length: scans }, () => [0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]),
      [0xff, 0xd9],
    )

  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a PNG of 100 megapixels', pngOf(10_000, 10_000, idat(1_000)), /10000 x 10000/],
    ['a PNG wider than numbers go', pngOf(0xffffffff, 0xffffffff, idat(10)), /4294967295/],
    ['a JPEG of 100 megapixels', jpegOf(10_000, 10_000), /10000 x 10000/],
    ['a PNG that unpacks to more than it says', pngOf(100, 100, idat(5_000_000)), /more than its size/],
    [
      'a PNG of a variant that others unpack otherwise',
      pngOf(9, 9, chunk('CgBI', bytes([0, 0, 0, 0])), idat(90)),
      /telephone/,
    ],
    ['a PNG without pixels', pngOf(0, 10, idat(10)), /no pixels/],
    ['a JPEG without pixels', jpegOf(10, 0), /no pixels/],
    ['a JPEG of ten thousand scans', jpegOf(4_000, 4_000, 10_000), /10000 scans/],
    ['more bytes than a picture has', new Uint8Array(PICTURE_BYTES + 1), /bytes/],
  ]
  test.each(cases)('%s', async (_, picture, message) => {
    const before = process.memoryUsage().rss
    await expect(readQr(picture)).rejects.toMatchObject({ ...invalid, message: expect.stringMatching(message) })
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })
})
