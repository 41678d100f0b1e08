/** `lic revocations publish`: the signed lists, as a file, as armor, or in JSON. */

import { publishRevocations } from '../../authority/publish-revocations.ts'
import { encodeBase64 } from '../../core/base64.ts'
import { encodeArmor } from '../../core/codes/armor.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { checkBinary, checkOutputs } from '../output.ts'

interface PublishOptions {
  readonly out: string | undefined
  readonly force: boolean
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly idempotencyKey: string | undefined
  readonly clockOk: boolean
}

export const revocationsPublish = async (context: Context, options: PublishOptions): Promise<Outcome> => {
  const { out, force } = options
  checkBinary(context, out)
  await checkOutputs(context, [out], force)
  const { bytes, number, released, byKey, lists } = await withAuthority(context, options, (authority) =>
    publishRevocations(authority, options),
  )
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
      ['bytes', String(bytes.length)],
    ] as const,
  }
  const { dryRun } = context
  return {
    schema: 'revocations',
    data: {
      number,
      issued: isoTime(number),
      revoked,
      suspended,
      released,
      byKey,
      lists,
      ...(dryRun ? { dryRun: true } : { list: encodeBase64(bytes) }),
    },
    show: dryRun || out !== undefined ? summary : { text: encodeArmor('revocationList', bytes) },
    files: dryRun || out === undefined ? [] : [{ path: out, content: bytes }],
    force,
    again: 'sign the same again: lic revocations publish --out FILE',
    notes: dryRun
      ? ['dry run: nothing was recorded, and nothing signed leaves']
      : [
          `${out === undefined || out === '-' ? 'published' : `wrote ${out}`}: ${revoked} revoked, ${suspended} suspended${released === 0 ? '' : `, ${released} activations given up`}`,
        ],
  }
}
