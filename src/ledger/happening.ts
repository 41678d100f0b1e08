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
