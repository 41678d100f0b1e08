/**
 * What time it is on a device whose clock nobody vouches for (FORMAT 18.3). The floor is the latest time that is known to have
 * passed: it rises with everything signed that is seen and with every look, and falls only by an answer of the vendor to a
 * request that carries the clock flag. Pure: a kept clock and a reading give a kept clock.
 *
 * A clock that restarts at every boot (no battery) shows, when the machine comes up, a time before anything installed was
 * signed. It is counted on from the floor by the time since the start, for a bounded number of starts; what the machine
 * was switched off for is not counted, which is why they are bounded. A clock that was right since the last start and is
 * behind now was turned back, and is no such clock.
 * Invariant: time that was seen never comes again, but by the vendor's word.
 */

/** How far a clock may run behind what is known to have passed, seconds. */
export const TOLERANCE = 3600
/** How often a machine may be started without a clock before the vendor has to tell the time. */
export const STARTS = 60
const LAST = 0xffffffff

export interface Kept {
  readonly floor: number
  readonly starts: number
  readonly boot?:
    | { readonly id?: string | undefined; readonly uptime: number; readonly right?: true | undefined }
    | undefined
}

/** A look at the machine. */
export interface Look {
  /** Unix seconds, as the clock shows them. */
  readonly now: number
  /** Seconds since the machine was started. */
  readonly uptime: number
  readonly bootId: string | undefined
  /** The latest time of anything signed that is installed: the clock cannot rightly have begun before. */
  readonly signed: number
}

export interface Reading {
  /** The time that counts: never before the floor. */
  readonly now: number
  readonly floor: number
  /** `right`; `counted` from the floor, since the clock restarts at every boot; `behind`: turned back. */
  readonly state: 'right' | 'counted' | 'behind'
  /** What the clock itself shows. */
  readonly shown: number
  /** To be kept. */
  readonly kept: Kept
}

export const readClock = (kept: Kept, { now: shown, uptime, bootId, signed }: Look): Reading => {
  const floor = Math.max(kept.floor, signed)
  const sameStart =
    kept.boot !== undefined && (bootId === undefined ? uptime >= kept.boot.uptime : bootId === kept.boot.id)
  const boot = (right: boolean) => ({ id: bootId, uptime, ...(right && { right: true as const }) })
  if (shown >= floor - TOLERANCE) {
    const now = Math.min(Math.max(shown, floor), LAST)
    return { now, floor: now, state: 'right', shown, kept: { floor: now, starts: 0, boot: boot(true) } }
  }
  const wasRight = sameStart && kept.boot?.right === true
  const starts = kept.starts + (sameStart ? 0 : 1)
  if (!wasRight && shown - uptime < signed && starts <= STARTS) {
    const passed = sameStart ? uptime - (kept.boot?.uptime ?? 0) : uptime
    const now = Math.min(floor + Math.max(passed, 0), LAST)
    return { now, floor: now, state: 'counted', shown, kept: { floor: now, starts, boot: boot(false) } }
  }
  return { now: floor, floor, state: 'behind', shown, kept: { floor, starts, boot: boot(wasRight) } }
}

/** The vendor has told the time: the floor is what was signed, higher or lower, and starts are counted anew. */
export const toldBy = (kept: Kept, issuedAt: number): Kept => ({
  floor: issuedAt,
  starts: 0,
  boot: kept.boot && { id: kept.boot.id, uptime: kept.boot.uptime },
})

/** Something signed was seen. */
export const raisedTo = (kept: Kept, issuedAt: number): Kept =>
  issuedAt > kept.floor ? { ...kept, floor: issuedAt } : kept
