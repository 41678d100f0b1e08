/** The stored tree against the plain definition, whatever the steps in which the log grew. */

import { describe, expect, test } from 'vitest'
import { toHex, utf8 } from '../../src/core/bytes.ts'
import { extendsHead, Frontier, includes, leafHash } from '../../src/core/merkle.ts'
import { logHead } from '../../src/ledger/checkpoints.ts'
import { insertRows } from '../../src/ledger/compiled.ts'
import { type Ledger, openLedger } from '../../src/ledger/open.ts'
import type { Tx } from '../../src/ledger/schema.ts'
import { logSize } from '../../src/ledger/sequence.ts'
import { consistencyPath, extendTree, FAN, inclusionPath, rebuildTree } from '../../src/ledger/tree.ts'
import { freshPlace } from '../harness/place.ts'
import { codeOf, everything, stocked } from './book.ts'

const leafOf = (i: number): Uint8Array => leafHash(utf8(`event ${i}`))

/** Rows that look like events; what they say is nothing to the tree. */
const grow = (ledger: Ledger, count: number): Promise<void> =>
  ledger.transaction(async (tx: Tx) => {
    const size = await logSize(tx)
    // In two steps, as events come.
    const leaves = Array.from({ length: count }, (_, n) => leafOf(size + n))
    const half = count >> 1
    expect(await extendTree(tx, leaves.slice(0, half))).toBe(size)
    expect(await extendTree(tx, leaves.slice(half))).toBe(size + half)
    const rows = Array.from({ length: count }, (_, n) => {
      const bytes = utf8(`event ${size + n}`)
      const entity = { entity_kind: 99, entity_id: utf8(`${size + n}`), entity_version: 1, license: null }
      return { place: size + n, at: 0, ...entity, leaf: leafHash(bytes), bytes }
    })
    await insertRows(tx, 'events', rows)
  })

const rootsOf = (size: number): readonly Uint8Array[] => {
  const grown = new Frontier()
  const roots = [grown.root()]
  for (let i = 0; i < size; i++) {
    grown.add(leafOf(i))
    roots.push(grown.root())
  }
  return roots
}

describe('the stored tree', () => {
  const SIZE = 256 * 3 + 77

  test('has the root of every size, whatever the steps in which it grew', async () => {
    const ledger = await openLedger({ file: await freshPlace(), create: true })
    const roots = rootsOf(SIZE)
    for (const step of [1, 0, 2, 7, 245, 1, 255, 256, 1, 77]) {
      await grow(ledger, step)
      const size = await logSize(ledger.db)
      expect(toHex((await logHead(ledger.db)).root)).toBe(toHex(roots[size] as Uint8Array))
    }
    expect(await logSize(ledger.db)).toBe(SIZE)
    for (let size = 0; size <= SIZE; size += size % 256 === 0 || size % 256 > 254 ? 1 : 13) {
      expect(toHex((await logHead(ledger.db, size)).root)).toBe(toHex(roots[size] as Uint8Array))
    }
    expect(await codeOf(logHead(ledger.db, SIZE + 1))).toBe('NOT_FOUND')
    const nodes = await ledger.db.selectFrom('tree_nodes').select('level').execute()
    expect(nodes.length).toBe(Math.floor(SIZE / FAN))
    const before = await everything(ledger)
    await ledger.transaction((tx) => rebuildTree(tx, SIZE))
    expect(await everything(ledger)).toEqual(before)
    await ledger.close()
  })

  test('gives proofs that hold', async () => {
    const ledger = await openLedger({ file: await freshPlace(), create: true })
    await grow(ledger, SIZE)
    const roots = rootsOf(SIZE)
    const sizes = [1, 2, 255, 256, 257, 300, 511, 512, 513, 768, SIZE]
    for (const size of sizes) {
      const head = { size, root: roots[size] as Uint8Array }
      for (const place of [0, 1, 100, 255, 256, 511, 767, SIZE - 1].filter((each) => each < size)) {
        expect(includes(head, place, leafOf(place), await inclusionPath(ledger.db, place, size))).toBe(true)
      }
      for (const old of sizes.filter((each) => each <= size)) {
        const path = await consistencyPath(ledger.db, old, size)
        expect(extendsHead({ size: old, root: roots[old] as Uint8Array }, head, path)).toBe(true)
      }
    }
    await ledger.close()
  })

  test('has a second level, made of the first', async () => {
    const ledger = await openLedger({ file: await freshPlace(), create: true })
    await grow(ledger, 40_100)
    await grow(ledger, 25_440)
    const grown = new Frontier()
    for (let i = 0; i < 65_540; i++) grown.add(leafOf(i))
    expect(toHex((await logHead(ledger.db)).root)).toBe(toHex(grown.root()))
    const nodes = await ledger.db.selectFrom('tree_nodes').select('level').execute()
    expect(nodes.filter(({ level }) => level === 2).length).toBe(1)
    expect(nodes.length).toBe(257)
    const path = await inclusionPath(ledger.db, 40_000, 65_540)
    expect(includes({ size: 65_540, root: grown.root() }, 40_000, leafOf(40_000), path)).toBe(true)
    await ledger.close()
  })

  test('that lacks a node is damaged, and says how it is mended', async () => {
    const ledger = await openLedger({ file: await freshPlace(), create: true })
    await grow(ledger, 300)
    await ledger.db.deleteFrom('tree_nodes').execute()
    expect(await codeOf(logHead(ledger.db))).toBe('LEDGER_DAMAGED')
    await ledger.transaction((tx) => rebuildTree(tx, 300))
    expect(toHex((await logHead(ledger.db)).root)).toBe(toHex(rootsOf(300)[300] as Uint8Array))
    await ledger.close()
  })
})

test('what a transaction undoes leaves no trace in the tree', async () => {
  const ledger = await stocked()
  const before = await logHead(ledger.db)
  await expect(
    ledger.transaction(async (tx) => {
      await tx
        .insertInto('products')
        .values({ slug: 'x', brand: 'main', name: 'x', prefix: null, created_at: 0 })
        .execute()
      throw new Error('undone')
    }),
  ).rejects.toThrow('undone')
  expect(await logHead(ledger.db)).toEqual(before)
  await ledger.close()
})
