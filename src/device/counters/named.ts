/**
 * Who is named, as one value of a chain: of each product how many users there are, and the file that the tree of them begins
 * with (tree.ts). It stays as small as it is whatever their number.
 */

import { equal } from '../../core/bytes.ts'
import { type Cbor, decode, encode } from '../../core/cbor.ts'
import { bytes, list, optional, record, required, type Type, text, tuple, uint } from '../../core/fields.ts'
import { STATE_LIMITS } from '../state/content.ts'
import type { Ref } from './blobs.ts'

export interface NamedOf {
  readonly count: number
  /** The number that the next one is given. */
  readonly next: number
  /** Undefined: nobody is named. */
  readonly tree: Ref | undefined
}

export interface Named {
  readonly products: ReadonlyMap<string, NamedOf>
  /** Marks of the last changes: what a process tells by whether its change is in the file. 8 bytes each. */
  readonly marks: readonly Uint8Array[]
}
export const NOBODY: Named = { products: new Map(), marks: [] }

/** Marks that are kept. */
const MARKS = 64

const many = <T>(item: Type<T>, max?: number): Type<readonly T[]> =>
  list(item, { min: 0, ...(max !== undefined && { max }) })
const PRODUCT = record({
  product: required(0, text(255)),
  count: required(1, uint()),
  next: required(2, uint()),
  tree: optional(3, tuple<[generation: number, hash: Uint8Array]>(uint(), bytes(32))),
})
const NAMED = record({
  products: required(0, many(PRODUCT)),
  marks: required(1, many(bytes(8), MARKS)),
})

export const writeNamed = ({ products, marks }: Named): Uint8Array =>
  encode(
    NAMED.write({
      products: [...products].map(([product, { tree, ...rest }]) => ({
        ...{ product, ...rest },
        tree: tree && [tree.generation, tree.hash],
      })),
      marks,
    }) as Cbor,
  )

/** @throws LicError LICENSE_INVALID, or UNSUPPORTED_CLAIM for what a newer lic wrote */
export const readNamed = (content: Uint8Array): Named => {
  const { products, marks } = NAMED.read(decode(content, STATE_LIMITS), 'named users')
  return {
    products: new Map(
      products.map(({ product, count, next, tree }) => [
        product,
        { count, next, tree: tree && { generation: tree[0], hash: tree[1] } },
      ]),
    ),
    marks,
  }
}

export const marked = (marks: readonly Uint8Array[], mark: Uint8Array): readonly Uint8Array[] =>
  [...marks, mark].slice(-MARKS)
export const isMarked = ({ marks }: Named, mark: Uint8Array): boolean => marks.some((each) => equal(each, mark))
