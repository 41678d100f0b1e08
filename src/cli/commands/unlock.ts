/** `lic unlock`: an emergency code. It is for an hour, so the clock of this machine is shown first, as the vendor will ask. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LicError } from '../../core/errors.ts'
import { judge } from '../../device/judge.ts'
import { unlock as unlockIn } from '../../device/verbs/unlock.ts'
import type { Context } from '../context.ts'
import { clockTexts, type DeviceFlags, deviceHere, maskedOf, nameOf } from '../device.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'

interface UnlockOptions extends DeviceFlags {
  readonly code: readonly string[]
}

export const unlock = async (context: Context, { code, ...flags }: UnlockOptions): Promise<Outcome> => {
  const device = await deviceHere(context, flags)
  if (device.store.read().state.licenses.length === 0) throw nothingHere(context)
  const clock = clockTexts(context.io.now())
  await context.voice.note(`the clock of this machine: ${clock.utc} (here ${clock.local})`)
  const text = code.length > 0 ? code.join(' ') : await context.ask.need(undefined, 'the code', 'The emergency code')
  const { held, grant, situation } = await unlockIn(device, text)
  const lines = [...held.license.lines.values()].map((line) => judge(held, line, situation.around))
  const refused = lines.find((each) => !each.ok)
  const { dryRun } = context
  return {
    schema: 'unlocked',
    data: {
      ...nameOf(held.license),
      hour: isoTime(grant.codeHour * 3600),
      until: isoTime(grant.until),
      clock,
      ok: refused === undefined,
      ...(refused && !refused.ok && { code: refused.code, reason: refused.reason }),
      ...(dryRun && { dryRun }),
    },
    show: {
      fields: [
        ['unlocked', maskedOf(held)],
        ['licensee', held.license.licensee?.name],
        ['until', isoTime(grant.until) ?? undefined],
        ['clock', `${clock.utc} (here ${clock.local})`],
      ],
    },
    ...(refused && !refused.ok && { finding: { code: refused.code, message: `the code fits, but ${refused.reason}` } }),
    notes: dryRun ? ['dry run: nothing was kept'] : [],
  }
}

const nothingHere = ({ home, offered }: Context): LicError => {
  const keys = offered.some(({ usage }) => usage.startsWith('key unlock')) ? 'lic key unlock' : 'lic key list'
  const vendor = existsSync(join(home, 'ledger.db'))
  return new LicError('LICENSE_MISSING', 'no license is installed here that a code could open', {
    ...(vendor && {
      hint: `this is a vendor's machine: its keys are another thing (${keys}); a code is made with lic emergency, and typed where the product runs`,
    }),
  })
}
