/** What `lic inspect` and `lic decode` tell of every kind of object: held to the vectors, verified or not. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { described } from '../../src/cli/described.ts'
import { fromHex } from '../../src/core/bytes.ts'
import { recognise } from '../../src/core/codes/recognise.ts'
import { importPublicKey } from '../../src/core/keys.ts'
import { dice } from '../render/photograph.ts'

interface Vector {
  readonly name: string
  readonly kind: string
  readonly valid: boolean
  readonly hex: string
  readonly throws?: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly trust: { readonly roots: readonly string[]; readonly certificates?: readonly string[] }
}
const load = (file: string): readonly Vector[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8')).vectors
const OBJECTS = load('objects')
const one = (name: string): Vector => {
  const found = OBJECTS.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no vector ${name}`)
  return found
}
const rootsOf = ({ trust }: Vector) => trust.roots.map((root) => importPublicKey(fromHex(root)))
const NOW = 1_800_000_000
const tell = (vector: Vector, checked: boolean) =>
  described(fromHex(vector.hex), { roots: checked ? rootsOf(vector) : undefined, now: NOW })[0]

describe('what is inside', () => {
  test.each([
    ['activation: lease of 90 days', 'activation'],
    ['extension: another year', 'extension'],
    ['device anchor: with exp', 'deviceAnchor'],
    ['trust bundle: version alone', 'trustBundle'],
  ])('%s', (name, type) => {
    const vector = one(name)
    expect(tell(vector, false)).toMatchObject({ type, verified: null, by: null })
    const checked = tell(vector, true)
    expect(checked).toMatchObject({ type, verified: true })
    expect(rootsOf(vector).map(({ kid }) => Buffer.from(kid).toString('hex'))).toContain(checked?.by)
    if (type !== 'trustBundle') expect(checked?.content).toMatchObject({ id: '00112233445566778899' })
  })

  test('an activation tells its device, its place and its end', () => {
    expect(tell(one('activation: lease of 90 days'), true)?.content).toMatchObject({
      key: '008J4-4CT4N-ANK71-F24SF',
      binding: 'machine',
      slots: ['machine id', 'disk serial', 'mac', 'board', 'cpu'],
      clock: false,
      line: 0,
    })
    expect(tell(one('activation: line 3, without exp, clock mark'), true)?.content).toMatchObject({
      clock: true,
      expires: null,
      line: 3,
    })
  })

  test('objects behind one another are told one by one', () => {
    const vector = one('sequence: activation with chain, then a revocation list')
    const all = described(fromHex(vector.hex), { roots: undefined, now: NOW })
    expect(all.map(({ type }) => type)).toEqual(['activation', 'revocationList'])
    expect(all[1]?.content).toMatchObject({ compromised: expect.any(Array), deadEpochs: expect.any(Array) })
  })

  test.each([
    'activation: unknown root',
    'activation: signed by the list key',
    'activation: a bit of the signature',
    'activation: iat before nbf of the certificate',
    'extension: signed by a key without type 10',
    'device anchor: signed by a key without type 7',
    'trust bundle: forged',
    'trust bundle: of an unknown root',
  ])('forged, and therefore thrown: %s', (name) => {
    const vector = one(name)
    expect(tell(vector, false)).toMatchObject({ verified: null })
    expect(() => tell(vector, true)).toThrow(expect.objectContaining({ code: vector.throws }))
  })

  test.each(
    OBJECTS.filter(({ kind, valid }) => kind === 'request details' && valid).map((each) => [each.name, each] as const),
  )('%s', (_, vector) => {
    expect(described(fromHex(vector.hex), { roots: undefined, now: NOW })).toMatchObject([
      { type: 'request', verified: null, bytes: 30 },
    ])
  })
})

describe('what a text is', () => {
  const CODES = JSON.parse(readFileSync(new URL('../vectors/codes.json', import.meta.url), 'utf8'))
    .vectors as readonly {
    name: string
    kind: string
    valid: boolean
    text: string
    wrongGroup?: number
  }[]

  test('every code of the vectors is recognised, however it is typed', () => {
    const wrong = CODES.filter(({ valid }) => valid).filter(({ kind, text }) => {
      const found = recognise(text)
      return !(found?.form === 'code' && found.kind === kind && found.wrong.length === 0)
    })
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('and one with a wrong group is still of its kind', () => {
    const slips = CODES.filter(
      ({ valid, wrongGroup, kind }) => !valid && wrongGroup !== undefined && kind !== 'response',
    )
    expect(slips.length).toBeGreaterThan(20)
    for (const { name, kind, text, wrongGroup } of slips) {
      expect(recognise(text), name).toMatchObject({ form: 'code', kind, wrong: expect.arrayContaining([wrongGroup]) })
    }
  })

  test('text of others is not ours', () => {
    const texts = [
      '',
      ' ',
      'hello',
      'https://example.com/LIC1-ABC',
      '$(rm -rf /)',
      '\u0000\u001b[2J',
      'A'.repeat(1_000_000),
    ]
    expect(texts.filter((text) => recognise(text) !== undefined)).toEqual([])
  })

  test('of random symbols in the length of a code few look like one, and hardly any fits', () => {
    const roll = dice(3)
    const random = (): string =>
      Array.from({ length: 25 }, () => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Math.floor(roll() * 32)]).join('')
    const found = Array.from({ length: 20_000 }, () => recognise(random()))
    expect(found.filter((each) => each?.form === 'code' && each.wrong.length === 0)).toEqual([])
  })
})
