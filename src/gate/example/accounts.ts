/**
 * Who is logged in. A session is the product's own token, with a claim on the license for whoever reads tokens; what is allowed
 * is never read from it, the gate is asked. Logging in takes one of the license's seats, for good until somebody releases it.
 * Invariant: a session from before the gate closed is none after it opened again, and there is none without a seat.
 */

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { sign, verify } from 'hono/jwt'
import { type Gate, licenseClaim } from '../index.ts'
import type { Store } from './store.ts'

const COOKIE = 'stockroom'
/** Seconds. */
const LASTS = 12 * 3600
const derive = promisify<string, Uint8Array, number, Buffer>(scrypt)

export type Accounts = ReturnType<typeof accounts>

export const accounts = (store: Store, gate: Gate, now: () => number) => {
  const secret = store.secret()
  const token = (name: string): Promise<string> =>
    sign({ sub: name, iat: now(), exp: now() + LASTS, license: licenseClaim(gate) }, secret, 'HS256')

  /** The name in a token, while it is good. */
  const nameIn = async (text: string | undefined): Promise<string | undefined> => {
    if (text === undefined) return undefined
    try {
      const { sub, iat = 0 } = await verify(text, secret, 'HS256')
      if (iat < (gate.current().reopened ?? 0) || typeof sub !== 'string') return undefined
      return (await gate.users.list()).some(({ user, seated }) => seated && user === sub)
        ? store.user(sub)?.name
        : undefined
    } catch {
      return undefined
    }
  }
  return {
    token,
    nameIn,
    /** As a browser sends it in the header of a request. */
    cookieIn: (header: string): string | undefined =>
      header
        .split(/;\s*/)
        .find((each) => each.startsWith(`${COOKIE}=`))
        ?.slice(COOKIE.length + 1),
    current: (context: Context): Promise<string | undefined> => nameIn(getCookie(context, COOKIE)),
    begin: async (context: Context, name: string): Promise<void> =>
      setCookie(context, COOKIE, await token(name), { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: LASTS }),
    end: (context: Context): void => void deleteCookie(context, COOKIE, { path: '/' }),
    /** A seat for who logs in, the one that they have or a free one. @returns why there is none */
    takeSeat: async (name: string): Promise<string | undefined> => {
      const { ok, code, message } = await gate.users.assign(name)
      if (ok || code !== 'USAGE_LIMIT_EXCEEDED') return ok ? undefined : message
      return `${message} Whoever has one can release it on the page License.`
    },
    /** @returns whether the name was free */
    add: async (name: string, password: string): Promise<boolean> => {
      const salt = randomBytes(16)
      return store.addUser({ name, salt, hash: await derive(password, salt, 32) })
    },
    isRight: async (name: string, password: string): Promise<boolean> => {
      const user = store.user(name)
      // The same work for a name that nobody has.
      const hash = await derive(password, user?.salt ?? randomBytes(16), 32)
      return user !== undefined && timingSafeEqual(hash, user.hash)
    },
  }
}
