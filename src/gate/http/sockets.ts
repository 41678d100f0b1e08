/**
 * The guard of a WebSocket. A browser is told nothing of why a handshake failed, so the connection is accepted and then closed
 * with a code that says why. What opened it is asked again with each message, and whenever the license changes, so that a
 * connection outlives neither. Invariant: no message reaches the product before it was admitted, or after it was closed.
 */

import type { Lease } from '../../device/counters/counters.ts'
import type { Current } from '../current.ts'
import type { Gate } from '../gate.ts'
import type { Facts } from '../restrictions.ts'
import { byFeature, byTier, givenBack } from './admission.ts'

/** Codes that a connection is closed with; those from 4000 on are the application's (RFC 6455, 7.4.2). */
export const CLOSE = { general: 4000, expired: 4001, token: 4002, feature: 4003, connections: 4005 } as const
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE]

/** What a WebSocket of any kind has: of the package ws, of Deno, Bun, a worker. */
export interface SocketLike {
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close' | 'error', listener: () => void): void
}

export interface SocketOptions {
  readonly feature?: string | undefined
  readonly tier?: string | undefined
  /** What restrictions are held against: of the request that it was opened with. */
  readonly facts?: Facts | undefined
  /** A limit on what goes on at once; each connection holds one place of it. */
  readonly limit?: string | undefined
  /** Whether the token that it was opened with is good; asked at the start and with each message. To throw is no. */
  readonly token?: (() => boolean | Promise<boolean>) | undefined
  /** Every message, once it may pass. */
  readonly message?: ((data: unknown) => void) | undefined
}

interface Closing {
  readonly code: CloseCode
  readonly reason: string
}

/** Messages that wait for admission; nobody who means well sends more before being answered. */
const MOST_WAITING = 64
/** Bytes of a reason (RFC 6455, 5.5.1). */
const LONGEST_REASON = 123

const EVENTS = ['license:expired', 'license:invalid', 'license:feature_disabled', 'license:updated'] as const

/** @returns whether it was admitted; a connection that was not is closed already */
export const guardSocket = async (gate: Gate, socket: SocketLike, options: SocketOptions = {}): Promise<boolean> => {
  const { message = () => undefined, limit } = options
  let lease: Lease | undefined
  let state: 'waiting' | 'open' | 'closed' = 'waiting'
  let waiting: unknown[] = []
  let turn: Promise<void> = Promise.resolve()

  const end = (): void => {
    state = 'closed'
    waiting = []
    for (const stop of stops) stop()
    if (lease) void givenBack(lease)
    lease = undefined
  }
  const close = ({ code, reason }: Closing): void => {
    if (state === 'closed') return
    end()
    socket.close(code, shortened(reason))
  }
  const check = async (): Promise<boolean> => {
    const closing =
      refusalOf(gate, options) ??
      (lease?.lost ? NO_PLACE : undefined) ??
      ((await isGood(options)) ? undefined : BAD_TOKEN)
    if (closing) close(closing)
    return state !== 'closed'
  }
  const pass = async (data: unknown): Promise<void> => {
    if (state === 'closed' || !(await check())) return
    try {
      message(data)
    } catch (error) {
      // A mistake of the product's is told as one, and no other message waits for it.
      queueMicrotask(() => {
        throw error
      })
    }
  }
  const arrived = (data: unknown): void => {
    if (state === 'waiting' && waiting.push(data) > MOST_WAITING) close(TOO_MANY)
    if (state === 'open') turn = turn.then(() => pass(data))
  }
  // Before anything is waited for: what comes meanwhile must not be lost.
  socket.addEventListener('message', ({ data }) => arrived(data))
  socket.addEventListener('close', end)
  socket.addEventListener('error', end)
  const stops = EVENTS.map((event) =>
    gate.on(event, () => {
      const closing = refusalOf(gate, options)
      if (closing) close(closing)
    }),
  )

  if (!(await check())) return false
  if (limit !== undefined) {
    const held = await gate.hold(limit)
    lease = held.lease
    // It may have gone meanwhile.
    if (state !== 'waiting') {
      if (lease) void givenBack(lease)
      lease = undefined
      return false
    }
    if (!held.ok) {
      close(
        closingOf(
          gate.current(),
          held.code === 'USAGE_LIMIT_EXCEEDED' ? NO_PLACE : { ...GENERAL, reason: held.message },
        ),
      )
      return false
    }
  }
  state = 'open'
  for (const data of waiting.splice(0)) turn = turn.then(() => pass(data))
  return true
}

const GENERAL: Closing = { code: CLOSE.general, reason: 'The license does not allow it.' }
const BAD_TOKEN: Closing = { code: CLOSE.token, reason: 'The token is not valid.' }
const NO_PLACE: Closing = { code: CLOSE.connections, reason: 'Too many connections at once.' }
const TOO_MANY: Closing = { code: CLOSE.general, reason: 'Too many messages at once.' }

/** A closed gate goes before anything else. */
const closingOf = ({ open, state, title }: Current, otherwise: Closing): Closing => {
  if (open) return otherwise
  return { code: state === 'expired' || state === 'lease-ended' ? CLOSE.expired : CLOSE.general, reason: title }
}

const refusalOf = (gate: Gate, { feature, tier, facts }: SocketOptions): Closing | undefined => {
  const current = gate.current()
  if (!current.open) return closingOf(current, GENERAL)
  const permission = facts && gate.permits(facts)
  if (permission?.ok === false) return { ...GENERAL, reason: permission.message }
  const refusal =
    (feature === undefined ? undefined : byFeature(gate, feature, facts)) ??
    (tier === undefined ? undefined : byTier(gate, tier, facts))
  return refusal && { code: CLOSE.feature, reason: refusal.message }
}

const isGood = async ({ token }: SocketOptions): Promise<boolean> => {
  if (token === undefined) return true
  try {
    return (await token()) === true
  } catch {
    return false
  }
}

const shortened = (reason: string): string => {
  let text = reason
  while (new TextEncoder().encode(text).length > LONGEST_REASON) text = text.slice(0, -1)
  return text
}
