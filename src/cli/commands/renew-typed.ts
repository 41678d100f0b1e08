/** `lic renew --typed`: a later end in five lines, for a site that can be told nothing else. */

import { renewTyped as extend } from '../../authority/extend.ts'
import { LicError } from '../../core/errors.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { licenseData } from '../license-data.ts'
import { whole } from '../line-terms.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import type { RenewOptions } from './renew.ts'

/** What goes with a license that is handed over, and with a file of rows. */
const OTHERS = ['out', 'qr', 'sheet', 'language', 'armor', 'outDir', 'product'] as const

export const renewTyped = (context: Context, key: string, options: RenewOptions): Promise<Outcome> => {
  const clash = OTHERS.find((name) => options[name] !== undefined && options[name] !== false)
  if (clash !== undefined) {
    const flag = clash.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new LicError('USAGE', `--typed gives five lines for the whole license; --${flag} does not go with it`, {
      hint: `leave --typed or --${flag} out`,
    })
  }
  const { until, from, reason, idempotencyKey } = options
  const { dryRun } = context
  return withAuthority(context, options, async (authority) => {
    const installed = whole('--installed', options.installed)
    const done = await extend(authority, { key, for: options.for, until, from, installed, reason, idempotencyKey })
    const { handed, lines, expires } = done
    const data = { ...licenseData(handed), installed: done.installed, siteExpires: isoTime(expires) }
    const fields = {
      fields: [
        ['key', handed.key],
        ['expires', isoTime(handed.license.expires) ?? 'never'],
        ['revision', String(handed.license.revision)],
        ['at the site', `revision ${done.installed}, until ${isoTime(expires)}`],
      ] as const,
    }
    if (dryRun) {
      const notes = ['dry run: nothing was recorded, and nothing signed leaves']
      return { schema: 'extension', data: { ...data, dryRun: true }, show: fields, notes }
    }
    const text = lines.join('\n')
    return {
      schema: 'extension',
      data: { ...data, code: text, typed: lines },
      show: [fields, { text: '' }, { text }],
      notes: [
        `renewed ${handed.masked}; the site types the five lines: lic activate`,
        `it has revision ${done.installed}; where it has another: --installed N`,
      ],
    }
  })
}
