/** Taking an emergency code (FORMAT 14.5, 14.6): accepted by the license whose chain it opens, kept, and checked at each look. */

import { spell, unspell } from '../../core/codes/spoken.ts'
import type { EmergencyGrant } from '../../core/emergency.ts'
import { LicError } from '../../core/errors.ts'
import type { Device } from '../device.ts'
import type { Held } from '../held.ts'
import { openFor } from '../judge.ts'
import { commit, type Situation, situationIn, withClock, withInstalled } from '../situation.ts'

export interface UnlockResult {
  readonly held: Held
  readonly grant: EmergencyGrant
  readonly situation: Situation
}

/** @throws LicError LICENSE_MISSING, CLOCK_ROLLED_BACK, CODE_MISTYPED, CODE_KIND, NO_EMERGENCY */
export const unlock = (device: Device, code: string): Promise<UnlockResult> =>
  commit(device, async (state) => {
    const { held: all, clock, lists } = await situationIn(device, state)
    if (all.length === 0) throw new LicError('LICENSE_MISSING', 'no license is installed here that a code could open')
    if (clock.state === 'behind') {
      throw new LicError('CLOCK_ROLLED_BACK', 'the clock is behind a time that is known to have passed', {
        hint: 'set the clock right first: an emergency code is for an hour; lic help clock',
      })
    }
    const { held, grant } = opened(code, all, clock.now, lists, state.highestHour)
    const installed = { ...held.installed, emergency: spell('emergency', unspell('emergency', code)).join('-') }
    const next = {
      ...withInstalled(withClock(state, clock.kept), held, installed),
      highestHour: Math.max(state.highestHour ?? 0, grant.codeHour),
    }
    const situation = await situationIn(device, next)
    return { state: next, value: { held: situation.held[all.indexOf(held)] ?? held, grant, situation } }
  })

const opened = (
  code: string,
  all: readonly Held[],
  now: number,
  lists: Situation['lists'],
  highest: number | undefined,
): { readonly held: Held; readonly grant: EmergencyGrant } => {
  let failure: LicError | undefined
  for (const held of all) {
    try {
      return { held, grant: openFor(code, held, now, lists, highest) }
    } catch (error) {
      if (!(error instanceof LicError) || error.code !== 'NO_EMERGENCY') throw error
      failure = error
    }
  }
  throw failure ?? new LicError('NO_EMERGENCY', 'no emergency codes can be given here')
}
