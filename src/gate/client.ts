/**
 * The door `lic/gate/client`: what a product's web page knows of its license, without a framework. It reads the status that the
 * product serves, watches the answers of the product's own requests, and raises the events of the gate on the page. It decides
 * what is shown, never what is allowed: that the server does. Invariant: what was not read is not enabled.
 */

import type { StatusReport } from './http/status.ts'

export type { StatusReport } from './http/status.ts'

/** Each has `detail`: the status, `{ features }`, or the details of the refusal. */
export const EVENTS = [
  'license:expired',
  'license:updated',
  'license:limit_exceeded',
  'license:feature_disabled',
  'license:invalid',
] as const
export type ClientEvent = (typeof EVENTS)[number]

export interface ClientOptions {
  /** Where the status is served. */
  readonly url: string
  /** Seconds between two readings, the first at once; 0 = only when asked. Default 300. */
  readonly every?: number | undefined
  /** Where events are raised; default the window, else an object of its own. */
  readonly target?: EventTarget | undefined
  readonly fetch?: typeof fetch | undefined
}

export interface LicenseClient {
  /** As read last. */
  readonly status: StatusReport | undefined
  /** Reads it now. Undefined where it cannot be read. */
  refresh(): Promise<StatusReport | undefined>
  isEnabled(feature: string): boolean
  /** 0 to 100 and above; 0 for what is not limited. */
  usagePercent(name: string): number
  /** As the platform's own; what it is refused for want of a license is raised as an event. */
  readonly fetch: typeof fetch
  /** @returns what takes it back */
  on(event: ClientEvent, listener: (detail: unknown) => void): () => void
  /** Reads no more. */
  stop(): void
}

/** What a refusal says, as far as it is looked at here. */
interface Refused {
  readonly error_code?: string
  readonly details?: Readonly<Partial<Record<'code' | 'state' | 'limit' | 'feature', string>>> | null
}

const ENDED = /^(expired|lease-ended)$/
/** Milliseconds in which one limit is told of once. */
const QUIET = 60_000

export const licenseClient = (options: ClientOptions): LicenseClient => {
  const { url, every = 300 } = options
  const ask = options.fetch ?? ((...given: Parameters<typeof fetch>) => fetch(...given))
  const target =
    options.target ?? ('dispatchEvent' in globalThis ? (globalThis as unknown as EventTarget) : new EventTarget())
  const raised = new Map<string, number>()
  let status: StatusReport | undefined
  /** The state in which it was found closed. */
  let closed: string | undefined
  let reading: Promise<StatusReport | undefined> | undefined

  const raise = (name: ClientEvent, detail: unknown): void => {
    target.dispatchEvent(Object.assign(new Event(name), { detail }))
  }
  const shut = (state: string, detail: unknown): void => {
    if (closed === state) return
    closed = state
    if (status) status = { ...status, license: { ...status.license, open: false, features: [], limits: {} } }
    raise(ENDED.test(state) ? 'license:expired' : 'license:invalid', detail)
  }
  const take = (next: StatusReport): void => {
    const before = status
    const { license } = next
    status = next
    if (!license.open) {
      shut(license.status, next)
      return
    }
    const lost = before && !closed ? before.license.features.filter((name) => !license.features.includes(name)) : []
    const changed = closed || (before && JSON.stringify(before.license) !== JSON.stringify(license))
    closed = undefined
    if (lost[0]) raise('license:feature_disabled', { features: lost })
    else if (changed) raise('license:updated', next)
  }
  /** @param again whether the status is to be read again; not while it is */
  const refused = async (response: Response, again: boolean): Promise<void> => {
    if (response.status !== 403 && response.status !== 429) return
    let body: Refused
    try {
      body = (await response.clone().json()) as Refused
    } catch {
      return
    }
    // Whatever else the product answers with goes by here too.
    const { error_code: code, details: told } = body ?? {}
    const details = told ?? {}
    const { state = '', limit = '', feature = '' } = details
    if (code === 'USAGE_LIMIT_EXCEEDED') {
      if (Date.now() - (raised.get(limit) ?? 0) < QUIET) return
      raised.set(limit, Date.now())
      raise('license:limit_exceeded', details)
    } else if (code === 'FEATURE_NOT_LICENSED' && again && client.isEnabled(feature)) {
      // It has just gone; what else has, the status tells.
      await client.refresh()
    } else if (code === 'FEATURE_NOT_LICENSED' || code === 'INSUFFICIENT_LICENSE_TIER') {
      raise('license:feature_disabled', { ...details, features: feature ? [feature] : [] })
    } else if (code === 'LICENSE_INVALID' && details.code === 'RESTRICTED') {
      raise('license:invalid', details)
    } else if (code === 'LICENSE_INVALID' || code === 'LICENSE_MISSING') {
      shut(state, details)
    }
  }
  const read = async (): Promise<StatusReport | undefined> => {
    try {
      const response = await ask(url, { headers: { Accept: 'application/json' } })
      if (response.ok) take((await response.json()) as StatusReport)
      else await refused(response, false)
      return response.ok ? status : undefined
    } catch {
      // Not reachable now: what was read holds until it is.
      return undefined
    } finally {
      reading = undefined
    }
  }
  const client: LicenseClient = {
    get status() {
      return status
    },
    refresh: () => (reading ??= read()),
    isEnabled: (feature) => status?.license.features.includes(feature) === true,
    usagePercent: (name) =>
      (status && Object.hasOwn(status.usage_percentage, name) && status.usage_percentage[name]) || 0,
    fetch: async (...given) => {
      const response = await ask(...given)
      await refused(response, true)
      return response
    },
    on: (event, listener) => {
      const own = (raised: Event): void => listener((raised as Event & { detail?: unknown }).detail)
      target.addEventListener(event, own)
      return () => target.removeEventListener(event, own)
    },
    stop: () => clearInterval(timer),
  }
  if (every > 0) void client.refresh()
  const timer = every > 0 ? setInterval(() => void client.refresh(), every * 1000) : undefined
  return client
}
