/** The Merkle tree against RFC 6962: its published roots, our vectors, and every proof of every small tree. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, toHex, utf8 } from '../../src/core/bytes.ts'
import { readCheckpoint, verifyCheckpoint } from '../../src/core/checkpoint.ts'
import { LicError } from '../../src/core/errors.ts'
import { sha256 } from '../../src/core/hash.ts'
import { importPublicKey } from '../../src/core/keys.ts'
import {
  consistencyRanges,
  extendsHead,
  Frontier,
  includes,
  inclusionRanges,
  leafHash,
  type Range,
  rootOf,
} from '../../src/core/merkle.ts'

/** Inputs and roots that certificate-transparency publishes with its reference implementation. */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

it('has the roots that RFC 6962 has', () => {
  const leaves = INPUTS.map((input) => leafHash(fromHex(input)))
  const grown = new Frontier()
  for (const [size, root] of ROOTS.entries()) {
    expect(toHex(rootOf(leaves.slice(0, size)))).toBe(root)
    expect([grown.size, toHex(grown.root())]).toEqual([size, root])
    grown.add(leaves[size] ?? leafHash(new Uint8Array()))
  }
})

describe('every proof of every tree up to 40 leaves', () => {
  const leaves = Array.from({ length: 40 }, (_, i) => leafHash(utf8(`leaf ${i}`)))
  /** As the RFC writes it down, from the definition: no code shared with the module. */
  const root = (from: number, to: number): Uint8Array => {
    if (to - from === 0) return sha256(new Uint8Array())
    if (to - from === 1) return leaves[from] as Uint8Array
    const split = 2 ** Math.ceil(Math.log2(to - from) - 1)
    return sha256(concat(Uint8Array.of(1), root(from, from + split), root(from + split, to)))
  }
  const hashes = (ranges: readonly Range[]) => ranges.map(([from, to]) => root(from, to))
  const head = (size: number) => ({ size, root: root(0, size) })

  it('of inclusion holds at its place, and nowhere else', () => {
    for (let size = 1; size <= leaves.length; size++) {
      const { root: whole } = head(size)
      expect(toHex(rootOf(leaves.slice(0, size)))).toBe(toHex(whole))
      for (let index = 0; index < size; index++) {
        const path = hashes(inclusionRanges(index, size))
        const leaf = leaves[index] as Uint8Array
        expect(includes({ size, root: whole }, index, leaf, path)).toBe(true)
        expect(includes({ size, root: whole }, index ^ 1, leaf, path)).toBe(false)
        expect(includes({ size, root: whole }, index, leafHash(leaf), path)).toBe(false)
        expect(includes({ size, root: whole }, index, leaf, [...path, leaf])).toBe(false)
      }
    }
  })

  it('of consistency holds between its two heads, and no others', () => {
    for (let size = 1; size <= leaves.length; size++) {
      for (let old = 0; old <= size; old++) {
        const path = hashes(consistencyRanges(old, size))
        expect(extendsHead(head(old), head(size), path)).toBe(true)
        const forked = { size: old, root: sha256(root(0, old)) }
        expect(extendsHead(forked, head(size), path)).toBe(false)
        if (old === 0) continue
        expect(extendsHead(head(old), { size, root: sha256(root(0, size)) }, path)).toBe(false)
        expect(extendsHead(head(old - 1), head(size), path)).toBe(old - 1 === 0 && path.length === 0)
        expect(extendsHead(head(old), head(size), [...path, root(0, 1)])).toBe(false)
        if (path.length > 0) expect(extendsHead(head(old), head(size), path.slice(1))).toBe(false)
      }
    }
  })

  it('of numbers that are none is no proof', () => {
    for (const odd of [-1, 0.5, Number.NaN, 2 ** 60]) {
      expect(includes({ size: odd, root: root(0, 1) }, 0, root(0, 1), [])).toBe(false)
      expect(includes(head(1), odd, root(0, 1), [])).toBe(false)
      expect(extendsHead({ size: odd, root: root(0, 1) }, head(1), [])).toBe(false)
      expect(extendsHead(head(1), { size: odd, root: root(0, 1) }, [])).toBe(false)
    }
  })
})

interface Vector {
  readonly name: string
  readonly kind: string
  readonly valid: boolean
  readonly hex?: string
  readonly text?: string
  readonly key?: string
  readonly certificate?: string
  readonly fields?: Readonly<Record<string, unknown>>
}
const { vectors } = JSON.parse(readFileSync(new URL('../vectors/objects.json', import.meta.url), 'utf8'))
const of = (kind: string) => (vectors as readonly Vector[]).filter((vector) => vector.kind === kind)
const bytesOf = ({ fields }: Vector, name: string): Uint8Array => fromHex(String(fields?.[name]))
const hexes = (value: unknown): readonly Uint8Array[] => (value as readonly string[]).map((each) => fromHex(each))
const proofOf = ({ fields }: Vector): readonly Uint8Array[] => hexes(fields?.proof)
/** The root that certified the audit key of the vectors. */
const ROOT = importPublicKey(fromHex('8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c'))

describe('shared vectors', () => {
  it.each(of('leaf hash'))('$name', (vector) => {
    expect(toHex(leafHash(bytesOf(vector, 'bytes')))).toBe(vector.hex)
  })
  it.each(of('tree'))('$name', ({ fields, hex }) => {
    expect(toHex(rootOf(hexes(fields?.leaves).map(leafHash)))).toBe(hex)
  })
  it.each(of('inclusion'))('$name', (vector) => {
    const { size, index } = vector.fields as { size: number; index: number }
    const head = { size, root: bytesOf(vector, 'root') }
    expect(includes(head, index, leafHash(bytesOf(vector, 'leaf')), proofOf(vector))).toBe(vector.valid)
  })
  it.each(of('consistency'))('$name', (vector) => {
    const { from, to } = vector.fields as { from: number; to: number }
    const [old, next] = [
      { size: from, root: bytesOf(vector, 'fromRoot') },
      { size: to, root: bytesOf(vector, 'toRoot') },
    ]
    expect(extendsHead(old, next, proofOf(vector))).toBe(vector.valid)
    expect(extendsHead({ ...old, root: next.root }, { ...next, root: old.root }, proofOf(vector))).toBe(from === to)
  })
  it.each(of('checkpoint'))('$name', ({ valid, text = '', certificate = '', fields }) => {
    const read = () => verifyCheckpoint(readCheckpoint(text), { roots: [ROOT], certificates: [fromHex(certificate)] })
    if (valid) expect(toHex(read().root)).toBe(fields?.root)
    else expect(['PROOF_INVALID', 'BAD_SIGNATURE', 'UNKNOWN_KEY']).toContain(refusal(read))
  })
})

const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof LicError) return error.code
    throw error
  }
  return 'accepted'
}
