/**
 * A tree of named users in the order of their names. Each node (nodes.ts) is a file of its own (blobs.ts) and is never changed: a
 * change makes anew what lies on the way from the root to one leaf, so it costs the same for a thousand users and for a million.
 * Invariant: the files below one that is there as a whole were there before it.
 */

import { LicError } from '../../core/errors.ts'
import { byText } from '../../core/fields.ts'
import { type Blobs, type Ref, Torn } from './blobs.ts'
import {
  type Branch,
  type Entry,
  type Inner,
  isLeaf,
  isNode,
  type Leaf,
  type Link,
  MOST,
  type Node,
  readNode,
  writeInner,
  writeLeaf,
} from './nodes.ts'
import { slicing } from './slices.ts'

/** With fewer a node is joined to its neighbour, where both have room in one. */
const FEW = MOST / 4
/** Nodes that are kept in memory. */
const KNOWN = 512

/** @throws Torn */
const whole = (content: Uint8Array): Node => {
  try {
    return readNode(content)
  } catch (error) {
    throw error instanceof LicError ? new Torn(error.message) : error
  }
}

export interface Tree {
  find(root: Branch | undefined, user: string): Promise<Entry | undefined>
  /** With a user who was not there. */
  with(root: Branch | undefined, entry: Entry): Promise<Branch>
  /** Without a user who was there; nothing is left without the last one. */
  without(root: Branch, user: string): Promise<Branch | undefined>
  /** Every user whose name comes behind that one, leaf by leaf in the order of names. */
  leaves(root: Branch | undefined, after: string, take: (entries: readonly Entry[]) => void): Promise<void>
  /** Writes what is not written yet, for a generation. */
  save(root: Branch, generation: number): Promise<Ref>
  /** Every file of a tree, what is below before what is above, but nothing of what is not wanted: that is asked first. */
  files(root: Ref, isWanted: (ref: Ref) => boolean, take?: (ref: Ref) => Promise<void>): Promise<void>
  /** What such a file holds, also when it is gone and is in memory still. */
  content(ref: Ref): Promise<Uint8Array>
}

/** All of these throw Torn, and LicError as blobs do. */
export const openTree = (blobs: Blobs): Tree => {
  const known = new Map<string, Node>()
  const remember = (ref: Ref, node: Node): void => {
    const name = blobs.nameOf(ref)
    known.delete(name)
    known.set(name, node)
    const [oldest = ''] = known.size > KNOWN ? known.keys() : []
    known.delete(oldest)
  }
  /** @param passing what is read once in passing does not drive out what is used again and again */
  const load = async (branch: Branch, passing = false): Promise<Node> => {
    if (isNode(branch)) return branch
    const name = blobs.nameOf(branch)
    const node = known.get(name) ?? whole(await blobs.read(branch))
    if (!passing || known.size < KNOWN || known.has(name)) remember(branch, node)
    return node
  }
  const find = async (branch: Branch, user: string): Promise<Entry | undefined> => {
    const node = await load(branch)
    if (isLeaf(node)) return node.items.find(([name]) => name === user)
    return find(linkOf(node, user).to, user)
  }
  const put = async (branch: Branch, entry: Entry): Promise<readonly Node[]> => {
    const node = await load(branch)
    const [user] = entry
    if (isLeaf(node)) {
      const at = node.items.findIndex(([name]) => byText(name, user) > 0)
      return halves(0, inserted(node.items, at < 0 ? node.items.length : at, 0, [entry])) as Node[]
    }
    const at = indexOf(node, user)
    const { first, to } = node.items[at] as Link
    const parts = await put(to, entry)
    const links = parts.map((part, i) => ({ first: i === 0 ? first : firstOf(part), to: part }))
    return halves(node.level, inserted(node.items, at, 1, links)) as Node[]
  }
  const take = async (branch: Branch, user: string): Promise<Node | undefined> => {
    const node = await load(branch)
    if (isLeaf(node)) {
      const items = node.items.filter(([name]) => name !== user)
      return items.length === 0 ? undefined : { level: 0, items }
    }
    const at = indexOf(node, user)
    const { first, to } = node.items[at] as Link
    const left = await take(to, user)
    if (left === undefined) {
      const [next, ...others] = node.items.slice(at + 1)
      // What follows the first of all goes from its name on.
      const rest = next === undefined ? [] : [at === 0 ? { ...next, first } : next, ...others]
      const items = [...node.items.slice(0, at), ...rest]
      return items.length === 0 ? undefined : { level: node.level, items }
    }
    const links = inserted(node.items, at, 1, [{ first, to: left }])
    return { level: node.level, items: left.items.length < FEW ? await joined(links, at) : links }
  }
  /** The one at `at` and the one beside it as one, where they fill no more than half of it. */
  const joined = async (links: readonly Link[], at: number): Promise<readonly Link[]> => {
    const from = at === 0 ? 0 : at - 1
    const [a, b] = links.slice(from, from + 2)
    if (a === undefined || b === undefined) return links
    const [left, right] = [await load(a.to), await load(b.to)]
    if (left.items.length + right.items.length > MOST / 2) return links
    const both = { level: left.level, items: [...left.items, ...right.items] } as Node
    return inserted(links, from, 2, [{ first: a.first, to: both }])
  }
  const save = async (branch: Branch, generation: number, slice: () => Promise<void>): Promise<Ref> => {
    if (!isNode(branch)) return branch
    await slice()
    if (isLeaf(branch)) {
      const ref = await blobs.write(generation, writeLeaf(branch))
      remember(ref, branch)
      return ref
    }
    const links: [first: string, to: Ref][] = []
    for (const { first, to } of branch.items) links.push([first, isNode(to) ? await save(to, generation, slice) : to])
    const ref = await blobs.write(generation, writeInner(branch.level, links))
    remember(ref, { level: branch.level, items: links.map(([first, to]) => ({ first, to })) })
    return ref
  }
  const leaves = async (
    branch: Branch,
    after: string,
    take: (entries: readonly Entry[]) => void,
    slice: () => Promise<void>,
  ): Promise<void> => {
    const node = await load(branch, true)
    await slice()
    if (isLeaf(node)) return take(after === '' ? node.items : node.items.filter(([user]) => byText(user, after) > 0))
    for (const { to } of node.items.slice(Math.max(indexOf(node, after), 0))) await leaves(to, after, take, slice)
  }
  const files = async (
    ref: Ref,
    isWanted: (ref: Ref) => boolean,
    take: (ref: Ref) => Promise<void>,
    slice: () => Promise<void>,
    level?: number,
  ): Promise<void> => {
    await slice()
    if (!isWanted(ref)) return
    // Of a leaf nothing but its name is asked for.
    const node = level === 0 ? undefined : await load(ref, true)
    if (node !== undefined && !isLeaf(node)) {
      for (const { to } of node.items) if (!isNode(to)) await files(to, isWanted, take, slice, node.level - 1)
    }
    await take(ref)
  }
  return {
    find: async (root, user) => root && find(root, user),
    with: async (root, entry) => {
      const [only, ...more] = root === undefined ? [{ level: 0, items: [entry] } as Leaf] : await put(root, entry)
      const node = only as Node
      if (more.length === 0) return node
      const items = [{ first: '', to: node }, ...more.map((part) => ({ first: firstOf(part), to: part }))]
      return { level: node.level + 1, items }
    },
    without: async (root, user) => {
      let branch: Branch | undefined = await take(root, user)
      while (branch !== undefined) {
        const { level, items } = await load(branch)
        const [only] = items
        if (level === 0 || items.length > 1) break
        branch = (only as Link | undefined)?.to
      }
      return branch
    },
    leaves: async (root, after, take) => root && leaves(root, after, take, slicing()),
    save: (root, generation) => save(root, generation, slicing()),
    files: (root, isWanted, take = async () => undefined) => files(root, isWanted, take, slicing()),
    content: async (ref) => {
      const node = known.get(blobs.nameOf(ref))
      if (node === undefined) return blobs.read(ref)
      if (isLeaf(node)) return writeLeaf(node)
      // Whatever is remembered was written, with all that is below.
      return writeInner(
        node.level,
        node.items.map(({ first, to }) => [first, to as Ref]),
      )
    },
  }
}

const firstOf = ({ level, items: [first] }: Node): string =>
  (level === 0 ? (first as Entry | undefined)?.[0] : (first as Link | undefined)?.first) ?? ''

const indexOf = ({ items }: Inner, user: string): number => items.findLastIndex(({ first }) => byText(first, user) <= 0)

const linkOf = (node: Inner, user: string): Link => node.items[indexOf(node, user)] as Link

const inserted = <T>(items: readonly T[], at: number, dropped: number, more: readonly T[]): readonly T[] => [
  ...items.slice(0, at),
  ...more,
  ...items.slice(at + dropped),
]

const halves = <T>(level: number, items: readonly T[]): readonly { level: number; items: readonly T[] }[] => {
  if (items.length <= MOST) return [{ level, items }]
  const middle = items.length >> 1
  return [
    { level, items: items.slice(0, middle) },
    { level, items: items.slice(middle) },
  ]
}
