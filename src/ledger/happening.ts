/** An event as projections see it: the envelope, with the clear text that it only commits to. */

import type { Envelope } from './envelope.ts'
import type { EventData, EventType } from './event-types.ts'

/** An event on its way into the tables. */
export interface Happening<T extends string = string> extends Omit<Envelope, 'type' | 'data' | 'reason' | 'texts'> {
  /** Its number in the ledger. */
  readonly id: number
  readonly type: T
  readonly data: T extends EventType ? EventData[T] : Envelope['data']
  /** Clear text; null when none was given, or once erased. */
  readonly reason: string | null
  /** Personal text by name; null once erased. */
  readonly texts: Readonly<Record<string, string | null>>
}

/** What an event does to the tables. Field by field: of a bulk issue each is made anew, and a spread costs ten times as much. */
export const happeningOf = (envelope: Envelope, clear: Pick<Happening, 'reason' | 'texts'>, id: number): Happening => ({
  id,
  at: envelope.at,
  type: envelope.type,
  brand: envelope.brand,
  entityKind: envelope.entityKind,
  entity: envelope.entity,
  version: envelope.version,
  customer: envelope.customer,
  license: envelope.license,
  line: envelope.line,
  activation: envelope.activation,
  actor: envelope.actor,
  source: envelope.source,
  host: envelope.host,
  reason: clear.reason,
  idempotency: envelope.idempotency,
  object: envelope.object,
  data: envelope.data,
  texts: clear.texts,
})
