/**
 * The door `lic/gate/express`: middleware for Express, and for whatever else hands on Node's own request and answer. Express is
 * told apart by its shape alone, so no version of it is asked for.
 */

import type { Gate } from './gate.ts'
import { byFeature, byPath, byTier, byUse, type Use, withGate } from './http/admission.ts'
import { answerOf } from './http/answer.ts'
import type { Refusal } from './http/refusal.ts'
import { type GateSource, type HttpOptions, rulesOf } from './http/rules.ts'
import { licenseStatus } from './http/status.ts'

export type { RefusalBody } from './http/answer.ts'
export type { Refusal, RefusalCode } from './http/refusal.ts'
export type { GateSource, HttpOptions } from './http/rules.ts'
export type { StatusReport } from './http/status.ts'

/** What is needed of a request. */
export interface RequestLike {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** As it came, where a router has changed `url`. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}
/** And of an answer. */
export interface AnswerLike {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
  once(event: 'close', listener: () => void): unknown
}
export type Next = (error?: unknown) => void
export type Middleware<R extends RequestLike = RequestLike> = (request: R, answer: AnswerLike, next: Next) => void

export interface ExpressGuard<R extends RequestLike = RequestLike> extends Middleware<R> {
  requireFeature(feature: string): Middleware<R>
  /** The tier, or one above it. */
  requireTier(tier: string): Middleware<R>
  /** Uses a limit or metered feature once. */
  track(name: string): Middleware<R>
  /** A handler that tells how the product stands; serve it behind the product's own login. */
  readonly status: Middleware<R>
}

/** @throws LicError INVALID_INPUT for options that are none */
export const guard = <R extends RequestLike = RequestLike>(
  source: GateSource<R>,
  options: HttpOptions<R> = {},
): ExpressGuard<R> => {
  const rules = rulesOf(options)
  const send = (answer: AnswerLike, status: number, headers: Readonly<Record<string, string>>, body: string): void => {
    answer.statusCode = status
    for (const [name, value] of Object.entries(headers)) answer.setHeader(name, value)
    answer.end(body)
  }
  const refuse = (refusal: Refusal, request: R, answer: AnswerLike): void => {
    const accept = request.headers.accept
    const asked = { method: request.method ?? 'GET', accept: typeof accept === 'string' ? accept : undefined }
    const { status, headers, body } = answerOf(refusal, rules, asked)
    send(answer, status, headers, body)
  }
  /** What goes wrong while it is decided is told to Express, and nothing is served. */
  const decided = <T>(decide: () => T | Promise<T>, then: (decision: T) => void, next: Next): void => {
    let decision: T | Promise<T>
    try {
      decision = decide()
    } catch (error) {
      next(error)
      return
    }
    if (decision instanceof Promise) void decision.then(then).catch(next)
    else then(decision)
  }
  type Ask = (gate: Gate, request: R) => Refusal | undefined
  const asking =
    (ask: Ask): Middleware<R> =>
    (request, answer, next) =>
      decided<Refusal | undefined>(
        () => withGate(source, request, (gate) => ask(gate, request)),
        (refusal) => (refusal === undefined ? next() : refuse(refusal, request, answer)),
        next,
      )
  const track =
    (name: string): Middleware<R> =>
    (request, answer, next) => {
      let gone = false
      let giveBack: (() => void) | undefined
      // Whoever asks may hang up before there is an answer.
      answer.once('close', () => {
        gone = true
        giveBack?.()
      })
      decided<Use>(
        () => withGate(source, request, (gate) => byUse(gate, name, rules.facts?.(request))),
        ({ refusal, release }) => {
          giveBack = release
          if (gone) release?.()
          else if (refusal === undefined) next()
          else refuse(refusal, request, answer)
        },
        next,
      )
    }
  const status: Middleware<R> = (request, answer, next) =>
    decided(
      () => withGate(source, request, licenseStatus),
      (report) => send(answer, 200, STATUS_HEADERS, JSON.stringify(report)),
      next,
    )
  return Object.assign(
    asking((gate, request) => byPath(gate, rules, request.originalUrl ?? request.url ?? '', request)),
    {
      requireFeature: (feature: string) => asking((gate, request) => byFeature(gate, feature, rules.facts?.(request))),
      requireTier: (tier: string) => asking((gate, request) => byTier(gate, tier, rules.facts?.(request))),
      track,
      status,
    },
  )
}

const STATUS_HEADERS = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' } as const
