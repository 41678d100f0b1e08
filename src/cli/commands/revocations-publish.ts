/** `lic revocations publish`: the signed lists, as a file, as text, as QR codes while they fit, or in JSON. */

import { publishRevocations } from '../../authority/publish-revocations.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import { checkObjectOutputs, type ObjectFlags, objectOutput } from '../object-output.ts'
import type { Outcome } from '../outcome.ts'

interface PublishOptions extends ObjectFlags {
  readonly next: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const revocationsPublish = async (context: Context, options: PublishOptions): Promise<Outcome> => {
  const { out } = options
  await checkObjectOutputs(context, options)
  const done = await withAuthority(context, options, (authority) => publishRevocations(authority, options))
  const { bytes, number, released, byKey, compromised, deadEpochs, expires, lists } = done
  const [revoked, suspended] = [
    lists.reduce((sum, each) => sum + each.revoked, 0),
    lists.reduce((sum, each) => sum + each.suspended, 0),
  ]
  const summary = {
    fields: [
      ['number', `${number} (${isoTime(number)})`],
      ['lists', String(lists.length)],
      ['revoked', String(revoked)],
      ['suspended', String(suspended)],
      ['activations', released === 0 ? undefined : String(released)],
      ['by their keys', byKey === 0 ? undefined : `${byKey} of delegated keys`],
      ['compromised', compromised === 0 ? undefined : String(compromised)],
      ['dead epochs', deadEpochs === 0 ? undefined : String(deadEpochs)],
      ['next', isoTime(expires) ?? undefined],
      ['bytes', String(bytes.length)],
    ] as const,
  }
  const { dryRun } = context
  const output = dryRun ? undefined : await objectOutput(context, 'revocationList', bytes, summary, options)
  const said = [
    `${revoked} revoked`,
    `${suspended} suspended`,
    ...(released === 0 ? [] : [`${released} activations given up`]),
    ...(compromised === 0 ? [] : [`${compromised} ${compromised === 1 ? 'key' : 'keys'} compromised`]),
    ...(deadEpochs === 0 ? [] : [`${deadEpochs} emergency epochs ended`]),
  ]
  return {
    schema: 'revocations',
    data: {
      number,
      issued: isoTime(number),
      next: isoTime(expires),
      revoked,
      suspended,
      released,
      byKey,
      compromised,
      deadEpochs,
      lists,
      ...(output ? { list: output.base64 } : { dryRun: true }),
    },
    show: output?.show ?? summary,
    files: output?.files ?? [],
    force: options.force,
    again: 'sign the same again: lic revocations publish --out FILE',
    notes: output
      ? [`${out === undefined || out === '-' ? 'published' : `wrote ${out}`}: ${said.join(', ')}`]
      : ['dry run: nothing was recorded, and nothing signed leaves'],
  }
}
