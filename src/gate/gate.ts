/**
 * The gate of a product: how it stands with its license, always at hand, and told when it changes. It looks when the state on disk
 * changes, when time alone changes something, and once a minute for the clock; with each request nothing is looked at but
 * the value of the last look. Invariant: what a closed gate says is that nothing opens.
 */

import { resolve } from 'node:path'
import { LicError } from '../core/errors.ts'
import type { Reading } from '../device/clock.ts'
import { openCounters } from '../device/counters/counters.ts'
import { counterPlaces } from '../device/counters/places.ts'
import { type Device, openDevice, placesOf } from '../device/device.ts'
import { thisMachine } from '../device/machine.ts'
import { install } from '../device/verbs/install.ts'
import { type Status, type StatusInput, status } from '../device/verbs/status.ts'
import { type Foretold, foretold, isSame } from './changes.ts'
import { type Current, currentOf, isNoticedSame, type Landing } from './current.ts'
import { type Entitled, entitled } from './entitled.ts'
import { type Emitter, emitter } from './events.ts'
import { type FetchState, fetchLists } from './fetch-lists.ts'
import { hostOf } from './host.ts'
import { type Intake, intake } from './intake.ts'
import { type Metering, metering } from './metering.ts'
import { checked, type GateOptions } from './options.ts'
import { type Look, type View, viewOf } from './view.ts'
import { watch } from './watch.ts'
import { home, realWorld, type World } from './world.ts'

/** A page of the product: `main` is every page that needs a license, the login among them. */
export type Page = Landing | 'login'

export interface Gate extends Entitled, Metering, Intake {
  /** How it stands. A value that is there: ask it with every request. */
  current(): Current
  /**
   * Whether a page opens. Before the first activation `activation` alone does; once that has been and the license does not
   * stand, `activation-required` and behind its button `activation`; else everything, and `activation` for whoever renews early.
   */
  opens(page: Page): boolean
  readonly on: Emitter['on']
  /** How many listen, the sockets among them. */
  readonly listening: Emitter['listening']
  /** Looks now, rather than when it is due. */
  refresh(): Promise<Current>
  /** How fetching of lists goes; undefined where nothing is fetched. */
  fetching(): FetchState | undefined
  /** Ends it: nothing is looked at any more, places that are held are free, and it opens nothing. */
  close(): Promise<void>
}

/** Seconds: the longest between two looks, for a clock that is turned back; and what time is worth being written down. */
const LOOK = 60
const WORTH = 1_800

/**
 * @throws LicError INVALID_INPUT for options that are none. What is wrong with a license or with its place is a state.
 */
export const openGate = async (options: GateOptions): Promise<Gate> => {
  const { roots, free, revocations, every, facts } = checked(options)
  const { product, version, buildDate, allowTest = false } = options
  const world: World = {
    now: options.now ?? realWorld.now,
    random: options.random ?? realWorld.random,
    after: options.after ?? realWorld.after,
    fetch: options.fetch ?? realWorld.fetch,
  }
  const device = deviceOf(options, world)
  const host = await hostOf(device.machine)
  const asking = {
    ...{ license: undefined, product, allowTest, worth: WORTH },
    roots: roots.map(({ bytes }) => bytes),
    build: { version, buildDate },
  }
  const events = emitter()
  let view: View | undefined
  let current: Current | undefined
  let reopened: number | undefined
  let closed = false
  /** Seconds that the time which counts is ahead of the clock; and of them those that stay, as the clock never comes up to it. */
  let ahead = 0
  let apart = 0
  let stopWaiting: (() => void) | undefined
  let looking: Promise<void> | undefined
  let again = false

  const lookOnce = async (): Promise<void> => {
    const found = await foundOn(device, asking)
    if (closed) return
    const look: Look = { product, facts, host, free, found }
    const clock = found instanceof LicError ? unread(world.now()) : found.situation.clock
    ahead = clock.now - clock.shown
    apart = clock.state === 'counted' ? ahead : 0
    const next = viewOf(look, clock)
    const coming = foretold(look, next, clock)
    if (view && !view.open && next.open) reopened = world.now()
    const before = current
    const was = view
    view = next
    current = currentOf(product, next, coming.state, { looked: clock.now, reopened })
    wait(coming)
    if (before && was) tell(was, next, before, current)
  }
  /** One look at a time; what asks meanwhile gets one that began afterwards. */
  const lookNow = (): Promise<void> => {
    if (looking) {
      again = true
      return looking
    }
    looking = (async () => {
      try {
        do {
          again = false
          await lookOnce()
        } while (again && !closed)
      } finally {
        looking = undefined
      }
    })()
    return looking
  }
  const wait = ({ any }: Foretold): void => {
    stopWaiting?.()
    stopWaiting = world.after(Math.min(any?.inSeconds ?? LOOK, LOOK) * 1000, () => void lookNow())
  }
  const tell = (was: View, is: View, before: Current, now: Current): void => {
    const changing = { before, current: now }
    const moved = was.state !== is.state || was.code !== is.code
    if (!moved && isSame(was, is) && isNoticedSame(before, now)) return
    if (moved) {
      const ended = is.state === 'expired' || is.state === 'lease-ended'
      events.emit(is.open ? 'license:updated' : ended ? 'license:expired' : 'license:invalid', changing)
    }
    const lost = is.open ? [...before.features.keys()].filter((name) => !now.features.has(name)) : []
    if (lost.length > 0) events.emit('license:feature_disabled', { ...changing, features: lost })
    else if (!moved) events.emit('license:updated', changing)
  }

  // What changes while it looks for the first time is noticed too.
  const stopWatching = await watch([device.places.dir, device.places.mirror], world, () => void lookNow())
  await lookNow()
  const known = (): Current => {
    if (current === undefined) throw new LicError('UNEXPECTED', 'the gate was never looked at')
    return current
  }
  const boot = device.machine.bootId()
  const counters = openCounters({
    places: counterPlaces(device.places, options.usage === undefined ? undefined : resolve(options.usage)),
    rights: { shared: options.system === true && options.usage === undefined, uid: device.machine.uid },
    random: world.random,
    moment: () => ({ at: world.now() + ahead, uptime: device.machine.uptime(), boot }),
    after: world.after,
  })
  const fetching =
    revocations === undefined
      ? undefined
      : fetchLists({
          ...{ url: revocations, every, world },
          take: async (objects) => {
            await install(device, { objects, roots: asking.roots })
            await lookNow()
          },
        })
  const refresh = async (): Promise<Current> => {
    if (!closed) await lookNow()
    return known()
  }
  return {
    current: known,
    opens: (page) => {
      const { open, landing } = known()
      return open ? page !== 'activation-required' : page === 'activation' || page === landing
    },
    ...entitled(known, facts, () => view?.lines ?? []),
    ...metering({ product, current: known, counters, now: () => world.now() + apart, emit: events.emit }),
    on: events.on,
    listening: events.listening,
    ...intake({ device, roots: asking.roots, product, version, current: known, look: refresh }),
    refresh,
    fetching: () => fetching?.state(),
    close: async () => {
      if (closed) return
      closed = true
      stopWaiting?.()
      stopWatching()
      fetching?.stop()
      const shut = { product, facts, host, free: undefined, found: new LicError('UNEXPECTED', 'the gate was closed') }
      view = viewOf(shut, unread(world.now()))
      current = currentOf(product, view, undefined, { looked: world.now(), reopened })
      await counters.close()
    },
  }
}

const deviceOf = (options: GateOptions, { now, random }: World): Device => {
  const { state, system = false, machine = thisMachine() } = options
  return openDevice({ places: placesOf(home(), { state, system }), shared: system, machine, now, random })
}

/** The same question that `lic status` asks; or why there is no answer. */
const foundOn = async (device: Device, asking: StatusInput): Promise<Status | LicError> => {
  try {
    return await status(device, asking)
  } catch (error) {
    if (error instanceof LicError) return error
    // Whatever it is, the product goes on, and its gate is closed.
    return new LicError('UNEXPECTED', error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** Where no state could be read, the clock is what it shows. */
const unread = (now: number): Reading => ({
  now,
  floor: now,
  state: 'right',
  shown: now,
  kept: { floor: now, starts: 0 },
})
