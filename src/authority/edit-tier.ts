/** `lic tier edit`: a tier is written anew, whole. What was signed under it keeps the terms that it was signed with. */

import { LicError } from '../core/errors.ts'
import type { Change } from '../ledger/edits.ts'
import { sameValue } from '../ledger/edits.ts'
import type { Plain } from '../ledger/event-types.ts'
import { eventsOf } from '../ledger/history.ts'
import type { Tx } from '../ledger/schema.ts'
import { tierNamed } from '../ledger/tiers.ts'
import { tierData } from './add-tier.ts'
import type { Authority } from './authority.ts'
import { type EditEvent, type Editing, recordEdit } from './edit-record.ts'
import type { TierDefinition } from './tier.ts'

export interface TierChange extends Editing {
  readonly code: string
  readonly tier: TierDefinition
}

/** @throws LicError NOT_FOUND, AMBIGUOUS when several brands have it, INVALID_INPUT for another tier's definition */
export const editTier = async (
  tx: Tx,
  authority: Authority,
  { code, tier, ...editing }: TierChange,
): Promise<{ readonly brand: string; readonly changes: readonly Change[] }> => {
  const { brand } = await tierNamed(tx, authority.brand, code)
  if (tier.code !== code) {
    throw new LicError('INVALID_INPUT', `this defines the tier ${tier.code}, not ${code}`, {
      hint: `write code = "${code}" into it, or add it as another tier: lic tier add FILE`,
    })
  }
  const data = tierData(tier)
  const asked = { ...editing, brand, ...(data as object) }
  const changes = await recordEdit<'tier.edited'>(tx, authority, 'tier edit', asked, async () => {
    const entity = `${brand}/${code}`
    const now = (await eventsOf(tx, 'tier', entity)).at(-1)?.data
    const event: EditEvent<'tier.edited'> = { type: 'tier.edited', entity, brand, data }
    return sameValue(now, data as unknown as Plain) ? { ...event, data: {} as typeof data } : event
  })
  return { brand, changes }
}
