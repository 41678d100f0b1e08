/**
 * What a gate tells of, by name. Every change of what a product may do is told once, with what was and what is; one that leads
 * from an open state to another and takes features away is both.
 */

import type { Current } from './current.ts'

interface Changing {
  readonly before: Current
  readonly current: Current
}

export interface GateEvents {
  /** The product has closed: the license, its grace or its lease has ended. */
  readonly 'license:expired': Changing
  /** The product has closed for any other reason. */
  readonly 'license:invalid': Changing
  /** It stands, and something of it is other than before: a renewal, another tier, grace, a list. */
  readonly 'license:updated': Changing
  /** It stands, and these features are gone. */
  readonly 'license:feature_disabled': Changing & { readonly features: readonly string[] }
  /** More was asked for than a limit has; told at most once a minute and name. */
  readonly 'license:limit_exceeded': {
    readonly name: string
    readonly used: number
    readonly limit: number
    /** When there is more by time alone, unix seconds. */
    readonly resets: number | undefined
  }
}
export type GateEvent = keyof GateEvents
export type Listener<E extends GateEvent> = (event: GateEvents[E]) => void

export interface Emitter {
  on<E extends GateEvent>(event: E, listener: Listener<E>): () => void
  emit<E extends GateEvent>(event: E, value: GateEvents[E]): void
  /** How many listeners there are. */
  listening(): number
}

export const emitter = (): Emitter => {
  const all = new Map<GateEvent, Set<(value: never) => void>>()
  return {
    on: (event, listener) => {
      const own = all.get(event) ?? new Set()
      all.set(event, own.add(listener))
      return () => void own.delete(listener)
    },
    listening: () => [...all.values()].reduce((sum, own) => sum + own.size, 0),
    emit: (event, value) => {
      for (const listener of [...(all.get(event) ?? [])]) {
        try {
          listener(value as never)
        } catch (error) {
          // A listener's mistake is the product's, and must not keep the gate from closing.
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}
