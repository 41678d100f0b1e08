import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readGiven, readObject } from '../../src/cli/input.ts'
import { checkOutputs, writeFiles } from '../../src/cli/output.ts'
import { encode } from '../../src/core/cbor.ts'
import { encodeArmor } from '../../src/core/codes/armor.ts'
import { encodeParts, encodeText } from '../../src/core/codes/text.ts'
import { assemble, FIELDS, protectedHeader } from '../../src/core/cose.ts'
import { qrCode } from '../../src/render/qr.ts'
import { seeded, worldIo } from '../harness/world.ts'
import { beside, jpg, photograph } from '../render/photograph.ts'

let cwd = ''
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'lic-files-'))
})
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true })
})

const world = (stdin?: Uint8Array) => {
  const { io } = worldIo({ cwd, env: {}, now: 0, random: seeded('x'), ...(stdin && { stdin }) })
  return { io, json: false, path: (given: string) => resolve(cwd, given) }
}
const code = (expected: string) => ({ code: expected })
const root = process.getuid?.() === 0

describe('writing', () => {
  test('gives the file its content and its mode, and leaves nothing beside it', async () => {
    await writeFiles(
      world(),
      [
        { path: 'a', content: 'A', mode: 0o600 },
        { path: 'b', content: new Uint8Array([1]) },
      ],
      false,
    )
    expect(readFileSync(join(cwd, 'a'), 'utf8')).toBe('A')
    expect(statSync(join(cwd, 'a')).mode & 0o777).toBe(0o600)
    expect(readdirSync(cwd).sort()).toEqual(['a', 'b'])
  })

  test('does not touch a file that exists, nor what a link points to, without --force', async () => {
    writeFileSync(join(cwd, 'a'), 'old')
    symlinkSync(join(cwd, 'nowhere'), join(cwd, 'l'))
    for (const path of ['a', 'l']) {
      await expect(
        writeFiles(
          world(),
          [
            { path: 'n', content: '' },
            { path, content: 'new' },
          ],
          false,
        ),
      ).rejects.toMatchObject(code('FILE_EXISTS'))
      await expect(checkOutputs(world(), [path], false)).rejects.toMatchObject(code('FILE_EXISTS'))
    }
    expect(readFileSync(join(cwd, 'a'), 'utf8')).toBe('old')
    expect(readdirSync(cwd).sort()).toEqual(['a', 'l'])
    await writeFiles(world(), [{ path: 'a', content: 'new' }], true)
    expect(readFileSync(join(cwd, 'a'), 'utf8')).toBe('new')
  })

  test('of several files writes all or none', async () => {
    const files = [
      { path: 'a', content: 'A' },
      { path: 'no/b', content: 'B' },
    ]
    await expect(writeFiles(world(), files, false)).rejects.toMatchObject(code('UNWRITABLE'))
    expect(readdirSync(cwd)).toEqual([])
  })

  test('says early what cannot work', async () => {
    mkdirSync(join(cwd, 'd'))
    writeFileSync(join(cwd, 'f'), '')
    for (const path of ['d', 'no/x', 'f/x']) {
      await expect(checkOutputs(world(), [path], true)).rejects.toMatchObject(code('UNWRITABLE'))
    }
    await expect(checkOutputs(world(), ['x', './x'], false)).rejects.toMatchObject(code('USAGE'))
    await expect(checkOutputs(world(), ['-', '-'], false)).rejects.toMatchObject(code('USAGE'))
    await expect(checkOutputs({ ...world(), json: true }, ['-'], false)).rejects.toMatchObject(code('USAGE'))
    await checkOutputs(world(), [undefined, '-', 'x'], false)
    expect(existsSync(join(cwd, 'x'))).toBe(false)
  })

  test('writes to a device as it is', async () => {
    await writeFiles(world(), [{ path: '/dev/null', content: 'x' }], true)
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test.runIf(existsSync('/dev/full'))('a full disk is DISK_FULL', async () => {
    await expect(writeFiles(world(), [{ path: '/dev/full', content: 'x' }], true)).rejects.toMatchObject(
      code('DISK_FULL'),
    )
  })

  test.skipIf(root)('a directory that may not be written to is UNWRITABLE', async () => {
    chmodSync(cwd, 0o500)
    await expect(checkOutputs(world(), ['x'], false)).rejects.toMatchObject(code('UNWRITABLE'))
  })
})

describe('reading an object', () => {
  // The outside of a license: what is inside, or whether the signature holds, is no matter of reading.
  const bytes = assemble({
    protected: protectedHeader('license', new Uint8Array(8)),
    payload: encode(new Map([[FIELDS, new Map([[0, 1]])]])),
    signature: new Uint8Array(64),
    chain: undefined,
  })

  test('takes it in every form, from a file and from stdin', async () => {
    const forms: Readonly<Record<string, string | Uint8Array>> = {
      raw: bytes,
      armor: `Dear customer,\r\n${encodeArmor('license', bytes)}`,
      code: ` ${encodeText(bytes).toLowerCase()}\n`,
      image: await (await qrCode(encodeText(bytes))).png(),
      powershell: new Uint8Array(Buffer.from(`\ufeff${encodeText(bytes)}\r\n`, 'utf16le')),
    }
    for (const [name, content] of Object.entries(forms)) {
      writeFileSync(join(cwd, name), content)
      expect((await readObject(world(), name)).bytes, name).toEqual(bytes)
      const stdin = typeof content === 'string' ? new TextEncoder().encode(content) : content
      expect(await readObject(world(stdin), '-'), name).toEqual({ source: 'stdin', bytes })
    }
  })

  test('takes a code on the command line, unless a file has that name', async () => {
    expect((await readObject(world(), encodeText(bytes))).bytes).toEqual(bytes)
    expect((await readObject(world(), `${encodeText(bytes)}${' '.repeat(5000)}`)).bytes).toEqual(bytes)
    expect((await readGiven(world(), 'AB-CD')).content).toEqual({ text: 'AB-CD' })
  })

  test('takes its own code from a picture that shows others too, and all parts from one', async () => {
    const show = (name: string, ...texts: readonly string[]): void =>
      writeFileSync(join(cwd, name), jpg(beside(texts.map((text) => photograph(text, { turn: 3 }))), 80))
    const whole = encodeText(bytes)
    const parts = encodeParts(bytes, 70)
    expect(parts.length).toBeGreaterThan(1)
    show('ours.jpg', 'https://example.com/', whole, 'tel:555')
    expect((await readObject(world(), 'ours.jpg')).bytes).toEqual(bytes)
    show('parts.jpg', ...parts, 'https://example.com/')
    expect((await readObject(world(), 'parts.jpg')).bytes).toEqual(bytes)
    for (const [i, part] of parts.entries()) show(`${i}.jpg`, part)
    const names = parts.map((_, i) => `${i}.jpg`).reverse()
    expect(await readObject(world(), names)).toEqual({ source: names.join(', '), bytes })
    show('two.jpg', whole, encodeText(Uint8Array.of(1, 2, 3)))
    await expect(readObject(world(), 'two.jpg')).rejects.toMatchObject(code('AMBIGUOUS'))
    show('foreign.jpg', 'https://example.com/', 'tel:555')
    await expect(readObject(world(), 'foreign.jpg')).rejects.toMatchObject(code('INVALID_INPUT'))
    await expect(readObject(world(), [])).rejects.toMatchObject(code('USAGE'))
  })

  test('names what is wrong', async () => {
    mkdirSync(join(cwd, 'd'))
    writeFileSync(join(cwd, 'note.txt'), 'hello')
    await expect(readObject(world(), 'd')).rejects.toMatchObject(code('UNREADABLE'))
    await expect(readObject(world(), 'missing.lic')).rejects.toMatchObject(code('UNREADABLE'))
    await expect(readObject(world(), 'note.txt')).rejects.toMatchObject(code('INVALID_INPUT'))
    await expect(readObject(world(new Uint8Array()), '-')).rejects.toMatchObject(code('INVALID_INPUT'))
    await expect(readObject(world(), 'a\0b')).rejects.toMatchObject(code('UNREADABLE'))
  })

  test('stops at the cap', async () => {
    await expect(readObject(world(), '/dev/zero')).rejects.toMatchObject(code('INVALID_INPUT'))
    writeFileSync(join(cwd, 'big'), new Uint8Array(1_048_577))
    await expect(readObject(world(), 'big')).rejects.toMatchObject(code('INVALID_INPUT'))
    await expect(readObject(world(new Uint8Array(10_000_001)), '-')).rejects.toMatchObject(code('INVALID_INPUT'))
  })
})
