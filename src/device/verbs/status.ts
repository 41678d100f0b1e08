/**
 * How everything stands that is installed. Each look raises the floor; where the state cannot be written (a service that may
 * only read it) the look counts for itself.
 */

import { LicError } from '../../core/errors.ts'
import type { GrantedLine } from '../../core/rights.ts'
import type { Device } from '../device.ts'
import type { Held } from '../held.ts'
import { type Judgement, judge } from '../judge.ts'
import type { LicenseMatch } from '../match.ts'
import { type Asking, type Situation, situationIn, withClock } from '../situation.ts'
import type { State } from '../state/content.ts'
import type { Snapshot } from '../state/store.ts'

/** Roots and build are what a product says for itself. */
export interface StatusInput extends Asking {
  readonly license: LicenseMatch | undefined
  readonly product: string | undefined
  readonly allowTest: boolean
  /** How much time is worth writing down, seconds; absent: a minute. Whoever looks all day long writes less often. */
  readonly worth?: number | undefined
}

export interface LineStatus {
  readonly held: Held
  readonly line: GrantedLine
  readonly judgement: Judgement
}

export interface Status {
  readonly snapshot: Snapshot
  readonly situation: Situation
  /** Every line of every license that was asked for. */
  readonly lines: readonly LineStatus[]
  /** The first product that may not run under any license; undefined = everything may. */
  readonly refused: LineStatus | undefined
  /** False: this user may read the state and not write it. */
  readonly writable: boolean
}

/** A look is written down when this much has passed, seconds: programs look often. */
const WORTH_WRITING = 60

export const status = async (device: Device, input: StatusInput): Promise<Status> => {
  const { license, product, worth = WORTH_WRITING } = input
  const snapshot = device.store.read()
  const situation = await situationIn(device, snapshot.state, input)
  const writable = await written(device, situation, worth)
  const lines = situation.held
    .filter((held) => license?.(held) ?? true)
    .flatMap((held) => [...held.license.lines.values()].map((line) => ({ held, line })))
    .filter(({ line }) => product === undefined || line.product === product)
    .map(({ held, line }) => ({ held, line, judgement: judge(held, line, situation.around) }))
  // Two licenses may be for one product: it may run when one of them stands.
  const standing = new Set(lines.filter(({ judgement }) => judgement.ok).map(({ line }) => line.product))
  const refused = lines.find(({ line, judgement }) => !judgement.ok && !standing.has(line.product))
  return { snapshot, situation, lines, refused, writable }
}

const written = async (device: Device, { state, clock }: Situation, worth: number): Promise<boolean> => {
  if (device.dryRun || state.licenses.length === 0 || !isWorth(state, clock.kept, worth)) return true
  try {
    await device.store.update(async (now) => {
      // Another process may have lowered or raised the floor meanwhile; then its word counts.
      const next = now.floor === state.floor ? withClock(now, clock.kept) : now
      return { state: next, value: undefined }
    })
    return true
  } catch (error) {
    if (error instanceof LicError && (error.code === 'UNWRITABLE' || error.code === 'DISK_FULL')) return false
    throw error
  }
}

const isWorth = (state: State, kept: Situation['clock']['kept'], worth: number): boolean =>
  kept.floor >= state.floor + worth ||
  kept.starts !== state.starts ||
  kept.boot?.id !== state.boot?.id ||
  kept.boot?.right !== state.boot?.right
