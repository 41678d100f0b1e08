/**
 * Taking a license away. What was given up keeps its code, and the floor stays: neither comes back with the license. A license
 * that is activated here is not taken away unseen, since with it goes the proof that its place can be given up.
 */

import { equal } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { Device } from '../device.ts'
import { type Held, pick } from '../held.ts'
import type { LicenseMatch } from '../match.ts'
import { commit, situationIn, withClock } from '../situation.ts'
import type { Tombstone } from '../state/content.ts'

export interface Uninstalled {
  readonly held: Held
  /** What was given up of it, whose codes stay here; oldest first. */
  readonly tombstones: readonly Tombstone[]
}

/** @throws LicError LICENSE_MISSING, NOT_FOUND, AMBIGUOUS, ILLEGAL_MOVE */
export const uninstall = (device: Device, license: LicenseMatch | undefined, force: boolean): Promise<Uninstalled> =>
  commit(device, async (state) => {
    const { held: all, clock } = await situationIn(device, state)
    const held = pick(all, license)
    if (!force && held.activations.length > 0) {
      throw new LicError('ILLEGAL_MOVE', 'it is activated on this device', {
        hint: 'give its place up first: lic deactivate KEY; or take it away with --force, and the place stays taken',
      })
    }
    const licenses = state.licenses.filter((each) => each !== held.installed)
    const tombstones = state.tombstones.filter(({ cti }) => equal(cti, held.license.cti))
    return { state: { ...withClock(state, clock.kept), licenses }, value: { held, tombstones } }
  })
