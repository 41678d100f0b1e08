/** What an edit changed, as all edits show it: each field with what stood there before and what stands there now. */

import type { Change } from '../ledger/edits.ts'
import type { Plain } from '../ledger/event-types.ts'
import type { Show } from './show.ts'

export const changesData = (changes: readonly Change[]) =>
  changes.map(({ field, before, after }) => ({ field, before, after }))

/** @param name the entity itself, as the first line */
export const changesShow = (name: readonly [label: string, value: string], changes: readonly Change[]): Show => ({
  fields: [
    name,
    ...changes.map(({ field, before, after }) => [field, `${plainText(before)} -> ${plainText(after)}`] as const),
  ],
})

/** Lines for a person: that nothing was recorded and why, else what the edit leaves as it is. */
export const changesNotes = (
  changes: readonly Change[],
  dryRun: boolean,
  stays: Readonly<Record<string, string>>,
): readonly string[] => {
  if (changes.length === 0) return ['it is so already: nothing was recorded']
  const left = changes.flatMap(({ field }) => stays[field] ?? stays['*'] ?? [])
  return [...new Set(left), ...(dryRun ? ['dry run: nothing was recorded'] : [])]
}

const plainText = (value: Plain): string => {
  if (value === null || value === undefined) return 'none'
  if (typeof value !== 'object') return value === true ? 'yes' : value === false ? 'no' : String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(plainText).join(', ')
  const named = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined)
  return named.map(([name, inner]) => `${name}=${plainText(inner as Plain)}`).join(' ')
}
