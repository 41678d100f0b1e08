/** A refusal as it is sent: JSON to programs, a page to browsers, and to the activation page whoever has nothing else open. */

import { type Link, page } from './page.ts'
import type { Refusal } from './refusal.ts'
import type { Rules } from './rules.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Asked {
  readonly method: string
  /** The header as it came. */
  readonly accept: string | undefined
}

/** JSON, as programs are told. */
export interface RefusalBody {
  readonly success: false
  readonly error: string
  readonly error_code: Refusal['code']
  readonly details: {
    /** The code of the verdict, and the state of the gate. */
    readonly code: string
    readonly state: string
    readonly message: string
    readonly suggestion: string
    readonly action: string | null
    readonly action_url: string | null
    readonly upgrade_url: string | null
    readonly [particular: string]: string | number | null
  }
}

/** Where the step that mends it is taken. Behind a closed gate there is one place. */
export const actionUrl = <R>(refusal: Refusal, { activation, upgrade, contact }: Rules<R>): string | null => {
  if (refusal.landing !== undefined) return activation
  switch (refusal.action) {
    case 'activate':
    case 'renew':
      return activation
    case 'upgrade':
      return upgrade ?? contact
    case 'contact':
      return contact
    default:
      return null
  }
}

export const bodyOf = <R>(refusal: Refusal, rules: Rules<R>): RefusalBody => ({
  success: false,
  error: refusal.title,
  error_code: refusal.code,
  details: {
    ...refusal.details,
    code: refusal.reason,
    state: refusal.state,
    message: refusal.message,
    suggestion: refusal.suggestion,
    action: refusal.action,
    action_url: actionUrl(refusal, rules),
    upgrade_url: rules.upgrade,
  },
})

const BUTTONS = {
  activate: 'Go to activation',
  renew: 'Go to activation',
  upgrade: 'See upgrades',
  contact: 'Ask the vendor',
} as const

/** What a page leads to: the step that mends it, and from where the product is open, back into it. */
const linksOf = <R>(refusal: Refusal, rules: Rules<R>): readonly Link[] => {
  const { landing, action, code } = refusal
  const step = {
    to: actionUrl(refusal, rules),
    label: BUTTONS[landing === undefined ? (action ?? 'activate') : 'activate'],
  }
  const { activation, home, name } = rules
  // Whoever the license does not hold for has nowhere to go back to.
  const back =
    code === 'LICENSE_INVALID'
      ? { to: activation, label: BUTTONS.activate }
      : { to: home, label: name === '' ? 'Back to the start' : `Back to ${name}` }
  return [step, ...(landing === undefined ? [back] : [])].flatMap(({ to, label }) =>
    to === null ? [] : [{ to, label }],
  )
}

const NEVER_KEPT = { 'Cache-Control': 'no-store', Vary: 'Accept', 'X-Content-Type-Options': 'nosniff' } as const
const JSON_TYPE = 'application/json; charset=utf-8'
const HTML = { 'Content-Type': 'text/html; charset=utf-8' } as const
const PAGE = {
  ...HTML,
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
} as const

export const answerOf = <R>(refusal: Refusal, rules: Rules<R>, { method, accept }: Asked): Answer => {
  const { status, landing, retryAfter } = refusal
  const asks = method === 'GET' || method === 'HEAD'
  const later = retryAfter === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfter)) }
  const sent = (more: Readonly<Record<string, string>>, body: string, code: number = status): Answer => ({
    status: code,
    headers: { ...NEVER_KEPT, ...later, ...more },
    body: method === 'HEAD' ? '' : body,
  })
  if (!wantsPage(accept)) return sent({ 'Content-Type': JSON_TYPE }, JSON.stringify(bodyOf(refusal, rules)))
  if (landing === 'activation' && asks) return sent({ Location: rules.activation }, '', 302)
  // A page of the product's own loads what it likes, by a policy that the product sets.
  if (rules.page) return sent(HTML, rules.page(refusal))
  return sent(PAGE, page(refusal, rules.name, linksOf(refusal, rules)))
}

/** Whether HTML is named, and JSON is not wanted more. Whoever takes anything is a program. */
export const wantsPage = (accept: string | undefined): boolean => {
  if (accept === undefined || !/html/i.test(accept)) return false
  const wish = (type: RegExp): number => {
    const part = accept
      .slice(0, 1_000)
      .split(',')
      .find((each) => type.test(each))
    if (part === undefined) return 0
    const quality = Number(/;\s*q=([0-9.]+)/i.exec(part)?.[1] ?? 1)
    return Number.isNaN(quality) ? 0 : quality
  }
  const html = wish(/^\s*text\/html\s*(;|$)/i)
  return html > 0 && html >= wish(/^\s*application\/(\S+\+)?json\s*(;|$)/i)
}
