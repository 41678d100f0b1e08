import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { describe, expect, test } from 'vitest'
import { decodeText, encodeText } from '../../src/core/codes/text.ts'
import { type QrCode, qrCode, qrTexts } from '../../src/render/qr.ts'
import { readQr } from '../../src/render/qr-read.ts'
import { certified, license, newKey, sealed } from '../threats/by-hand.ts'
import { codeOf } from './photograph.ts'

/** Rendered modules, read back from half blocks. */
const imageOf = (art: string, dark: (half: 'upper' | 'lower', cell: string) => boolean): Uint8Array => {
  const rows = art.split('\n').slice(0, -1)
  const columns = Math.max(...rows.map((row) => row.length))
  const scale = 4
  const png = new PNG({ width: columns * scale, height: rows.length * 2 * scale })
  for (let y = 0; y < png.height; y++) {
    for (let x = 0; x < png.width; x++) {
      const row = Math.floor(y / scale)
      const cell = rows[row >> 1]?.[Math.floor(x / scale)] ?? ' '
      png.data.fill(
        dark(row % 2 === 0 ? 'upper' : 'lower', cell) ? 0 : 255,
        (y * png.width + x) * 4,
        (y * png.width + x) * 4 + 3,
      )
      png.data[(y * png.width + x) * 4 + 3] = 255
    }
  }
  return new Uint8Array(PNG.sync.write(png))
}
/** The rectangles that an SVG's second path is made of, filled. */
const painted = (svg: string, side: number): Uint8Array => {
  const scale = 4
  const png = new PNG({ width: side * scale, height: side * scale })
  png.data.fill(255)
  const [, , path = ''] = svg.split(' d="')
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    const [left, width] = [Number(x) * scale, Number(run) * scale]
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      for (let at = left; at < left + width; at++)
        png.data.fill(0, (row * png.width + at) * 4, (row * png.width + at) * 4 + 3)
    }
  }
  return new Uint8Array(PNG.sync.write(png))
}
const inked = (half: 'upper' | 'lower', cell: string): boolean =>
  cell === '█' || cell === (half === 'upper' ? '▀' : '▄')

/** Characters that one version less cannot hold (ISO/IEC 18004, table 7, level M), for versions 2 to 25. */
const VERSION_STARTS = [
  21, 39, 62, 91, 123, 155, 179, 222, 263, 312, 367, 420, 484, 529, 601, 657, 735, 817, 910, 971, 1036, 1135, 1249,
  1327,
]

const present = (program: string): boolean => {
  try {
    execFileSync('which', [program])
    return true
  } catch {
    return false
  }
}

describe('what is too long for one comfortable code', () => {
  const root = newKey()
  const issuing = certified(newKey(), {}, root)
  const delegated = certified(newKey(), { types: [1] }, issuing)
  /** A license of so many bytes. */
  const sized = (bytes: number, key: typeof issuing): Uint8Array => {
    for (let length = 0; length <= 2 * 255; length++) {
      const halves = [length >> 1, length - (length >> 1)].filter((each) => each > 0)
      const metadata = new Map(halves.map((each, i) => [`note${i}`, 'x'.repeat(each)]))
      const made = sealed('license', license(metadata.size > 0 ? { metadata } : {}), key)
      if (made.length === bytes) return made
    }
    throw new Error(`no license of ${bytes} bytes`)
  }
  const versionsOf = async (bytes: Uint8Array): Promise<readonly number[]> =>
    Promise.all(qrTexts(bytes).map(async (text) => (await qrCode(text)).version))
  const last = (characters: number): number => Math.floor(((characters - 5) * 5) / 8)

  test('is split into numbered parts above version 22, and joined in any order', async () => {
    const whole = sized(last(1134), issuing)
    expect(await versionsOf(whole)).toEqual([22])
    const long = sized(last(1134) + 1, issuing)
    const texts = qrTexts(long)
    expect(texts.length).toBe(2)
    expect(texts.map((text) => text.slice(0, 9))).toEqual(['LIC1/1/2/', 'LIC1/2/2/'])
    expect(Math.max(...(await versionsOf(long)))).toBeLessThanOrEqual(22)
    expect(decodeText([...texts].reverse().join('\n'))).toEqual(long)
    const pictures = await Promise.all(texts.map(async (text) => readQr(await (await qrCode(text)).png())))
    expect(decodeText(pictures.reverse().flat().join(' '))).toEqual(long)
  })

  test('but for a license that brings two certificates along: up to version 25', async () => {
    expect(await versionsOf(sized(last(1451), delegated))).toEqual([25])
    expect((await versionsOf(sized(last(1451) + 1, delegated))).length).toBe(2)
    // Beside something else it is as anything else.
    const [one, two] = [sized(last(1134), delegated), sealed('license', license(), issuing)]
    expect((await versionsOf(Uint8Array.of(...one, ...two))).length).toBeGreaterThan(1)
  })

  test('on a terminal, as wide as that is', () => {
    const bytes = sized(600, issuing)
    expect(qrTexts(bytes, 200)).toEqual([encodeText(bytes)])
    expect(qrTexts(bytes, 80).length).toBeGreaterThan(qrTexts(bytes, 100).length)
  })
})

describe('a QR code', () => {
  test.each([[20], [145], [310], [535], [800]])('of %i bytes comes back from its PNG', async (bytes) => {
    const text = codeOf(bytes)
    expect(await readQr(await (await qrCode(text)).png())).toEqual([text])
  })

  test('stays within the versions that the sizes allow', async () => {
    const versionOf = async (bytes: number): Promise<number> => (await qrCode(codeOf(bytes))).version
    expect(await versionOf(535)).toBeLessThanOrEqual(19)
    expect(await versionOf(535 + 170)).toBeLessThanOrEqual(22)
    expect(await versionOf(800)).toBeLessThanOrEqual(25)
  })

  test('has a size that depends on the length of the text alone', async () => {
    const versions = ['0', 'A', 'Z'].map(async (symbol) => (await qrCode(`LIC1-${symbol.repeat(300)}`)).version)
    expect(new Set(await Promise.all(versions)).size).toBe(1)
  })

  test('carries other text as bytes', async () => {
    expect(await readQr(await (await qrCode('größer, 日本')).png())).toEqual(['größer, 日本'])
  })

  test('that would be too large is INVALID_INPUT', async () => {
    await expect(qrCode('A'.repeat(4_000))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('reads in the terminal, with colour and without', async () => {
    const code: QrCode = await qrCode(codeOf(310))
    const colored = code.terminal(true)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour codes are taken away
    const bare = colored.replace(/\u001b\[[\d;]*m/g, '')
    expect(bare.split('\n')[0]).toHaveLength(code.size + 8)
    expect(await readQr(imageOf(bare, inked))).toEqual([codeOf(310)])
    const onDark = code.terminal(false)
    expect(onDark).not.toContain('\u001b')
    expect(await readQr(imageOf(onDark, (half, cell) => !inked(half, cell)))).toEqual([codeOf(310)])
  })

  test.runIf(present('zbarimg'))('in the terminal is read by zbar', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lic-qr-'))
    try {
      const code = await qrCode(codeOf(310))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colour codes are taken away
      const colored = imageOf(code.terminal(true).replace(/\u001b\[[\d;]*m/g, ''), inked)
      const onDark = imageOf(code.terminal(false), (half, cell) => !inked(half, cell))
      for (const [i, image] of [colored, onDark].entries()) writeFileSync(join(folder, `${i}.png`), image)
      const read = execFileSync('zbarimg', ['-q', '--raw', join(folder, '0.png'), join(folder, '1.png')], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
      expect(read.trim().split('\n')).toEqual([codeOf(310), codeOf(310)])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.runIf(present('zbarimg'))('of every version is read by zbar, as PNG', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lic-qr-'))
    try {
      // The shortest text that needs each version, from 1 to 25.
      const texts = Array.from({ length: 25 }, (_, i) => codeOf(900).slice(0, i === 0 ? 20 : VERSION_STARTS[i - 1]))
      const codes = await Promise.all(texts.map(qrCode))
      expect(codes.map(({ version }) => version)).toEqual(texts.map((_, i) => i + 1))
      const paths = texts.map((_, i) => join(folder, `${i}.png`))
      for (const [i, code] of codes.entries()) writeFileSync(paths[i] ?? '', await code.png())
      const read = execFileSync('zbarimg', ['-q', '--raw', ...paths], { encoding: 'utf8', stdio: 'pipe' })
      expect(read.trim().split('\n')).toEqual(texts)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.runIf(present('zbarimg'))('of every version is read by zbar, as SVG', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lic-qr-'))
    try {
      const texts = Array.from({ length: 25 }, (_, i) => codeOf(900).slice(0, i === 0 ? 20 : VERSION_STARTS[i - 1]))
      const paths = texts.map((_, i) => join(folder, `${i}.png`))
      for (const [i, text] of texts.entries()) {
        const code = await qrCode(text)
        writeFileSync(paths[i] ?? '', painted(code.svg(), code.size + 8))
      }
      const read = execFileSync('zbarimg', ['-q', '--raw', ...paths], { encoding: 'utf8', stdio: 'pipe' })
      expect(read.trim().split('\n')).toEqual(texts)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('is drawn as SVG with its quiet zone', async () => {
    const code = await qrCode(codeOf(145))
    expect(code.svg()).toContain(`viewBox="0 0 ${code.size + 8} ${code.size + 8}"`)
  })
})
