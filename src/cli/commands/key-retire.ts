/** `lic key retire`: a key signs no more. */

import { retireKey } from '../../authority/retire-key.ts'
import { toHex } from '../../core/bytes.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'

interface RetireOptions {
  readonly key: string
  readonly force: boolean
  readonly reason: string | undefined
  readonly clockOk: boolean
}

export const keyRetire = async (context: Context, options: RetireOptions): Promise<Outcome> =>
  withAuthority(context, options, async (authority) => {
    const { key, again, typed } = await retireKey(authority, options)
    const name = key.name ?? key.role
    const { dryRun } = context
    return {
      schema: 'retired',
      data: {
        kid: toHex(key.kid),
        name: key.name,
        role: key.role,
        again,
        typedSites: typed,
        ...(dryRun && { dryRun: true }),
      },
      show: {
        fields: [
          ['retired', name],
          ['kid', toHex(key.kid)],
          ['sites', typed === 0 ? undefined : `${typed} know no other key: answer them by QR code or file`],
        ],
      },
      notes: dryRun
        ? ['dry run: nothing was recorded']
        : [
            again ? `${name} was retired before` : `${name} signs no more; what it signed stands`,
            ...(key.role === 'root'
              ? ['products that embed it go on: lic trust export leaves it out from now on']
              : []),
          ],
    }
  })
