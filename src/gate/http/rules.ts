/**
 * What a product says of its paths, checked once. The list is closed, as that of `openGate`: a slip of the pen is found at the
 * first start. Invariant: what opens without a license are the activation page and the paths that are listed, and nothing else.
 */

import { LicError } from '../../core/errors.ts'
import type { Gate } from '../gate.ts'
import type { Facts } from '../restrictions.ts'
import { isBelow, plainPath } from './paths.ts'
import type { Refusal } from './refusal.ts'

/** A gate, or how a request finds the one of its tenant. */
export type GateSource<R> = Gate | ((request: R) => Gate | Promise<Gate>)

export interface HttpOptions<R> {
  /** The product's activation page; it opens always, with everything below it. Default `/activation`. */
  readonly activation?: string | undefined
  /** Where the product begins: what a page that refuses something leads back to. Default `/`. */
  readonly home?: string | undefined
  /** Paths that open always, exactly as written: `/health`; with everything below: `/assets/*`. They go before `features`. */
  readonly public?: readonly string[] | undefined
  /** Features that a path needs, with everything below it: `{ '/reports': 'advanced_reporting' }`. Below several, all of them. */
  readonly features?: Readonly<Record<string, string>> | undefined
  /** Where an upgrade is to be had, and whom to ask: http, https or mailto, or a path. */
  readonly upgrade?: string | undefined
  readonly contact?: string | undefined
  /** The product's name on pages. */
  readonly name?: string | undefined
  /** What restrictions are held against: country, domain, address of whoever asks. */
  readonly facts?: ((request: R) => Facts) | undefined
  /** A page of the product's own instead of the plain one. It is sent as it is: escape what is put in. */
  readonly page?: ((refusal: Refusal) => string) | undefined
}

export interface Rules<R> {
  readonly activation: string
  readonly home: string
  readonly open: ReadonlySet<string>
  readonly below: readonly string[]
  readonly features: readonly (readonly [prefix: string, feature: string])[]
  readonly upgrade: string | null
  readonly contact: string | null
  readonly name: string
  readonly facts: ((request: R) => Facts) | undefined
  readonly page: ((refusal: Refusal) => string) | undefined
}

const NAMES = [
  ...['activation', 'home', 'public', 'features', 'upgrade', 'contact', 'name', 'facts', 'page'],
] as readonly string[]

const wrong = (message: string, hint?: string): LicError =>
  new LicError('INVALID_INPUT', `guard: ${message}`, hint === undefined ? {} : { hint })

/** @throws LicError INVALID_INPUT */
export const rulesOf = <R>(options: HttpOptions<R> = {}): Rules<R> => {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw wrong(`the options have no ${unknown}`, `they have ${NAMES.join(', ')}`)
  const { activation = '/activation', home = '/', public: open = [], features = {} } = options
  const { upgrade, contact, name = '', facts } = options
  if (!Array.isArray(open)) throw wrong('public is not a list of paths')
  for (const [what, value] of Object.entries({ facts, page: options.page })) {
    if (value !== undefined && typeof value !== 'function') throw wrong(`${what} is not a function`)
  }
  const below = open.filter((path) => path.endsWith('/*')).map((path) => pathIn('public', path.slice(0, -2) || '/'))
  const exact = open.filter((path) => !path.endsWith('/*')).map((path) => pathIn('public', path))
  if (below.includes('/')) throw wrong('public opens every path', 'list the paths that need no license')
  return {
    activation: pathIn('activation', activation),
    home: pathIn('home', home),
    open: new Set(exact),
    below,
    features: Object.entries(features).map(([path, feature]) => {
      if (typeof feature !== 'string' || feature === '') throw wrong(`the feature of ${path} is not named`)
      return [pathIn('features', path).toLowerCase(), feature] as const
    }),
    upgrade: linkIn('upgrade', upgrade),
    contact: linkIn('contact', contact),
    name: String(name),
    // Whoever says nothing of a request has said that nothing is known of it.
    facts: facts && ((request) => facts(request) ?? {}),
    page: options.page,
  }
}

const pathIn = (what: string, path: unknown): string => {
  const plain = typeof path === 'string' && !path.includes('?') ? plainPath(path) : undefined
  if (plain !== undefined) return plain
  throw wrong(`${what}: ${String(path)} is no plain path`, 'letters, digits and -._~@+, behind a slash each')
}

const linkIn = (what: string, link: unknown): string | null => {
  if (link === undefined || link === '') return null
  if (typeof link === 'string' && /^(https?:\/\/|mailto:|\/(?!\/))[!-~]+$/i.test(link)) return link
  throw wrong(`${what}: ${String(link)} is neither http, https or mailto, nor a path`)
}

/** Whether a target opens whatever the license says. */
export const isAlwaysOpen = <R>({ activation, open, below }: Rules<R>, target: string): boolean => {
  const path = plainPath(target)
  if (path === undefined) return false
  return open.has(path) || isBelow(path, activation) || below.some((prefix) => isBelow(path, prefix))
}
