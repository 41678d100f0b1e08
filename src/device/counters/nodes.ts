/**
 * Nodes of a tree of named users, each the content of one file: a leaf holds users, any other says from which name on a leaf or
 * node goes, both in the order of names.
 */

import { type Cbor, decode, encode } from '../../core/cbor.ts'
import { byText, bytes, list, type Type, text, tuple, uint } from '../../core/fields.ts'
import type { Ref } from './blobs.ts'

/** `sequence` is the number that the user was given when named: it rises with each. `since`: unix seconds. */
export type Entry = readonly [user: string, sequence: number, since: number]

export interface Leaf {
  readonly level: 0
  readonly items: readonly Entry[]
}
export interface Inner {
  readonly level: number
  readonly items: readonly Link[]
}
/** What lies below, from a name on: as a file, or not written yet. */
export interface Link {
  readonly first: string
  readonly to: Branch
}
export type Node = Leaf | Inner
export type Branch = Ref | Node

/** Items of one node: with names of the greatest length a file of some 35 kB. */
export const MOST = 128
/** Bytes of a file. */
export const MOST_BYTES = 64 * 1024
const USER = text(255)
/** The name that everything begins with is no name. */
const FIRST: Type<string> = {
  read: (value, name) => (value === '' ? value : USER.read(value, name)),
  write: (value) => value,
}
const ENTRIES = list(tuple<[string, number, number]>(USER, uint(), uint()), {
  max: MOST,
  order: ([a], [b]) => byText(a, b),
})
const LINKS = list(tuple<[string, number, Uint8Array]>(FIRST, uint(), bytes(32)), {
  max: MOST,
  order: ([a], [b]) => byText(a, b),
})
const NODE = tuple<[number, Cbor]>(uint(MOST), { read: (value) => value, write: (value) => value })

export const isNode = (branch: Branch): branch is Node => 'items' in branch
export const isFile = (branch: Branch): branch is Ref => !isNode(branch)
export const isLeaf = (node: Node): node is Leaf => node.level === 0

/** @throws LicError LICENSE_INVALID */
export const readNode = (content: Uint8Array): Node => {
  const [level, items] = NODE.read(decode(content, { bytes: MOST_BYTES }), 'users')
  if (level === 0) return { level, items: ENTRIES.read(items, 'users') }
  const links = LINKS.read(items, 'users')
  return { level, items: links.map(([first, generation, hash]) => ({ first, to: { generation, hash } })) }
}
export const writeLeaf = ({ items }: Pick<Leaf, 'items'>): Uint8Array =>
  encode([0, ENTRIES.write(items.map((each) => [...each]))])
export const writeInner = (level: number, links: readonly (readonly [first: string, to: Ref])[]): Uint8Array =>
  encode([level, LINKS.write(links.map(([first, { generation, hash }]) => [first, generation, hash]))])
