/** `lic renew`: the same license with a later end. */

import { renew as renewLicense } from '../../authority/renew.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { LicError } from '../../core/errors.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkHandover, type HandoverFlags, handoverOutcome } from '../handover.ts'
import type { Result } from '../outcome.ts'

export interface RenewOptions extends HandoverFlags {
  readonly typed: boolean
  readonly installed: string | undefined
  readonly format: string | undefined
  readonly failFast: boolean
  readonly ignoreColumn: readonly string[]
  readonly outDir: string | undefined
  readonly allowDuplicates: boolean
  readonly key: string | undefined
  readonly product: string | undefined
  readonly for: string | undefined
  readonly until: string | undefined
  readonly from: string | undefined
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const renew = async (context: Context, options: RenewOptions): Promise<Result> => {
  // With a key it is a time, without one a file: which license would a time be for?
  if (options.key === undefined && options.from !== undefined) {
    return (await import('./renew-from.ts')).renewFrom(context, options.from, options)
  }
  const key = await context.ask.need(options.key, 'KEY', 'License key')
  if (options.typed) return (await import('./renew-typed.ts')).renewTyped(context, key, options)
  if (options.installed !== undefined) throw new LicError('USAGE', '--installed goes with --typed')
  const { product, until, from, reason, idempotencyKey } = options
  return withAuthority(context, options, async (authority) => {
    await checkHandover(context, options, await isAnswered(authority.ledger.db, idempotencyKey))
    const handed = await renewLicense(authority, {
      key,
      product,
      for: options.for,
      until,
      from,
      reason,
      idempotencyKey,
    })
    return handoverOutcome(
      handed,
      options,
      { io: context.io, db: authority.ledger.db },
      { dryRun: context.dryRun, verb: 'renewed' },
    )
  })
}
