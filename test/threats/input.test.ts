/**
 * Input that is not what it should be: cut, oversized, of another kind, or made to harm. Each is refused by its code,
 * with its exit status and a hint, quickly, and with nothing on stdout.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pngjs from 'pngjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { concat } from '../../src/core/bytes.ts'
import { encodeArmor } from '../../src/core/codes/armor.ts'
import { encodeText } from '../../src/core/codes/text.ts'
import { open } from '../../src/core/cose.ts'
import { ISSUE } from './process.ts'
import { type Handed, hiddenIn, type Room, room } from './room.ts'

let at: Room
let before: unknown
beforeAll(async () => {
  at = await room()
  const { license } = await at.data<Handed>([...ISSUE, '--out', 'a.lic'])
  await at.data(['trust', 'export', '--out', 'root.pub'])
  await at.data(['revocations', 'publish', '--out', 'list.lrl'])
  const bytes = new Uint8Array(Buffer.from(license, 'base64'))
  const list = readFileSync(join(at.dir, 'list.lrl'))
  const certificate = concat(Uint8Array.of(0xd2), open(bytes).chain ?? new Uint8Array())
  const files: Readonly<Record<string, Uint8Array | string>> = {
    empty: '',
    blank: ' \n\t\r\n',
    'half.lic': bytes.subarray(0, bytes.length >> 1),
    'one-byte': Uint8Array.of(0xd2),
    'long.lic': concat(bytes, Uint8Array.of(0)),
    certificate,
    'list.armor': encodeArmor('revocationList', list),
    'labelled-license.armor': encodeArmor('license', certificate),
    'half.txt': encodeText(bytes).slice(0, 100),
    'slip.txt': slipped(encodeText(bytes)),
    'control.txt': `${encodeText(bytes)}\u0007\u001b[31m`,
    'words.txt': 'Dear customer, here is your license.',
    elf: concat(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46]), new Uint8Array(500).fill(0xff)),
    'eleven-megabytes': new Uint8Array(11_000_000),
    'two-megabytes': new Uint8Array(2_000_000).fill(0xd2),
    nested: new Uint8Array(4000).fill(0x81),
    endless: Uint8Array.from([0xd2, 0x9f, 0x9f, 0x9f, 0x9f]),
    'huge-head': Uint8Array.from([0xd2, 0x84, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    'bomb.png': png(60_000, 60_000),
    'no-pixels.png': png(0, 0),
    'cut.png': png(300, 300),
    'empty.png': new Uint8Array(pngjs.PNG.sync.write(new pngjs.PNG({ width: 120, height: 120 }))),
    'only-signature.png': Uint8Array.from(SIGNATURE),
    'half-root.pub': readFileSync(join(at.dir, 'root.pub')).subarray(0, 60),
    'small-order.pub': pem(Uint8Array.of(1, ...new Uint8Array(31))),
    'identity.pub': pem(new Uint8Array(32)),
    'rsa.pub':
      '-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n-----END PUBLIC KEY-----\n',
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(at.dir, name), content)
  mkdirSync(join(at.dir, 'folder'))
  before = await at.state()
}, 60_000)
afterAll(() => at.remove())

/** One character of the signature is another; the last would only be padding. */
const slipped = (code: string): string => {
  const place = code.length - 10
  return `${code.slice(0, place)}${code[place] === 'A' ? 'B' : 'A'}${code.slice(place + 1)}`
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** A PNG that says it has so many pixels, and has none. */
const png = (width: number, height: number): Uint8Array => {
  const head = new DataView(new ArrayBuffer(8))
  head.setUint32(0, width)
  head.setUint32(4, height)
  const size = new Uint8Array(head.buffer)
  return concat(
    Uint8Array.from(SIGNATURE),
    Uint8Array.from([0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]),
    size,
    new Uint8Array(40),
  )
}

const pem = (publicKey: Uint8Array): string => {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey])
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`
}

const VERIFY = ['verify', 'inspect']
const INVALID = ['LICENSE_INVALID', 7] as const
const INPUT = ['INVALID_INPUT', 2] as const
const UNREADABLE = ['UNREADABLE', 2] as const

/** As a license, or as any object: what is said of it. */
const OBJECTS: readonly (readonly [string, string, number])[] = [
  ['empty', ...INPUT],
  ['blank', ...INPUT],
  ['half.lic', ...INVALID],
  ['one-byte', ...INVALID],
  ['long.lic', ...INVALID],
  ['half.txt', 'CODE_MISTYPED', 2],
  ['slip.txt', 'BAD_SIGNATURE', 7],
  ['control.txt', ...INVALID],
  ['words.txt', ...INPUT],
  ['root.pub', ...INPUT],
  ['home/keys/root.key', ...INPUT],
  ['home/keys/issuing.key', ...INPUT],
  ['home/ledger.db', ...INVALID],
  ['elf', ...INVALID],
  ['eleven-megabytes', ...INPUT],
  ['two-megabytes', ...INPUT],
  ['nested', ...INVALID],
  ['endless', ...INVALID],
  ['huge-head', ...INVALID],
  ['bomb.png', ...INPUT],
  ['no-pixels.png', ...INPUT],
  ['cut.png', ...INPUT],
  ['empty.png', ...INPUT],
  ['only-signature.png', ...INPUT],
  ['folder', ...UNREADABLE],
  ['no such file', ...UNREADABLE],
  ['', 'USAGE', 2],
  ['a\0b', ...UNREADABLE],
  ['line\nbreak', ...UNREADABLE],
  ['x'.repeat(1_000_000), ...UNREADABLE],
  ['/dev/zero', ...INPUT],
  ['/dev/null', ...INPUT],
]

test.each(
  VERIFY.flatMap((verb) => OBJECTS.map(([given, ...row]) => [verb, given.slice(0, 20), ...row, given] as const)),
)('lic %s %j: %s', async (verb, _, code, status, given) => {
  if (given.startsWith('/dev/') && !existsSync(given)) return
  const path = given.includes('/') && given.startsWith('home/') ? join(at.dir, given) : given
  const { message, hint } = await at.refused(code, status, [verb, path, '--root', 'root.pub'])
  expect(`${message}${hint}`.length).toBeLessThan(1_002_000)
  expect(`${message}${hint}`).not.toMatch(/PRIVATE KEY/)
})

test.each([
  ['a list', 'list.lrl', ...INVALID],
  ['a list in armor', 'list.armor', ...INVALID],
  ['a certificate', 'certificate', ...INVALID],
  ['a certificate under the label of a license', 'labelled-license.armor', ...INPUT],
])('%s where a license is due', async (_, file, code, status) => {
  await at.refused(code, status, ['verify', file, '--root', 'root.pub'])
  await at.refused(code, status, ['verify', file])
})

test.each([
  ['a private key', 'home/keys/root.key', ...INPUT],
  ['a license', 'a.lic', ...INPUT],
  ['a list', 'list.lrl', ...INPUT],
  ['words', 'words.txt', ...INPUT],
  ['an empty file', 'empty', ...INPUT],
  ['half a key', 'half-root.pub', ...INPUT],
  ['a key of small order', 'small-order.pub', ...INPUT],
  ['a key that is no point of prime order', 'identity.pub', ...INPUT],
  ['an RSA key', 'rsa.pub', ...INPUT],
  ['a large file', 'eleven-megabytes', ...INPUT],
  ['a device without end', '/dev/zero', ...INPUT],
  ['a directory', 'folder', ...UNREADABLE],
  ['nothing', 'no such file', ...UNREADABLE],
  ['a name with NUL', 'a\0b', ...UNREADABLE],
])('--root is %s', async (_, file, code, status) => {
  for (const verb of VERIFY) {
    const { message } = await at.refused(code, status, [verb, 'a.lic', '--root', file])
    expect(message).not.toContain('BEGIN')
  }
})

test.each([
  ['a license', 'a.lic', ...INVALID],
  ['a certificate', 'certificate', ...INVALID],
  ['words', 'words.txt', ...INPUT],
  ['an empty file', 'empty', ...INPUT],
  ['a private key', 'home/keys/list.key', ...INPUT],
  ['a large file', 'eleven-megabytes', ...INPUT],
  ['a device without end', '/dev/zero', ...INPUT],
  ['a bomb', 'bomb.png', ...INPUT],
  ['nothing', 'no such file', ...UNREADABLE],
])('--revocations is %s', async (_, file, code, status) => {
  await at.refused(code, status, ['verify', 'a.lic', '--root', 'root.pub', '--revocations', file])
})

test.each([
  ['a license', 'a.lic', ...INPUT],
  ['a large file', 'eleven-megabytes', ...INPUT],
  ['a private key', 'home/keys/root.key', ...INPUT],
  ['an empty file', 'empty', ...INPUT],
  ['a directory', 'folder', ...UNREADABLE],
  ['nothing', 'no such file', ...UNREADABLE],
])('a tier from %s', async (_, file, code, status) => {
  const { message, hint } = await at.refused(code, status, ['tier', 'add', file])
  expect(`${message}${hint}`).not.toMatch(/MC4CAQAw/)
})

test('stdin: too much, and nothing at all', async () => {
  const words = ['verify', '-', '--root', 'root.pub']
  await at.refused(...INPUT, words, { stdin: new Uint8Array(11_000_000) })
  await at.refused(...INPUT, words)
})

test('words of the command line that nobody types', async () => {
  for (const word of [
    '\0',
    'a\0b',
    '\n',
    '\u001b[2J',
    '--\u001b[2J',
    '-',
    '--',
    '--no-such',
    '\ud800',
    'x'.repeat(1_000_000),
  ]) {
    for (const words of [
      [word],
      ['issue', word],
      ['list', '--customer', word],
      ['show', word],
      ['list', '--limit', word],
    ]) {
      const { status, out, err } = await at.run(words)
      if (words.includes('--') && status === 0) continue
      expect({ words: words.map((each) => each.slice(0, 20)), known: [2, 3].includes(status) }).toMatchObject({
        known: true,
      })
      expect({ out, hidden: hiddenIn(err) }).toEqual({ out: '', hidden: null })
    }
  }
})

test('none of all this left a trace', async () => {
  expect(await at.state()).toEqual(before)
})
