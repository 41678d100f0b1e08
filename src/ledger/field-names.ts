/**
 * Event data between plain objects and CBOR maps. Names that the ledger itself uses are written as small numbers (an
 * event of issue is two fifths shorter for it), all others as text. Numbers are only ever added: an event from before a
 * name had one spells it out, and is read the same. Absent, undefined and null are all written as nothing.
 */

import type { Cbor } from '../core/cbor.ts'
import { byEncoding } from '../core/cbor-encode.ts'
import type { Plain } from './event-types.ts'

/** The number of a name is its place here. Append only. */
const NAMES: readonly string[] = [
  // What an event of issue says, in one byte each.
  ...['prefix', 'lines', 'revision', 'statusIndexes', 'number', 'product', 'tier', 'kind', 'metric'],
  ...['seats', 'devices', 'activation', 'expires', 'issuedAt', 'starts', 'signer', 'anchor', 'epoch'],
  ...['base', 'n', 'line', 'index', 'statuses'],
  // In two.
  ...['name', 'role', 'publicKey', 'file', 'notBefore', 'notAfter', 'code', 'rank', 'title'],
  ...['description', 'active', 'popular', 'prices', 'term', 'graceHours', 'freshDays', 'autoRenew', 'trial'],
  ...['features', 'limits', 'featureTitles', 'emergency', 'country', 'reseller', 'tags', 'maintenanceUntil', 'test'],
  ...['template', 'orderRef', 'invoiceRef', 'subscriptionRef', 'price', 'currency', 'legacyKey', 'keyHash', 'replaces'],
  ...['status', 'count', 'ladder', 'removed', 'by', 'items'],
  ...[
    'place',
    'placeless',
    'other',
    'lease',
    'weak',
    'clock',
    'list',
    'how',
    'proof',
    'hour',
    'revisions',
    'installed',
  ],
]

const NUMBERS: ReadonlyMap<string, number> = new Map(NAMES.map((name, number) => [name, number]))

export const toCbor = (value: Plain): Cbor => {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || value instanceof Uint8Array) return value
  if (isList(value)) return value.map(toCbor)
  const map = new Map<number | string, Cbor>()
  for (const [name, key] of orderOf(Object.keys(value))) {
    const inner = value[name]
    if (inner !== undefined && inner !== null) map.set(key, toCbor(inner))
  }
  return map
}

/** Names and their keys, in the order in which they are written: of events of one type nearly always the same. */
type Order = readonly (readonly [name: string, key: number | string])[]
const orders = new Map<string, Order>()
const MOST_ORDERS = 1000

const orderOf = (names: readonly string[]): Order => {
  const shape = names.join('\0')
  const known = orders.get(shape)
  if (known?.length === names.length) return known
  const order = names.map((name) => [name, NUMBERS.get(name) ?? name] as const).sort(([, a], [, b]) => byEncoding(a, b))
  // Other names may be somebody's own, metadata, and hold anything; of these no two lists are joined alike.
  if (order.every(([, key]) => typeof key === 'number')) {
    if (orders.size >= MOST_ORDERS) orders.clear()
    orders.set(shape, order)
  }
  return order
}

export const fromCbor = (value: Cbor): Plain => {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  if (value instanceof Map) {
    return Object.fromEntries(
      [...value].map(([key, inner]) => [typeof key === 'number' ? (NAMES[key] ?? `#${key}`) : key, fromCbor(inner)]),
    )
  }
  return (value as readonly Cbor[]).map(fromCbor)
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value)

/** Canonical JSON for a text column: the same value gives the same text, whatever order its names came in. */
export const toJson = (value: Plain): string | null =>
  value === undefined || value === null ? null : JSON.stringify(sorted(value))

const sorted = (value: Plain): unknown => {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return [...value]
  if (isList(value)) return value.map(sorted)
  const names = Object.keys(value).filter((name) => value[name] !== undefined && value[name] !== null)
  return Object.fromEntries(names.sort().map((name) => [name, sorted(value[name])]))
}
