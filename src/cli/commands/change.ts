/** `lic change`: other terms for a license. Taking something away asks first. */

import { type ChangeInput, change as changeLicense, foreseeChange } from '../../authority/change.ts'
import { type Difference, TRIALS } from '../../authority/differences.ts'
import { isAnswered } from '../../authority/repeat.ts'
import type { License } from '../../core/license.ts'
import type { Reader } from '../../ledger/schema.ts'
import { withAuthority } from '../authority.ts'
import { changesData, changesShow, changeText } from '../changes.ts'
import type { Context } from '../context.ts'
import { checkHandover, type HandoverFlags, handoverOutcome } from '../handover.ts'
import { type LineFlags, lineTerms, ownTerms, whole } from '../line-terms.ts'
import type { Outcome } from '../outcome.ts'

interface ChangeOptions extends HandoverFlags, LineFlags {
  readonly key: string
  readonly product: string | undefined
  readonly without: readonly string[]
  readonly add: readonly string[]
  readonly remove: readonly string[]
  readonly licensee: string | undefined
  readonly grace: string | undefined
  readonly fresh: string | undefined
  readonly expires: string | undefined
  readonly allowOver: boolean
  readonly emergency: boolean
  readonly reason: string | undefined
  readonly idempotencyKey: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const change = async (context: Context, options: ChangeOptions): Promise<Outcome> => {
  const { ask, dryRun, voice } = context
  const input = inputOf(options)
  return withAuthority(context, options, async (authority) => {
    const answered = await isAnswered(authority.ledger.db, options.idempotencyKey)
    await checkHandover(context, options, answered)
    if (!answered) {
      const foreseen = await foreseeChange(authority, input)
      const taken = foreseen.filter(({ takes }) => takes)
      if (taken.length > 0) {
        await voice.note('this takes something away, so the revision before is revoked:')
        // Who buys less than was tried loses nothing that was theirs.
        if (!ask.passes && !foreseen.some(isBought)) {
          for (const each of taken) await voice.note(`  ${changeText(each)}`)
          await ask.confirm('Take it away?')
        }
      }
    }
    const { handed, changes } = await changeLicense(authority, input)
    for (const doubt of await doubtsAbout(authority.ledger.db, handed.license, input)) await voice.warn(doubt)
    const outcome = await handoverOutcome(
      handed,
      options,
      { io: context.io, db: authority.ledger.db },
      { dryRun, verb: 'changed' },
    )
    const takes = changes.some((each) => each.takes)
    return {
      ...outcome,
      schema: 'change',
      data: { ...(outcome.data as object), changes: changesData(changes) },
      show: changes.length > 0 ? [changesShow(changes), { text: '\n' }, outcome.show] : outcome.show,
      notes: [
        ...(outcome.notes ?? []),
        ...(takes && !dryRun
          ? [
              'the revision before is revoked; devices learn of it from the next list: lic revocations publish --out FILE',
            ]
          : []),
      ],
    }
  })
}

const isBought = ({ what, before, after }: Difference): boolean =>
  what === 'kind' && TRIALS.includes(String(before)) && !TRIALS.includes(String(after))

/** Of the line that the terms were for, and of those that were added. */
const doubtsAbout = async (db: Reader, license: License, input: ChangeInput): Promise<readonly string[]> => {
  const [first] = license.lines.values()
  const product = input.product ?? first?.product
  const { doubtsOf } = await import('../../authority/doubts.ts')
  return doubtsOf(db, license, [...(product === undefined ? [] : [{ ...input, product }]), ...(input.add ?? [])])
}

const given = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined)

const inputOf = (options: ChangeOptions): ChangeInput => ({
  ...lineTerms(options),
  key: options.key,
  product: options.product,
  without: given(options.without),
  add: given(options.add.map((each) => ownTerms(each, '--add'))),
  remove: given(options.remove),
  licensee: options.licensee,
  grace: whole('--grace', options.grace),
  fresh: whole('--fresh', options.fresh),
  expires: options.expires,
  allowOver: options.allowOver || undefined,
  emergency: options.emergency || undefined,
  reason: options.reason,
  idempotencyKey: options.idempotencyKey,
})
