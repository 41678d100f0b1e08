/**
 * What a product says when it opens its gate. The list is closed: a name that is not in it is refused, so that a slip of the
 * pen is found at the first start. Invariant: no option, and no value of one, lets a license that does not stand pass. What
 * widens is signed (a test license, grace, an emergency code) or is the free mode, which a product has for everybody.
 */

import { LicError } from '../core/errors.ts'
import { type PublicKey, publicKeysFromPem } from '../core/keys.ts'
import { checkMoment } from '../core/moment.ts'
import type { Ceiling, Period } from '../device/counters/count.ts'
import type { Machine } from '../device/machine.ts'
import type { Fact, Facts } from './restrictions.ts'
import type { World } from './world.ts'

/** What a product does without a license: features that are on, and limits; a number is a limit without period. */
export interface Free {
  readonly features: readonly string[]
  readonly limits: Readonly<Record<string, number | { readonly value: number; readonly period: Period }>>
}

export interface Policy {
  /** `block` (the default), or what everybody may do without any license. Never what one may do whose license ended. */
  readonly unlicensed?: 'block' | Free | undefined
  /** Where revocation lists are fetched from; absent, null as in a file of settings, or empty: nowhere, they come by hand. */
  readonly revocations?: string | null | undefined
  /** How often, hours. Default 24. Whether fresh word is needed at all, the license says. */
  readonly every?: number | undefined
}

/** Facts that are known from the start; those of `perRequest` are said with each request (`gate.permits`). */
export interface GateFacts extends Facts {
  readonly perRequest?: readonly Fact[] | undefined
}

export interface GateOptions extends Partial<World> {
  /** The vendor's public root keys: PEM text, or keys that were read before. */
  readonly root: string | readonly PublicKey[]
  /** The product's code, as licenses name it. */
  readonly product: string
  /** The directory of the state of this device, as `lic --state`; absent: as for lic (LIC_STATE, XDG). */
  readonly state?: string | undefined
  /** The state in /var/lib/lic, as `lic --system`. */
  readonly system?: boolean | undefined
  /** Where counters lie; absent: `usage` in the state. A service that may only read the state names a directory of its own. */
  readonly usage?: string | undefined
  readonly policy?: Policy | undefined
  /** Of this build: dotted numbers, and when it was made (unix seconds). */
  readonly version?: string | undefined
  readonly buildDate?: number | undefined
  /** Whether this is a test build, which takes test licenses. */
  readonly allowTest?: boolean | undefined
  readonly facts?: GateFacts | undefined
  readonly machine?: Machine | undefined
}

/** Every name that an option may have. */
export const OPTION_NAMES = [
  'root',
  'product',
  'state',
  'system',
  'usage',
  'policy',
  'version',
  'buildDate',
  'allowTest',
  'facts',
  'machine',
  'now',
  'random',
  'after',
  'fetch',
] as const satisfies readonly (keyof GateOptions)[]
const POLICY_NAMES = ['unlicensed', 'revocations', 'every'] as const satisfies readonly (keyof Policy)[]
const FACT_NAMES = ['country', 'domain', 'ip', 'perRequest'] as const satisfies readonly (keyof GateFacts)[]
const FREE_NAMES = ['features', 'limits'] as const satisfies readonly (keyof Free)[]
const PERIODS: readonly Period[] = ['none', 'hour', 'day', 'month', 'total', 'concurrent']

export interface FreeMode {
  readonly features: readonly string[]
  readonly limits: ReadonlyMap<string, Ceiling>
}

/** What was said, checked. JavaScript passes anything. */
export interface Said {
  readonly roots: readonly PublicKey[]
  readonly free: FreeMode | undefined
  readonly revocations: string | undefined
  /** Seconds. */
  readonly every: number
  readonly facts: GateFacts
}

const wrong = (message: string, hint?: string): LicError =>
  new LicError('INVALID_INPUT', `openGate: ${message}`, hint === undefined ? {} : { hint })

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const checkNames = (value: unknown, names: readonly string[], what: string): void => {
  if (!isObject(value)) throw wrong(`${what} is not an object`)
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) throw wrong(`${what} has no ${unknown}`, `it has ${names.join(', ')}`)
}

/** @throws LicError INVALID_INPUT; and as `publicKeysFromPem` */
export const checked = (options: GateOptions): Said => {
  checkNames(options, OPTION_NAMES, 'the options')
  const { root, product, policy = {}, version, buildDate, allowTest, system, state, usage, facts = {} } = options
  const roots = typeof root === 'string' ? publicKeysFromPem(root) : root
  if (!Array.isArray(roots) || roots.length === 0) {
    throw wrong('no root public key is given', 'embed the file that `lic trust export --out root.pub` writes')
  }
  if (typeof product !== 'string' || product === '') throw wrong('product is not named')
  for (const [name, value] of Object.entries({ version, state, usage })) {
    // A path that is empty would be the directory that the product was started in.
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw wrong(`${name} is not text`)
  }
  for (const [name, value] of Object.entries({ allowTest, system })) {
    if (value !== undefined && typeof value !== 'boolean') throw wrong(`${name} is neither true nor false`)
  }
  if (buildDate !== undefined) checkMoment('buildDate', buildDate)
  checkNames(policy, POLICY_NAMES, 'policy')
  checkNames(facts, FACT_NAMES, 'facts')
  const { unlicensed = 'block', every = 24 } = policy
  const revocations = policy.revocations ?? ''
  if (typeof revocations !== 'string') throw wrong('policy.revocations is not a URL')
  if (typeof every !== 'number' || !(every >= 1 && every <= 24 * 365))
    throw wrong('policy.every is not hours, from 1 on')
  return {
    roots,
    free: unlicensed === 'block' ? undefined : freeMode(unlicensed),
    revocations: revocations.trim() || undefined,
    every: every * 3600,
    facts,
  }
}

const freeMode = (free: Free): FreeMode => {
  if (!isObject(free)) throw wrong("policy.unlicensed is neither 'block' nor { features, limits }")
  checkNames(free, FREE_NAMES, 'policy.unlicensed')
  const { features, limits } = free
  if (!Array.isArray(features) || !features.every((name) => typeof name === 'string')) {
    throw wrong('policy.unlicensed.features is not a list of names')
  }
  if (!isObject(limits)) throw wrong('policy.unlicensed.limits is not an object')
  return { features, limits: new Map(Object.entries(limits).map(([name, limit]) => [name, ceilingOf(name, limit)])) }
}

const ceilingOf = (name: string, limit: Free['limits'][string]): Ceiling => {
  const { value, period } = typeof limit === 'number' ? { value: limit, period: 'none' as const } : limit
  if (!Number.isSafeInteger(value) || value < 0 || !PERIODS.includes(period)) {
    throw wrong(`the limit ${name} of the free mode is neither a number nor { value, period }`)
  }
  return { value, period }
}
