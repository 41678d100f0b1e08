/** Everything that a verb needs to know at one moment: the licenses opened, the time that counts, the lists, the machine. */

import { readRequest } from '../core/request.ts'
import type { RevocationList } from '../core/revocation.ts'
import type { TrustBundle } from '../core/trust-bundle.ts'
import { bundlesUnder } from './bundles.ts'
import { type Kept, type Reading, readClock } from './clock.ts'
import type { Device } from './device.ts'
import { deviceNow } from './fingerprint/binding.ts'
import { type Held, openAll, openLists, openUnder, rootsIn, signedAt, trustOf, type Unopened } from './held.ts'
import type { Build, Circumstances } from './judge.ts'
import type { Pending, State } from './state/content.ts'
import type { Changed } from './state/store.ts'

export interface Situation {
  readonly state: State
  readonly held: readonly Held[]
  readonly clock: Reading
  readonly lists: readonly RevocationList[]
  /** The newest trust bundle of each root. */
  readonly bundles: readonly TrustBundle[]
  readonly around: Circumstances
  /** What a product with roots of its own does not believe. */
  readonly unopened: readonly Unopened[]
}

export interface Asking {
  readonly allowTest?: boolean | undefined
  /** Root public keys that a product embeds, 32 bytes each; absent: those that were named at installation. */
  readonly roots?: readonly Uint8Array[] | undefined
  readonly build?: Build | undefined
}

/** @throws LicError as `verify` does, where what was kept does not verify under the roots that were named at installation */
export const situationIn = async (
  device: Device,
  state: State,
  { allowTest = true, roots, build }: Asking = {},
): Promise<Situation> => {
  const believed = roots && (await openUnder(state, roots))
  const held = believed?.held ?? openAll(state)
  const trust = trustOf(state, roots ?? rootsIn(state))
  const lists = believed?.lists ?? (await openLists(state, trust))
  const bundles = bundlesUnder(state, trust)
  const slots = await device.slots()
  const clock = readClock(state, {
    now: device.now(),
    uptime: device.machine.uptime(),
    bootId: device.machine.bootId(),
    signed: signedAt(held),
  })
  const around: Circumstances = {
    clock,
    lists,
    allowTest,
    live: (cti, kind, text) => deviceNow(device.machine, slots, cti, { kind, text }),
    wasReleased: (anchor) => device.store.wasReleased(anchor),
    build,
  }
  return { state, held, clock, lists, bundles, around, unopened: believed?.unopened ?? [] }
}

/** The state with the clock as it is kept now. */
export const withClock = (state: State, { floor, starts, boot }: Kept): State => ({ ...state, floor, starts, boot })

/** Replaces one license; the others stay as they are. */
export const withInstalled = (state: State, old: Held, installed: Held['installed']): State => ({
  ...state,
  licenses: state.licenses.map((each) => (each === old.installed ? installed : each)),
})

/** The request of a pending entry, read. */
export const requestOf = (pending: Pending) => readRequest(pending.request)

/** Carries a change out, or only works it out in a dry run. */
export const commit = async <T>(device: Device, change: (state: State) => Promise<Changed<T>>): Promise<T> =>
  device.dryRun ? (await change(device.store.read().state)).value : device.store.update(change)
