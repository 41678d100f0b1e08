/**
 * What an edit changed, read back from the log: each field that the event names, with what the events before it left there.
 * So the answer to an edit is the same whenever it is asked for, whatever has happened since.
 */

import type { EntityKind, EventType, Plain, PlainMap } from './event-types.ts'
import { toJson } from './field-names.ts'
import { eventsOf, type PastEvent } from './history.ts'
import type { Reader } from './schema.ts'

/** Null: nothing is there, or its text was erased. */
export interface Change {
  readonly field: string
  readonly before: Plain
  readonly after: Plain
}

/** How an event says what it changes, where it does not name each field with its new value. */
const MANNERS: Partial<Record<EventType, { readonly whole?: true; readonly adds?: string }>> = {
  // A tier is written whole: what is not there was taken away.
  'tier.edited': { whole: true },
  'license.noted': { adds: 'notes' },
}

/** By the number of the event. Fields in the order of the event, those of a table inside it dotted: `limits.max_users`. */
export const changesBy = async (
  db: Reader,
  kind: EntityKind,
  entity: string | Uint8Array,
  event: number,
): Promise<readonly Change[]> => {
  const past = (await eventsOf(db, kind, entity)).filter(({ id }) => id <= event)
  const last = past.at(-1)
  if (last === undefined) return []
  const { whole = false, adds } = MANNERS[last.type as EventType] ?? {}
  const after = fieldsOf(last)
  const before = new Map(past.slice(0, -1).flatMap((each) => [...fieldsOf(each)]))
  const earlier = whole ? fieldsOf(past.at(-2) ?? last) : before
  const names = new Set([...after.keys(), ...(whole ? earlier.keys() : [])])
  return [...names]
    .map((field) => ({
      field,
      before: field === adds ? null : (earlier.get(field) ?? null),
      after: after.get(field) ?? null,
    }))
    .filter((change) => !sameValue(change.before, change.after))
}

/** Texts and data; the entries of a table that data holds are fields of their own. */
const fieldsOf = ({ data, texts }: PastEvent): ReadonlyMap<string, Plain> => {
  const { request: _, ...told } = texts
  return new Map(
    [...entriesOf(told), ...entriesOf(data)].flatMap(([name, value]): (readonly [string, Plain])[] =>
      isTable(value)
        ? entriesOf(value).map(([inner, each]) => [`${name}.${inner}`, each])
        : [[name, value === '' ? null : value]],
    ),
  )
}

const isTable = (value: Plain): value is PlainMap =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value)

const entriesOf = (value: Plain): readonly (readonly [string, Plain])[] => (isTable(value) ? Object.entries(value) : [])

/** Nothing, an empty text and an empty list are the same. */
export const sameValue = (a: Plain, b: Plain): boolean => toJson(orNothing(a)) === toJson(orNothing(b))

const orNothing = (value: Plain): Plain => (value === '' || (Array.isArray(value) && value.length === 0) ? null : value)
