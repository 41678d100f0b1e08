/** `lic issue`: words to the terms of a license, and the license back. */

import { issue as issueLicense } from '../../authority/issue.ts'
import { isAnswered } from '../../authority/repeat.ts'
import { LicError } from '../../core/errors.ts'
import { type AuthorityFlags, withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { checkHandover, type HandoverFlags, handoverOutcome } from '../handover.ts'
import { issueInput, newCustomerOf } from '../issue-input.ts'
import { ownTerms } from '../line-terms.ts'
import type { Outcome, Result } from '../outcome.ts'
import type { IssueFromFlags } from './issue-from.ts'

interface IssueOptions extends HandoverFlags, Omit<IssueFromFlags, keyof AuthorityFlags | keyof HandoverFlags> {
  /** A file of rows. */
  readonly from: string | undefined
  readonly brand: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const issue = async (context: Context, options: IssueOptions): Promise<Result> => {
  if (options.from !== undefined) return (await import('./issue-from.ts')).issueFrom(context, options.from, options)
  checkSingle(options)
  if (lacks(options) && context.ask.interactive) {
    const { askIssue } = await import('./issue-asked.ts')
    const { answers, same } = await askIssue(context, options)
    const outcome = await issueOne(context, { ...options, ...answers })
    return { ...outcome, notes: [...(outcome.notes ?? []), same] }
  }
  return issueOne(context, options)
}

/** Whether something is missing that no tier supplies. */
const lacks = ({ customer, product, bundle, tier }: IssueOptions): boolean =>
  customer === undefined ||
  (product.length === 0 && bundle.length === 0) ||
  (tier === undefined && product.some((each) => ownTerms(each).tier === undefined))

const issueOne = async (context: Context, options: IssueOptions): Promise<Outcome> => {
  const { ask, dryRun } = context
  const customer = await ask.need(options.customer, '--customer', 'Customer (id or e-mail)')
  const { product, bundle } = options
  const products =
    product.length > 0 || bundle.length > 0 ? product : [await ask.need(undefined, '--product', 'Product')]
  return withAuthority(context, options, async (authority) => {
    await checkHandover(context, options, await isAnswered(authority.ledger.db, options.idempotencyKey))
    const input = issueInput(customer, { ...options, product: products }, newCustomerOf(customer, options))
    const handed = await issueLicense(authority, input)
    const { doubtsOfIssue } = await import('../../authority/doubts.ts')
    for (const doubt of await doubtsOfIssue(authority.ledger.db, authority.brand, handed.license, input)) {
      await context.voice.warn(doubt)
    }
    const { handOver } = await import('../../authority/hand-over.ts')
    const given = options.compact ? handOver(handed.bytes, { compact: true }) : handed
    return handoverOutcome(given, options, { io: context.io, db: authority.ledger.db }, { dryRun })
  })
}

/** @throws LicError USAGE */
const checkSingle = ({ format, failFast, outDir, allowDuplicates }: IssueOptions): void => {
  if (format === undefined && !failFast && outDir === undefined && !allowDuplicates) return
  throw new LicError('USAGE', '--format, --fail-fast, --out-dir and --allow-duplicates go with --from', {
    hint: 'lic issue --from FILE.csv',
  })
}
