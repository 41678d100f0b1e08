/** `lic key passphrase`: a key file under another passphrase, or none. */

import { changePassphrase } from '../../authority/change-passphrase.ts'
import { toHex } from '../../core/bytes.ts'
import { passphraseFor, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkNewPassphrase, type NewPassphraseFlags, newSealing } from '../new-passphrase.ts'
import type { Outcome } from '../outcome.ts'
import type { PassphraseFlags } from '../passphrase.ts'

interface PassphraseOptions extends PassphraseFlags, NewPassphraseFlags {
  readonly key: string
}

export const keyPassphrase = async (context: Context, options: PassphraseOptions): Promise<Outcome> => {
  checkNewPassphrase(options)
  const { home, dryRun } = context
  const { key, path, encrypted } = await withAuthority(context, { brand: null }, ({ ledger: { db } }) =>
    changePassphrase({ db, home, dryRun }, options.key, passphraseFor(context, options), async () => {
      if (options.noPassphrase) {
        await context.ask.confirm(`without a passphrase whoever reads this disk has the ${options.key} key; go on?`)
      }
      return newSealing(context, options, `the ${options.key} key`)
    }),
  )
  const what = `the ${key.role} key ${encrypted ? 'has another passphrase' : 'has no passphrase any more'}`
  return {
    schema: 'passphrase',
    data: { role: key.role, kid: toHex(key.kid), path, encrypted, ...(dryRun && { dryRun: true }) },
    show: {
      fields: [
        ['key', toHex(key.kid)],
        ['role', key.role],
        ['file', path],
        ['passphrase', encrypted ? 'yes' : 'none'],
      ],
    },
    notes: dryRun ? ['dry run: nothing was changed'] : [what, 'copies that were made before keep the old one'],
  }
}
