/**
 * Maps with integer keys as typed records: the one mechanism by which every object of FORMAT.md is read and written.
 * A schema names each field once: key, type, default. From it follow must-understand (3.5), one spelling (3.6), the reader,
 * the writer and the TypeScript type. Readers take attacker-controlled values.
 */

import { compare, utf8 } from './bytes.ts'
import { byEncoding, type Cbor, type CborMap } from './cbor.ts'
import { LicError } from './errors.ts'

/** One kind of value: from CBOR, and back. `name` is the field's name, for messages. */
export interface Type<T> {
  read(value: Cbor, name: string): T
  write(value: T): Cbor
}

export type TypeOf<S> = S extends Type<infer T> ? T : never

export const invalid = (message: string): LicError => new LicError('LICENSE_INVALID', message, { stage: 'type' })
const unsupported = (message: string): LicError =>
  new LicError('UNSUPPORTED_CLAIM', message, { stage: 'type', hint: 'use a newer version of the verifier' })

const type = <T extends Cbor>(what: string, holds: (value: Cbor) => boolean): Type<T> => ({
  read: (value, name) => {
    if (!holds(value)) throw invalid(`${name} is not ${what}`)
    return value as T
  },
  write: (value) => value,
})

const isUint = (value: Cbor, max: number): boolean => typeof value === 'number' && value >= 0 && value <= max

export const uint = (max: number = Number.MAX_SAFE_INTEGER, min = 0): Type<number> =>
  type(`an integer from ${min} to ${max}`, (value) => isUint(value, max) && (value as number) >= min)
/** Seconds since 1970 (FORMAT 2.7). */
export const TIME = uint(0xffffffff)
export const bytes = (length: number): Type<Uint8Array> =>
  type(`${length} bytes`, (value) => value instanceof Uint8Array && value.length === length)
export const text = (max = 128): Type<string> =>
  type(
    `text of 1 to ${max} bytes`,
    (value) =>
      typeof value === 'string' &&
      value !== '' &&
      value.length <= max &&
      (value.length * 3 <= max || utf8(value).length <= max),
  )
export const matching = (pattern: RegExp): Type<string> =>
  type(`text of the form ${pattern.source}`, (value) => typeof value === 'string' && pattern.test(value))
/** A mark is `true` or absent. */
export const MARK: Type<true> = type('true', (value) => value === true)

/** Names by number, from `from` on; a number that has no name here must be understood and is not. */
export const choice = <const N extends readonly string[]>(names: N, from = 0): Type<N[number]> => ({
  read: (value, name) => {
    if (!isUint(value, Number.MAX_SAFE_INTEGER)) throw invalid(`${name} is not an unsigned integer`)
    const found = names[(value as number) - from]
    if (found === undefined) throw unsupported(`${name} ${value} is not known here`)
    return found
  },
  write: (value) => names.indexOf(value) + from,
})

/** One to `max` items (from `min`), in strictly ascending order of `order` where one is given. */
export const list = <T>(
  item: Type<T>,
  {
    min = 1,
    max = Number.POSITIVE_INFINITY,
    order,
  }: { min?: number; max?: number; order?: (a: T, b: T) => number } = {},
): Type<readonly T[]> => ({
  read: (value, name) => {
    if (!Array.isArray(value) || value.length < min || value.length > max)
      throw invalid(`${name} is not a list of ${min} to ${max}`)
    const items = value.map((entry) => item.read(entry, name))
    if (order) {
      for (let i = 1; i < items.length; i++) {
        if (order(items[i - 1] as T, items[i] as T) >= 0) throw invalid(`${name} is not in ascending order`)
      }
    }
    return items
  },
  write: (items) => items.map((entry) => item.write(entry)),
})

export const byNumber = (a: number, b: number): number => a - b
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
export const byBytes = compare

/** An array of exactly these items. */
export const tuple = <T extends readonly unknown[]>(...items: { [I in keyof T]: Type<T[I]> }): Type<T> => ({
  read: (value, name) => {
    if (!Array.isArray(value) || value.length !== items.length)
      throw invalid(`${name} is not a list of ${items.length}`)
    return items.map((item, i) => item.read(value[i], name)) as unknown as T
  },
  write: (values) => items.map((item, i) => item.write(values[i])),
})

/** A map from keys of one type to values of one type, with 1 to `max` entries. Not a record: its keys are data. */
export const mapOf = <K extends number | string, V>(
  keys: Type<K>,
  values: Type<V>,
  max = 255,
): Type<ReadonlyMap<K, V>> => ({
  read: (value, name) => {
    if (!(value instanceof Map) || value.size < 1 || value.size > max)
      throw invalid(`${name} is not a map of 1 to ${max}`)
    const out = new Map<K, V>()
    for (const [key, item] of value as CborMap) out.set(keys.read(key, name), values.read(item, `${name} ${key}`))
    return out
  },
  // In the order in which it is encoded, so that a writer and a reader of the bytes see the same.
  write: (value) =>
    new Map([...value].sort(([a], [b]) => byEncoding(a, b)).map(([key, item]) => [key, values.write(item)])),
})

interface Field<T> {
  readonly key: number
  readonly type: Type<T>
  readonly required: boolean
  readonly fallback: T | undefined
}

export const required = <T>(key: number, kind: Type<T>): Field<T> & { required: true } => ({
  key,
  type: kind,
  required: true,
  fallback: undefined,
})
export const optional = <T>(key: number, kind: Type<T>): Field<T> & { required: false } => ({
  key,
  type: kind,
  required: false,
  fallback: undefined,
})
/** Absent means `fallback`; written, the fallback is malformed (FORMAT 3.6). */
export const defaulted = <T extends string | number>(
  key: number,
  kind: Type<T>,
  fallback: NoInfer<T>,
): Field<T> & { required: true } => ({
  key,
  type: kind,
  required: false as true,
  fallback,
})

type Schema = Record<string, Field<never>>
type RecordOf<S> = {
  readonly [N in keyof S as S[N] extends { required: true } ? N : never]: S[N] extends Field<infer T> ? T : never
} & {
  readonly [N in keyof S as S[N] extends { required: true } ? never : N]?: S[N] extends Field<infer T>
    ? T | undefined
    : never
}

/** `open` (fields): keys from 64 up are ignored. Closed (claims): every unknown key is UNSUPPORTED_CLAIM. */
export const record = <S extends Record<string, unknown>>(schema: S, { open = true } = {}): Type<RecordOf<S>> => {
  const fields = Object.entries(schema as unknown as Schema) as [string, Field<unknown>][]
  /** What is there even when nothing is written. */
  const certain = fields.filter(([, field]) => field.required || field.fallback !== undefined)
  const byKey = new Map(fields.map(([name, field]) => [field.key, { name, ...field }]))
  return {
    read: (value, name) => {
      if (!(value instanceof Map)) throw invalid(`${name} is not a map`)
      const out: Record<string, unknown> = {}
      for (const [key, item] of value as CborMap) {
        const field = typeof key === 'number' ? byKey.get(key) : undefined
        if (field) {
          const read = field.type.read(item, field.name)
          if (field.fallback !== undefined && read === field.fallback)
            throw invalid(`${field.name} writes out its default`)
          out[field.name] = read
        } else if (open && (typeof key !== 'number' || key < 0)) throw invalid(`${name} has the key ${key}`)
        else if (!open || (key as number) < 64) throw unsupported(`${name} has the unknown field ${key}`)
      }
      for (const [fieldName, field] of certain) {
        if (out[fieldName] !== undefined) continue
        if (field.fallback !== undefined) out[fieldName] = field.fallback
        else throw invalid(`${name} has no ${fieldName}`)
      }
      return out as RecordOf<S>
    },
    write: (value) => {
      const out = new Map<number, Cbor>()
      for (const [name, field] of fields) {
        const item = (value as Record<string, unknown>)[name]
        if (item === undefined || item === field.fallback) continue
        out.set(field.key, field.type.write(item))
      }
      return out
    },
  }
}
