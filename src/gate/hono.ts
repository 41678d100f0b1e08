/** The door `lic/gate/hono`: middleware. Hono is told apart by its shape alone, so no version of it is asked for. */

import type { Gate } from './gate.ts'
import { byFeature, byPath, byTier, byUse, withGate } from './http/admission.ts'
import { answerOf } from './http/answer.ts'
import { targetOf } from './http/paths.ts'
import type { Refusal } from './http/refusal.ts'
import { type GateSource, type HttpOptions, rulesOf } from './http/rules.ts'
import { licenseStatus } from './http/status.ts'
import { heldUntilSent } from './http/until-sent.ts'

export type { RefusalBody } from './http/answer.ts'
export type { Refusal, RefusalCode } from './http/refusal.ts'
export type { GateSource, HttpOptions } from './http/rules.ts'
export type { StatusReport } from './http/status.ts'

/** What is needed of a Context. */
export interface ContextLike {
  readonly req: { readonly raw: Request }
  res: Response
}
/** @returns the answer where the request is turned away */
export type Middleware<C extends ContextLike = ContextLike> = (
  context: C,
  next: () => Promise<void>,
) => Promise<Response | undefined>

export interface HonoGuard<C extends ContextLike = ContextLike> extends Middleware<C> {
  requireFeature(feature: string): Middleware<C>
  /** The tier, or one above it. */
  requireTier(tier: string): Middleware<C>
  /** Uses a limit or metered feature once. */
  track(name: string): Middleware<C>
  /** A handler that tells how the product stands; serve it behind the product's own login. */
  readonly status: (context: C) => Promise<Response>
}

/** @throws LicError INVALID_INPUT for options that are none */
export const guard = <C extends ContextLike = ContextLike>(
  source: GateSource<C>,
  options: HttpOptions<C> = {},
): HonoGuard<C> => {
  const rules = rulesOf(options)
  const refuse = (refusal: Refusal, { req: { raw } }: C): Response => {
    const accept = raw.headers.get('accept') ?? undefined
    const { status, headers, body } = answerOf(refusal, rules, { method: raw.method, accept })
    return new Response(body === '' ? null : body, { status, headers })
  }
  const asking =
    (ask: (gate: Gate, context: C) => Refusal | undefined): Middleware<C> =>
    async (context, next) => {
      const refusal = await withGate(source, context, (gate) => ask(gate, context))
      if (refusal !== undefined) return refuse(refusal, context)
      await next()
      return undefined
    }
  return Object.assign(
    asking((gate, context) => byPath(gate, rules, targetOf(context.req.raw.url), context)),
    {
      requireFeature: (feature: string) => asking((gate, context) => byFeature(gate, feature, rules.facts?.(context))),
      requireTier: (tier: string) => asking((gate, context) => byTier(gate, tier, rules.facts?.(context))),
      track:
        (name: string): Middleware<C> =>
        async (context, next) => {
          const { refusal, release } = await withGate(source, context, (gate) =>
            byUse(gate, name, rules.facts?.(context)),
          )
          if (refusal !== undefined) return refuse(refusal, context)
          if (release === undefined) {
            await next()
            return undefined
          }
          context.res = await heldUntilSent(context.req.raw.method, release, async () => {
            await next()
            return context.res
          })
          return undefined
        },
      status: async (context: C) =>
        withGate(source, context, async (gate) =>
          Response.json(await licenseStatus(gate), { headers: { 'Cache-Control': 'no-store' } }),
        ),
    },
  )
}
