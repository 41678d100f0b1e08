/**
 * Tier files: TOML in, a `TierDefinition` out. Invariants: whatever is not understood is refused, with file and line;
 * what is absent never widens, so a feature that is missing or `false` grants nothing and unlimited is a written 0.
 * The TOML reader and the schema load when the first file is read.
 */

import type { BaseIssue } from 'valibot'
import { LicError } from '../core/errors.ts'
import { nearest } from './nearest.ts'
import { type Contradiction, contradictions, defineTier, type TierDefinition } from './tier.ts'
import { type Path, type Place, places } from './toml-places.ts'

export interface TierFault {
  /** Dotted, as one would write it in the file; empty for the file as a whole. */
  readonly key: string
  readonly line: number
  readonly column: number
  readonly message: string
}

const MAX_BYTES = 64 * 1024
/** Of tables and lists; a tier needs three. */
const MAX_DEPTH = 6

/**
 * Reads one tier. `source` is TOML, as text or UTF-8 bytes; `file` is the name that messages give it.
 * @throws LicError INVALID_INPUT, its message `FILE:LINE:COLUMN: what`, for the first fault; `data.faults` holds all that
 * were found, in the order of the file (`TierFault[]`); a table with several unknown keys has the first of them told.
 */
export const parseTier = async (source: string | Uint8Array, file: string): Promise<TierDefinition> => {
  const text = decodeText(source, file)
  const { parse, TomlError } = await import('smol-toml')
  let document: unknown
  try {
    document = plainNumbers(parse(text, { integersAsBigInt: true, maxDepth: MAX_DEPTH }), [])
  } catch (error) {
    if (error instanceof Misfit) throw report(file, placed(text, [error]))
    if (!(error instanceof TomlError)) throw error
    const [message = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    // Not kept as the cause: it quotes the lines around, and a key file given by mistake would stand in a --debug report.
    throw report(file, [{ key: '', line: error.line, column: error.column, message: `not TOML: ${message}` }])
  }
  const { check, keysIn } = await import('./tier-schema.ts')
  const result = check(document)
  const misfits = result.success ? contradictions(result.output) : misfitsOf(result.issues, keysIn)
  if (!result.success || misfits.length > 0) throw report(file, placed(text, misfits))
  return defineTier(result.output)
}

const decodeText = (source: string | Uint8Array, file: string): string => {
  const length = typeof source === 'string' ? new TextEncoder().encode(source).length : source.length
  if (length > MAX_BYTES) throw whole(file, 'larger than 64 KiB')
  if (typeof source === 'string') return source.replace(/^\ufeff/, '')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source)
  } catch {
    throw whole(file, 'not UTF-8 text')
  }
}

class Misfit extends Error {
  readonly path: Path

  constructor(path: Path, message: string) {
    super(message)
    this.path = path
  }
}

/** Keys that objects have by birth: a record drops them silently, so they are refused aloud. */
const UNSAFE_KEYS = new Set(['__proto__', 'prototype', 'constructor'])

/** The document with integers as numbers. A float is refused here: as a number, 5.0 could not be told from 5. */
const plainNumbers = (value: unknown, path: Path): unknown => {
  if (path.length > MAX_DEPTH) throw new Misfit(path, 'is nested too deeply')
  if (typeof value === 'number') throw new Misfit(path, 'must not be a fraction')
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map((item, index) => plainNumbers(item, [...path, index]))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const out: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (UNSAFE_KEYS.has(key)) throw new Misfit([...path, key], 'is a reserved word')
    out[key] = plainNumbers(item, [...path, key])
  }
  return out
}

const placed = (text: string, misfits: readonly Contradiction[]): TierFault[] => {
  const place: (path: Path) => Place = places(text)
  return misfits.map(({ path, message }) => {
    const key = dotted(path)
    return { key, ...place(path), message: key === '' ? message : `${key} ${message}` }
  })
}

/** The path as one would write it, but short: whoever wrote the file chose its keys. */
const dotted = (path: Path): string => {
  const text = path.map((part) => (/^[\w-]+$/.test(String(part)) ? part : JSON.stringify(part))).join('.')
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

const whole = (file: string, message: string): LicError => report(file, [{ key: '', line: 1, column: 1, message }])

const report = (file: string, found: readonly TierFault[]): LicError => {
  const sorted = [...found].sort((a, b) => a.line - b.line || a.column - b.column)
  const [first] = sorted
  const more = sorted.length > 1 ? ` (and ${sorted.length - 1} more)` : ''
  return new LicError('INVALID_INPUT', `${file}:${first?.line}:${first?.column}: ${first?.message}${more}`, {
    hint: 'see every field: lic tier show professional --toml',
    data: { file, faults: sorted },
  })
}

/** What the schema's issues say; a key that is missing because it was misspelled is told once. */
const misfitsOf = (
  issues: readonly BaseIssue<unknown>[],
  keysIn: (table: string | undefined) => readonly string[],
): Contradiction[] => {
  const flat = issues.flatMap((issue) => flatten(issue, []))
  const tableOf = (path: Path): string => path.slice(0, -1).join('.')
  const misspelled = new Set(flat.filter((found) => found.unknown).map((found) => tableOf(found.path)))
  return flat
    .filter((found) => !(found.missing && misspelled.has(tableOf(found.path))))
    .map(({ path, unknown, missing, message }) => {
      if (missing) return { path, message: 'is missing' }
      if (!unknown) return { path, message }
      const meant = nearest(String(path.at(-1)), keysIn(path.length > 1 ? String(path[0]) : undefined))
      return { path, message: `is not known here${meant === undefined ? '' : `, did you mean ${meant}`}` }
    })
}

interface Found {
  readonly path: Path
  readonly unknown: boolean
  readonly missing: boolean
  readonly message: string
}

const flatten = (issue: BaseIssue<unknown>, base: Path): Found[] => {
  const path = [...base, ...(issue.path ?? []).map((item) => item.key as string | number)]
  // Of the forms that a value may have, only a table has parts; what is wrong inside it is the news.
  const inside = issue.type === 'union' ? (issue.issues ?? []).filter((part) => part.path !== undefined) : []
  if (inside.length > 0) return inside.flatMap((part) => flatten(part, path))
  const byKey = issue.type === 'strict_object' && issue.path !== undefined && issue.path.at(-1)?.origin === 'key'
  const unknown = byKey && issue.expected === 'never'
  return [{ path, unknown, missing: byKey && !unknown, message: issue.message }]
}
