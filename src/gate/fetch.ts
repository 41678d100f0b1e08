/**
 * The door `lic/gate/fetch`: a guard around handlers that take a Request and give a Response, wherever those are served. Nothing
 * of Node is reached from here; the gate itself comes from `lic/gate`.
 */

import type { Gate } from './gate.ts'
import { byFeature, byPath, byTier, byUse, withGate } from './http/admission.ts'
import { type Answer, answerOf } from './http/answer.ts'
import { targetOf } from './http/paths.ts'
import type { Refusal } from './http/refusal.ts'
import { type GateSource, type HttpOptions, rulesOf } from './http/rules.ts'
import { licenseStatus } from './http/status.ts'
import { heldUntilSent } from './http/until-sent.ts'

export type { RefusalBody } from './http/answer.ts'
export type { Refusal, RefusalCode } from './http/refusal.ts'
export type { GateSource, HttpOptions } from './http/rules.ts'
export type { StatusReport } from './http/status.ts'

/** More than the request is handed on: environment, context, what the platform has. */
export type Handler<More extends readonly unknown[] = []> = (
  request: Request,
  ...more: More
) => Response | Promise<Response>

type Wrap = <More extends readonly unknown[]>(handler: Handler<More>) => Handler<More>

export interface FetchGuard extends Wrap {
  /** The handlers that it makes ask for a feature, a tier or one of the latter above it, a use of a limit or metered feature. */
  requireFeature(feature: string): Wrap
  requireTier(tier: string): Wrap
  track(name: string): Wrap
  /** A handler that tells how the product stands; serve it behind the product's own login. */
  readonly status: (request: Request) => Promise<Response>
}

const responseOf = ({ status, headers, body }: Answer): Response =>
  new Response(body === '' ? null : body, { status, headers })

/** @throws LicError INVALID_INPUT for options that are none */
export const guard = (source: GateSource<Request>, options: HttpOptions<Request> = {}): FetchGuard => {
  const rules = rulesOf(options)
  const refuse = (refusal: Refusal, { method, headers }: Request): Response =>
    responseOf(answerOf(refusal, rules, { method, accept: headers.get('accept') ?? undefined }))
  const asking =
    (ask: (gate: Gate, request: Request) => Refusal | undefined): Wrap =>
    (handler) =>
    (request, ...more) =>
      withGate(source, request, (gate) => {
        const refusal = ask(gate, request)
        return refusal === undefined ? handler(request, ...more) : refuse(refusal, request)
      })
  return Object.assign(
    asking((gate, request) => byPath(gate, rules, targetOf(request.url), request)),
    {
      requireFeature: (feature: string) => asking((gate, request) => byFeature(gate, feature, rules.facts?.(request))),
      requireTier: (tier: string) => asking((gate, request) => byTier(gate, tier, rules.facts?.(request))),
      track:
        (name: string): Wrap =>
        (handler) =>
        (request, ...more) =>
          withGate(source, request, async (gate) => {
            const { refusal, release } = await byUse(gate, name, rules.facts?.(request))
            if (refusal) return refuse(refusal, request)
            return release === undefined
              ? handler(request, ...more)
              : heldUntilSent(request.method, release, () => handler(request, ...more))
          }),
      status: async (request: Request) =>
        withGate(source, request, async (gate) =>
          Response.json(await licenseStatus(gate), { headers: { 'Cache-Control': 'no-store' } }),
        ),
    },
  )
}
