/** The world that a gate runs in, as one value: clock, randomness, timers and network. Tests make one of their own. */

import { homedir } from 'node:os'
import type { World as Home } from '../device/device.ts'

export interface World {
  /** Unix seconds. */
  now(): number
  random(length: number): Uint8Array
  /** Calls back once, after so many milliseconds; the answer takes that back. Nothing that waits keeps the process alive. */
  after(milliseconds: number, work: () => void): () => void
  /** As the platform has it. */
  fetch(url: string, options: { readonly signal: AbortSignal }): Promise<Response>
}

/** Longer than this no timer of the platform can wait. */
const LONGEST = 2 ** 31 - 1

export const realWorld: World = {
  now: () => Math.floor(Date.now() / 1000),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, Math.min(milliseconds, LONGEST))
    timer.unref()
    return () => clearTimeout(timer)
  },
  fetch: (url, options) => fetch(url, options),
}

/** Where directories that nobody named lie. */
export const home = (): Home => ({ env: process.env, cwd: process.cwd(), homedir: homedir() })
