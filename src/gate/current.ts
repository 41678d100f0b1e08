/** What a product is told of how it stands: a value that is made at each change and only looked at with each request. */

import { formatKey, maskKey } from '../core/codes/license-key.ts'
import type { Action, ErrorCode } from '../core/errors.ts'
import type { Change } from './changes.ts'
import { dayOf, type GateState, STATES, wordsOf } from './states.ts'
import type { Entitlements } from './union.ts'
import type { Standing, View } from './view.ts'

/** Where a visitor is led who has nothing open: the first activation, a word of why it is closed, or the product. */
export type Landing = 'activation' | 'activation-required' | 'main'

/** A license for the product, whether it stands or not. Times are unix seconds; undefined = never. */
export interface LicenseView {
  /** Whole; `masked` is for logs and pages. */
  readonly key: string
  readonly masked: string
  readonly licensee:
    | { readonly name: string; readonly id?: string | undefined; readonly domain?: string | undefined }
    | undefined
  /** The customer's id at the vendor. */
  readonly customer: string | undefined
  readonly revision: number
  readonly test: boolean
  readonly tier: string
  readonly tierTitle: string
  /** Codes of the tiers below, low to high. */
  readonly ladder: readonly string[]
  readonly kind: string
  readonly metric: string
  readonly seats: number
  readonly issued: number
  readonly expires: number | undefined
  readonly state: GateState
  readonly code: ErrorCode | undefined
  readonly reason: string
  /** Text, numbers and marks that the vendor put in. */
  readonly metadata: ReadonlyMap<string, string | number | boolean>
}

export interface Current {
  readonly state: GateState
  /** Whether the product opens. */
  readonly open: boolean
  /** Why not; undefined when it stands, as in free mode for want of a license. */
  readonly code: ErrorCode | undefined
  /** For logs. */
  readonly reason: string
  /** For people. */
  readonly title: string
  readonly message: string
  readonly action: Action | null
  readonly landing: Landing
  /** It opens, and does so no longer than grace or an emergency code last. */
  readonly warns: boolean
  /** Open without a license, by the policy of the product. */
  readonly free: boolean
  /** When time alone leads to another state, and to which; unix seconds. */
  readonly changes: { readonly at: number; readonly to: GateState } | undefined
  /** When what stands ends, and when grace does. */
  readonly ends: number | undefined
  readonly graceEnds: number | undefined
  /** The license that counts first: its tier is the product's. */
  readonly license: LicenseView | undefined
  /** Every license for the product, best first. */
  readonly licenses: readonly LicenseView[]
  readonly features: Entitlements
  readonly limits: Entitlements
  /** 0 = unlimited. */
  readonly seats: number
  /** When the gate opened again after it was closed in this process: sessions from before are asked to log in anew. */
  readonly reopened: number | undefined
  /** When it was looked, unix seconds. */
  readonly looked: number
}

const licenseView = ({ held, line, state, code, reason }: Standing): LicenseView => {
  const { license } = held
  return {
    key: formatKey(license.prefix, license.cti),
    masked: maskKey(license.prefix, license.cti),
    licensee: license.licensee,
    customer: license.customer,
    revision: license.revision,
    test: license.test,
    tier: line.tier,
    tierTitle: line.title,
    ladder: line.ladder ?? [],
    kind: line.kind,
    metric: line.metric,
    seats: line.seats,
    issued: license.issuedAt,
    expires: line.expires ?? license.expires,
    state,
    code,
    reason,
    metadata: license.metadata ?? new Map(),
  }
}

export const currentOf = (
  product: string,
  view: View,
  changes: Change | undefined,
  at: { readonly looked: number; readonly reopened: number | undefined },
): Current => {
  const { state, code, reason, open, begun, free, graceEnds } = view
  const licenses = view.lines.map(licenseView)
  const [first] = licenses
  const told = { product, reason, day: dayOf(view.at), until: dayOf(graceEnds) }
  return Object.freeze({
    state,
    open,
    code,
    reason,
    ...wordsOf(state, code, told),
    landing: open ? 'main' : begun ? 'activation-required' : 'activation',
    warns: open && STATES[state].opens && state !== 'active',
    free,
    changes: changes && { at: changes.at, to: changes.to },
    ends: open ? view.at : undefined,
    graceEnds,
    license: first,
    licenses,
    features: view.features,
    limits: view.limits,
    seats: view.seats,
    ...at,
  })
}

/** What a product can notice of one, beside what its view says. */
const noticed = ({ licenses, ends, graceEnds, seats }: Current): string =>
  JSON.stringify([
    ends ?? null,
    graceEnds ?? null,
    seats,
    licenses.map(({ key, revision, state, expires, tier }) => [key, revision, state, expires ?? null, tier]),
  ])
export const isNoticedSame = (a: Current, b: Current): boolean => noticed(a) === noticed(b)
