/** `lic uninstall`: takes a license away. Release codes of what was given up stay here. */

import { activationId } from '../../core/release.ts'
import { type Held, openAll, pick } from '../../device/held.ts'
import { requestOf } from '../../device/situation.ts'
import { uninstall as uninstallIn } from '../../device/verbs/uninstall.ts'
import type { Context } from '../context.ts'
import { begunOf, type DeviceFlags, deviceHere, givenUpData, maskedOf, matchOf, nameOf } from '../device.ts'
import type { Outcome } from '../outcome.ts'

interface UninstallOptions extends DeviceFlags {
  readonly key: string | undefined
  readonly force: boolean
}

export const uninstall = async (context: Context, { key, force, ...flags }: UninstallOptions): Promise<Outcome> => {
  const device = await deviceHere(context, flags)
  const named = pick(openAll(device.store.read().state), matchOf(key))
  await context.ask.confirm(`take the license ${maskedOf(named)} away from this device?`)
  const { held, tombstones } = await uninstallIn(device, matchOf(key), force)
  const { dryRun } = context
  const lost = held.activations.map(({ answer }) => activationId(answer.anchor))
  const asked = held.installed.pending.map((each) => activationId(requestOf(each).anchor))
  return {
    schema: 'uninstalled',
    data: {
      ...nameOf(held.license),
      activations: held.activations.length,
      lost,
      givenUp: tombstones.map(givenUpData).reverse(),
      ...(dryRun && { dryRun }),
    },
    show: {
      fields: [
        ['taken away', maskedOf(held)],
        ['licensee', held.license.licensee?.name],
      ],
    },
    notes: [
      ...lost.map(
        (id) =>
          `the place of ${id} stays taken, and its release code cannot be shown any more; the vendor frees it: lic activation release ${id} --without-proof --reason R`,
      ),
      ...(asked.length > 0
        ? [`answers to ${asked.join(', ')} cannot be taken in any more; if the vendor sent one, its place stays taken`]
        : []),
      ...(tombstones.length > 0
        ? [`the release code of what was given up stays here and is shown again by: lic deactivate ${begunOf(held)}`]
        : lost.length === 0 && needsActivation(held)
          ? ['nothing was given up here, so there is no release code']
          : []),
      ...(dryRun ? ['dry run: nothing was written'] : []),
    ],
  }
}

const needsActivation = ({ license }: Held): boolean =>
  [...license.lines.values()].some(({ activation }) => activation === 'required')
