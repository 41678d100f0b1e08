/**
 * The clock of a device against a model: walks of a machine that is started, switched off, set right and set wrong, by a person
 * who may mean well or not. 10,000 walks; SLOW=1 runs more.
 */

import { describe, expect, it } from 'vitest'
import { type Kept, raisedTo, readClock, STARTS, TOLERANCE, toldBy } from '../../src/device/clock.ts'

const START = 1_790_000_000
const DAY = 86_400
const FRESH: Kept = { floor: START, starts: 0 }

/** Numbers from a seed, so that a walk that fails is walked again. */
const dice = (seed: number): ((below: number) => number) => {
  let state = seed * 2_654_435_761 + 1
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

/** The world as it is: time passes, and the clock shows something else by an offset. */
class World {
  kept: Kept = FRESH
  real = START
  booted = START
  boots = 0
  offset = 0
  /** The greatest time that was ever counted since the vendor told the time last. */
  seen = 0
  signed = START

  look(): ReturnType<typeof readClock> {
    const reading = readClock(this.kept, {
      now: Math.max(0, this.real + this.offset),
      uptime: this.real - this.booted,
      bootId: `boot ${this.boots}`,
      signed: this.signed,
    })
    this.kept = reading.kept
    return reading
  }
  pass(seconds: number): void {
    this.real += seconds
  }
  restart(off: number): void {
    this.real += off
    this.booted = this.real
    this.boots++
  }
}

const WALKS = process.env.SLOW === '1' ? 200_000 : 10_000

describe('random walks', () => {
  it(`${WALKS} of them: time that was seen never comes again`, () => {
    const wrong: unknown[] = []
    for (let walk = 0; walk < WALKS; walk++) {
      const roll = dice(walk)
      const world = new World()
      for (let step = 0; step < 24; step++) {
        const what = roll(7)
        if (what === 0) world.pass(roll(3 * DAY))
        else if (what === 1) world.restart(roll(2 * DAY))
        else if (what === 2) world.offset = roll(40 * DAY) - 20 * DAY
        else if (what === 3) world.offset = 0
        else if (what === 4) world.offset = -world.real + roll(1000)
        else if (what === 5) world.kept = raisedTo(world.kept, world.seen + roll(DAY))
        const { floor } = world.kept
        const reading = world.look()
        const late = reading.shown < floor - TOLERANCE
        const holds =
          reading.now >= floor &&
          reading.now >= world.seen &&
          reading.kept.floor === reading.floor &&
          reading.now >= reading.floor &&
          late === (reading.state !== 'right')
        if (!holds) wrong.push({ walk, step, floor, seen: world.seen, reading })
        world.seen = reading.now
      }
    }
    expect(wrong).toEqual([])
  })

  it('an honest clock that drifts by an hour at most is never refused, and never counts ahead of itself', () => {
    for (let walk = 0; walk < 1000; walk++) {
      const roll = dice(walk)
      const world = new World()
      let highest = START
      for (let step = 0; step < 24; step++) {
        if (roll(4) === 0) world.restart(roll(DAY))
        else world.pass(roll(DAY))
        world.offset = roll(TOLERANCE / 2) - TOLERANCE / 2
        highest = Math.max(highest, world.real + world.offset)
        const reading = world.look()
        expect(reading.state).toBe('right')
        expect(reading.now).toBe(highest)
      }
    }
  })

  it('a machine without a battery counts no more than has passed, and no less than it was on', () => {
    const wrong: unknown[] = []
    for (let walk = 0; walk < 1000; walk++) {
      const roll = dice(walk)
      const world = new World()
      let on = 0
      for (let start = 0; start < STARTS; start++) {
        world.restart(roll(DAY))
        world.offset = -world.real + 100
        for (let look = 0; look < 3; look++) {
          const passed = roll(DAY / 4)
          world.pass(passed)
          on += passed
          const { state, now } = world.look()
          if (state !== 'counted' || now !== START + on || now > world.real) wrong.push({ walk, start, state, now })
        }
      }
      world.restart(10)
      world.offset = -world.real + 100
      expect(world.look().state).toBe('behind')
    }
    expect(wrong).toEqual([])
  })
})

describe('one clock', () => {
  const at = (kept: Kept, now: number, uptime = 5000, bootId: string | null = 'a') =>
    readClock(kept, { now, uptime, bootId: bootId ?? undefined, signed: START })

  it.each([
    [-1, 'right'],
    [-TOLERANCE, 'right'],
    [-TOLERANCE - 1, 'behind'],
    [-DAY, 'behind'],
    [-365 * DAY, 'behind'],
    [365 * DAY, 'right'],
  ] as const)('%d seconds off: %s', (off, state) => {
    const { kept } = at(FRESH, START + 400 * DAY, 10_000)
    expect(at(kept, START + 400 * DAY + off, 10_001).state).toBe(state)
  })

  it('that was right since the last start and is old now was turned back', () => {
    const { kept } = at(FRESH, START + DAY)
    expect(at(kept, 1000, 5001).state).toBe('behind')
    expect(at(at(kept, 1000, 5001).kept, 1000, 5002).state).toBe('behind')
    expect(at(kept, 1000, 10, 'b').state).toBe('counted')
  })

  it('is known again by its uptime where starts have no name', () => {
    const { kept } = at(FRESH, START + DAY, 5000, null)
    expect(at(kept, 1000, 5001, null).state).toBe('behind')
    expect(at(kept, 1000, 10, null).state).toBe('counted')
  })

  it('is told by the vendor: the floor falls, and starts count anew', () => {
    const ahead = at(FRESH, START + 900 * DAY).kept
    expect(at(ahead, START + DAY).state).toBe('behind')
    const told = toldBy(at(ahead, START + DAY).kept, START + DAY)
    expect(at(told, START + DAY + 5)).toMatchObject({ state: 'right', now: START + DAY + 5 })
    const spent: Kept = { floor: START, starts: STARTS }
    expect(at(spent, 1000, 10, 'c').state).toBe('behind')
    expect(at(toldBy(spent, START + 60), 1000, 10, 'c').state).toBe('counted')
  })

  it('goes no further than the last time there is', () => {
    expect(at(FRESH, 2 ** 40).now).toBe(2 ** 32 - 1)
  })
})
