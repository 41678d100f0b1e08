/**
 * Fetching revocation lists from where the product was told to, with patience: periodically, and after a failure with pauses
 * that grow. Nothing that is fetched is believed for where it came from: a list is signed. Invariant: no failure here is
 * anybody's error; whether fresh word is needed, and when it is overdue, the license says.
 */

import { LIST_LIMITS } from '../core/cbor.ts'
import { decodeArmor, isArmor } from '../core/codes/armor.ts'
import { splitSequence } from '../core/cose.ts'
import type { World } from './world.ts'

export interface Fetching {
  /** How it goes. Times are unix seconds. */
  state(): FetchState
  stop(): void
}

export interface FetchState {
  readonly url: string
  /** When lists came last. */
  readonly fetched: number | undefined
  /** Failures since then, and the last of them. */
  readonly failures: number
  readonly failure: string | undefined
  readonly next: number
}

export interface FetchInput {
  readonly url: string
  /** Seconds. */
  readonly every: number
  readonly world: World
  /** Takes signed lists in. @throws when they cannot be believed */
  readonly take: (objects: readonly Uint8Array[]) => Promise<void>
}

/** Seconds: of the first pause after a failure, and of the longest. */
const FIRST = 60
const LONGEST = 6 * 3600
/** How much of a pause is left to chance, so that a thousand sites do not ask at once. */
const CHANCE = 0.2
/** Seconds within which the first question is asked. */
const START = 5
/** Milliseconds for an answer. */
const PATIENCE = 30_000
/** Bytes of an answer: as many lists as anybody has. */
const MOST = 16 * LIST_LIMITS.bytes

export const fetchLists = ({ url, every, world, take }: FetchInput): Fetching => {
  let state: FetchState = { url, fetched: undefined, failures: 0, failure: undefined, next: 0 }
  let stopped = false
  let stopWaiting = (): void => undefined
  const ended = new AbortController()

  const chance = (): number => {
    const [a = 0, b = 0] = world.random(2)
    return (a * 256 + b) / 65_536
  }
  const wait = (seconds: number): void => {
    state = { ...state, next: Math.floor(world.now() + seconds) }
    stopWaiting = world.after(seconds * 1000, () => void ask())
  }
  const ask = async (): Promise<void> => {
    try {
      await take(await listsAt(url, world, ended.signal))
      state = { ...state, fetched: world.now(), failures: 0, failure: undefined }
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      state = { ...state, failures: state.failures + 1, failure }
    }
    if (stopped) return
    const pause = state.failures === 0 ? every : Math.min(FIRST * 2 ** (state.failures - 1), LONGEST, every)
    wait(pause * (1 + CHANCE * (2 * chance() - 1)))
  }
  wait(START * chance())
  return {
    state: () => state,
    stop: () => {
      stopped = true
      stopWaiting()
      ended.abort()
    },
  }
}

const listsAt = async (url: string, world: World, ended: AbortSignal): Promise<readonly Uint8Array[]> => {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(PATIENCE)])
  const response = await world.fetch(url, { signal })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const bytes = await bodyOf(response)
  const text = new TextDecoder().decode(bytes.subarray(0, 64))
  return splitSequence(isArmor(text) ? decodeArmor(new TextDecoder().decode(bytes)) : bytes)
}

/** Whoever answers may send without end. */
const bodyOf = async (response: Response): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > MOST) throw new Error(`an answer of more than ${MOST} bytes`)
    pieces.push(piece)
  }
  return new Uint8Array(Buffer.concat(pieces))
}
