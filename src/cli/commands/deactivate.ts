/** `lic deactivate`: the place of this device is given up first, then its code is shown, again as often as asked. */

import { toHex } from '../../core/bytes.ts'
import { normalize } from '../../core/codes/base32.ts'
import { formatKey, maskKey, normalizeKey } from '../../core/codes/license-key.ts'
import { deactivate as deactivateIn, placeToGiveUp } from '../../device/verbs/deactivate.ts'
import type { Context } from '../context.ts'
import { type DeviceFlags, deviceHere, maskedOf, matchOf } from '../device.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'

interface DeactivateOptions extends DeviceFlags {
  readonly key: string | undefined
  readonly product: string | undefined
}

/** Eight symbols, and no hyphen as in a key. */
const ACTIVATION = /^[0-9A-TV-Z]{8}$/i

export const deactivate = async (context: Context, { key, product, ...flags }: DeactivateOptions): Promise<Outcome> => {
  const { dryRun } = context
  const named = key !== undefined && ACTIVATION.test(key) ? normalize(key) : undefined
  const license = named === undefined ? matchOf(key) : undefined
  const wanted = license && key !== undefined ? normalizeKey(key) : undefined
  const input = {
    license,
    buried:
      wanted === undefined
        ? undefined
        : ({ prefix, cti }: { prefix: string; cti: Uint8Array }) => formatKey(prefix, cti).startsWith(wanted),
    product,
    activation: named,
  }
  const device = await deviceHere(context, flags)
  const place = placeToGiveUp(device.store.read().state, input)
  if (place) {
    await context.ask.confirm(`give the place of this device up, for ${maskedOf(place.held)}? It stops running here.`)
  }
  const { code, activation, tombstone, again } = await deactivateIn(device, input)
  const { prefix, cti } = tombstone
  return {
    schema: 'released',
    data: {
      key: formatKey(prefix, cti),
      id: toHex(cti),
      product: tombstone.product,
      activation,
      // What is not written down may not be shown: the device would go on.
      code: dryRun && !again ? null : code,
      at: isoTime(tombstone.at),
      again,
      ...(dryRun && { dryRun }),
    },
    show: {
      fields: [
        ['given up', maskKey(prefix, cti)],
        ['product', tombstone.product],
        ['activation', activation],
        ['since', isoTime(tombstone.at) ?? undefined],
        ['release code', dryRun && !again ? undefined : code],
      ],
    },
    notes: dryRun
      ? ['dry run: nothing was given up']
      : [`tell the vendor the release code: it frees the place; it is shown again by: lic deactivate ${activation}`],
  }
}
