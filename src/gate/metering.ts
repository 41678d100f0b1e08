/**
 * What is used up, counted and held against the signed limits, in every process of the product together. An answer comes when
 * it stands in the shared counters; it never keeps the thread of the product waiting for a disk.
 * Invariant: what is limited is not granted when it cannot be counted.
 */

import { type ErrorCode, LicError } from '../core/errors.ts'
import { meterKey } from '../device/counters/content.ts'
import { type Ceiling, resetOf, type Tally, usedOf } from '../device/counters/count.ts'
import type { Counters, Lease } from '../device/counters/counters.ts'
import { DAY, type Span, spanOf, startOf } from '../device/counters/periods.ts'
import { isUserName, NO_NAME } from '../device/counters/users.ts'
import type { Current } from './current.ts'
import type { Emitter } from './events.ts'
import type { Entitlement } from './union.ts'

/** What became of a wish. `limit` is Infinity where there is none. */
export interface Counted {
  readonly ok: boolean
  readonly name: string
  /** Why not. */
  readonly code: ErrorCode | undefined
  /** For people. */
  readonly message: string
  readonly used: number
  readonly limit: number
  readonly remaining: number
  /** When there is more by time alone, unix seconds; and in how many seconds. */
  readonly resets: number | undefined
  readonly retryAfter: number | undefined
}

export interface Usage {
  readonly name: string
  readonly kind: 'feature' | 'limit' | 'users'
  readonly period: Entitlement['period']
  readonly used: number
  /** Infinity: none. */
  readonly limit: number
  /** 0 to 100 and above, never rounded up; 0 where there is no limit. */
  readonly percent: number
  readonly resets: number | undefined
  readonly total: number
  readonly peak: number
}

export interface NamedUser {
  readonly user: string
  /** Unix seconds. */
  readonly since: number
  /** Whether one of the seats that the license has now is theirs. */
  readonly seated: boolean
}

export interface NamedUsers {
  /** Gives a place to a user, who may have one already. At most as many as the license has seats now. */
  assign(user: string): Promise<Counted>
  /** @returns whether they had one */
  release(user: string): Promise<boolean>
  /**
   * In the order in which they were assigned. Where the license has come to have fewer seats, those who were assigned last are
   * not `seated` until others are released. Made in slices; one list of very many is large, and may cost the engine some
   * milliseconds: then `each`.
   */
  list(): Promise<readonly NamedUser[]>
  /** The same, one after the other. */
  each(): AsyncIterable<NamedUser>
}

export interface Metering {
  /** Uses a feature `n` times. A feature without a value is counted and not limited; one without period takes how many there are. */
  consume(feature: string, n?: number): Promise<Counted>
  /** The same for a named limit. */
  count(limit: string, n?: number): Promise<Counted>
  /** Takes a place of a limit on what goes on at once; it is free again by `release`, or when this process is gone. */
  hold(name: string): Promise<Counted & { readonly lease: Lease | undefined }>
  readonly users: NamedUsers
  /** Places among several at once that this process holds. */
  holding(): number
  /** Everything that is limited, and how much of it is used. */
  usage(): Promise<readonly Usage[]>
  /** What was counted under a name in each of the last hours, days, weeks or months, of ninety days; oldest first. */
  history(name: string, by: Span): Promise<readonly { readonly start: number; readonly count: number }[]>
}

export interface MeteringInput {
  readonly product: string
  readonly current: () => Current
  readonly counters: Counters
  /** Unix seconds, from which on what resets is waited for. */
  readonly now: () => number
  readonly emit: Emitter['emit']
}

const NO_LIMIT: Ceiling = { value: 0, period: 'total' }
/** Seconds between two events of one name. */
const QUIET = 60

export const metering = ({ product, current, counters, now, emit }: MeteringInput): Metering => {
  const told = new Map<string, number>()

  const tell = (name: string, { used, limit, resets }: Counted): void => {
    if (now() - (told.get(name) ?? Number.NEGATIVE_INFINITY) < QUIET) return
    told.set(name, now())
    emit('license:limit_exceeded', { name, used, limit, resets })
  }
  const answer = (name: string, { value }: Ceiling, { granted, used, resets }: Tally): Counted => {
    const limit = value === 0 ? Number.POSITIVE_INFINITY : value
    const counted: Counted = {
      ok: granted,
      name,
      code: granted ? undefined : 'USAGE_LIMIT_EXCEEDED',
      message: granted
        ? ''
        : `The license allows ${value} of ${name.replaceAll('_', ' ')}${resets === undefined ? '' : ' in this time'}.`,
      used,
      limit,
      remaining: Math.max(limit - used, 0),
      resets: granted ? undefined : resets,
      retryAfter: granted || resets === undefined ? undefined : Math.max(resets - now(), 1),
    }
    if (!granted) tell(name, counted)
    return counted
  }
  const refused = (name: string, code: ErrorCode, message: string): Counted => ({
    ...{ ok: false, name, code, message, used: 0, limit: 0, remaining: 0 },
    resets: undefined,
    retryAfter: undefined,
  })
  /** What cannot be counted is not granted, but for what is not limited. */
  const tallied = async (name: string, ceiling: Ceiling, work: () => Promise<Tally>): Promise<Counted> => {
    try {
      return answer(name, ceiling, await work())
    } catch (error) {
      if (!(error instanceof LicError)) throw error
      if (ceiling.value !== 0) return refused(name, error.code, `What was used cannot be counted: ${error.message}.`)
      return answer(name, ceiling, { granted: true, used: 0, resets: undefined })
    }
  }
  const found = (kind: 'features' | 'limits', name: string): Entitlement | Counted => {
    const { [kind]: all, open, code, message, free } = current()
    const entitlement = all.get(name)
    if (entitlement) return entitlement
    if (!open && code) return refused(name, code, message)
    return refused(
      name,
      'FEATURE_NOT_LICENSED',
      `${free ? 'Without a license there is' : 'The license has'} no ${name}.`,
    )
  }
  const use = async (kind: 'features' | 'limits', name: string, n: number): Promise<Counted> => {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new LicError('INVALID_INPUT', `${name} is counted in whole numbers from 0 on, not in ${n}`)
    }
    const entitlement = found(kind, name)
    if ('ok' in entitlement) return entitlement
    const { value, period } = entitlement
    const ceiling = value === undefined ? NO_LIMIT : { value, period }
    if (ceiling.period === 'concurrent') {
      throw new LicError('USAGE', `${name} is about what goes on at once: take a place with hold('${name}')`)
    }
    const key = meterKey(product, name)
    return tallied(name, ceiling, () =>
      ceiling.period === 'none' ? counters.gauge(key, n, ceiling) : counters.take(key, n, ceiling),
    )
  }
  async function* usersOf(): AsyncGenerator<NamedUser> {
    let place = 0
    for await (const page of counters.users.list(product)) {
      const { open, free, seats } = current()
      for (const { user, since } of page) {
        yield { user, since, seated: open && !free && (seats === 0 || place < seats) }
        place += 1
      }
    }
  }

  return {
    consume: (feature, n = 1) => use('features', feature, n),
    count: (limit, n = 1) => use('limits', limit, n),
    hold: async (name) => {
      const limited = found('limits', name)
      const entitlement = 'ok' in limited ? found('features', name) : limited
      if ('ok' in entitlement) return { ...entitlement, lease: undefined }
      const ceiling: Ceiling = { value: entitlement.value ?? 0, period: 'concurrent' }
      let lease: Lease | undefined
      const counted = await tallied(name, ceiling, async () => {
        const held = await counters.hold(meterKey(product, name), ceiling)
        lease = held.lease
        return held
      })
      return { ...counted, lease }
    },
    users: {
      assign: async (user) => {
        // A number would be written, and never read as a name again.
        if (!isUserName(user)) throw new LicError('INVALID_INPUT', NO_NAME)
        const { open, code, message, seats, free } = current()
        if (!open || free) return refused('users', code ?? 'LICENSE_MISSING', message)
        // The license says 0 for unlimited, and so does the store.
        const ceiling: Ceiling = { value: seats, period: 'none' }
        const counted = await tallied('users', ceiling, () => counters.users.assign(product, user, seats))
        if (counted.code !== 'USAGE_LIMIT_EXCEEDED') return counted
        return { ...counted, message: `No seat is free: the license has ${seats}.` }
      },
      release: (user) => counters.users.unassign(product, user),
      list: async () => {
        const named: NamedUser[] = []
        for await (const each of usersOf()) named.push(each)
        return named
      },
      each: usersOf,
    },
    holding: counters.holding,
    usage: async () => {
      const [counts, users] = [await counters.read(), (await counters.users.count(product)) ?? 0]
      const { features, limits, seats } = current()
      const of =
        (kind: Usage['kind']) =>
        ([name, { value, period }]: readonly [string, Entitlement]): Usage => {
          const key = meterKey(product, name)
          const used = usedOf(counts, key, value === undefined ? 'total' : period)
          const { total = 0, peak = 0 } = counts.meters.get(key) ?? {}
          return {
            name,
            kind,
            period,
            used,
            ...share(used, value ?? 0),
            resets: resetOf(period, counts.at),
            total,
            peak,
          }
        }
      return [
        ...[...features].filter(([, { value }]) => value !== undefined).map(of('feature')),
        ...[...limits].map(of('limit')),
        ...(users > 0
          ? [
              {
                ...({ name: 'users', kind: 'users', period: 'none', used: users, ...share(users, seats) } as const),
                ...{ resets: undefined, total: users, peak: users },
              },
            ]
          : []),
      ]
    },
    history: async (name, by) => {
      const [hours, counts] = [await counters.history(), await counters.read()]
      const key = meterKey(product, name)
      const sums = new Map<number, number>()
      const add = (at: number, count: number): void => {
        const span = spanOf(by, at)
        sums.set(span, (sums.get(span) ?? 0) + count)
      }
      for (const [hour, tallies] of hours) add(hour * 3600, tallies.get(key) ?? 0)
      add(counts.at, counts.meters.get(key)?.hour ?? 0)
      const first = spanOf(by, counts.at - 90 * DAY)
      return [...sums]
        .filter(([span, count]) => span >= first && count > 0)
        .sort(([a], [b]) => a - b)
        .map(([span, count]) => ({ start: startOf(by, span), count }))
    },
  }
}

const share = (used: number, value: number): Pick<Usage, 'limit' | 'percent'> =>
  value === 0
    ? { limit: Number.POSITIVE_INFINITY, percent: 0 }
    : { limit: value, percent: Math.floor((used * 1000) / value) / 10 }
