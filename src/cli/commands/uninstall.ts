/** `lic uninstall`: takes a license away. Release codes of what was given up stay here. */

import { openAll, pick } from '../../device/held.ts'
import { uninstall as uninstallIn } from '../../device/verbs/uninstall.ts'
import type { Context } from '../context.ts'
import { type DeviceFlags, deviceHere, maskedOf, matchOf, nameOf } from '../device.ts'
import type { Outcome } from '../outcome.ts'

interface UninstallOptions extends DeviceFlags {
  readonly key: string | undefined
  readonly force: boolean
}

export const uninstall = async (context: Context, { key, force, ...flags }: UninstallOptions): Promise<Outcome> => {
  const device = await deviceHere(context, flags)
  const named = pick(openAll(device.store.read().state), matchOf(key))
  await context.ask.confirm(`take the license ${maskedOf(named)} away from this device?`)
  const held = await uninstallIn(device, matchOf(key), force)
  const { dryRun } = context
  const lost = held.activations.length + held.installed.pending.length
  return {
    schema: 'uninstalled',
    data: { ...nameOf(held.license), activations: held.activations.length, ...(dryRun && { dryRun }) },
    show: {
      fields: [
        ['taken away', maskedOf(held)],
        ['licensee', held.license.licensee?.name],
      ],
    },
    notes: [
      ...(lost > 0 ? ['answers to requests of this device can not be taken in any more'] : []),
      ...(dryRun ? ['dry run: nothing was written'] : []),
    ],
  }
}
