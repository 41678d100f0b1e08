/** `lic trust publish`: the root's word on its keys, for products that are out there: new certificates, links, lifts and ends. */

import { publishTrust } from '../../authority/publish-trust.ts'
import { parseTime } from '../../authority/term.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import type { Key } from '../../ledger/keys.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { type RootFlags, withRoot } from '../key-room.ts'
import { isoTime } from '../moment.ts'
import { checkObjectOutputs, type ObjectFlags, objectOutput } from '../object-output.ts'
import type { Outcome } from '../outcome.ts'

interface PublishOptions extends ObjectFlags, RootFlags {
  readonly lift: readonly string[]
  readonly end: readonly string[]
  readonly reason: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const trustPublish = async (context: Context, options: PublishOptions): Promise<Outcome> => {
  const { dryRun } = context
  await checkObjectOutputs(context, options)
  const end = options.end.map(endOf)
  return withAuthority(context, options, async (opened) => {
    const { authority, rootFile } = await withRoot(context, opened, options)
    const { lift, reason } = options
    const done = await publishTrust(authority, { lift, end, rootFile, reason })
    const { bytes, version, issuedAt, signer, certified, linked, lifted, ended } = done
    const summary = {
      fields: [
        ['version', String(version)],
        ['signed by', nameOf(signer)],
        ['certificates', certified.map(nameOf).join(', ') || undefined],
        ['links to', linked.map(nameOf).join(', ') || undefined],
        ['lifted', lifted.map(nameOf).join(', ') || undefined],
        ['ended', ended.map((key) => `${nameOf(key)} on ${isoTime(key.endedAt)}`).join(', ') || undefined],
        ['bytes', String(bytes.length)],
      ] as const,
    }
    const output = dryRun ? undefined : await objectOutput(context, 'trustBundle', bytes, summary, options)
    return {
      schema: 'trustbundle',
      data: {
        version,
        issued: isoTime(issuedAt),
        signer: toHex(signer.kid),
        certified: certified.map(named),
        linked: linked.map(named),
        lifted: lifted.map(named),
        ended: ended.map((key) => ({ ...named(key), at: isoTime(key.endedAt) })),
        bytes: bytes.length,
        ...(output ? { bundle: output.base64 } : { dryRun: true }),
      },
      show: output?.show ?? summary,
      files: output?.files ?? [],
      force: options.force,
      again: 'sign the same again, as a next version: lic trust publish --out FILE',
      notes: dryRun
        ? ['dry run: nothing was recorded, and nothing signed leaves']
        : [
            `published version ${version}; devices take it in with: lic install FILE; it rides beside the next answers of lic respond`,
          ],
    }
  })
}

const nameOf = ({ name, role }: Key): string => name ?? role
const named = (key: Key) => ({ kid: toHex(key.kid), name: nameOf(key) })

const endOf = (given: string): { readonly key: string; readonly at: number | null } => {
  const [, key, time] = /^([^=]+)=(.+)$/s.exec(given) ?? []
  if (key === undefined || time === undefined) {
    throw new LicError('USAGE', `--end takes KEY=TIME, not ${given}`, {
      hint: '--end issuing=2027-01-31; --end issuing=never',
    })
  }
  return { key, at: time === 'never' ? null : parseTime(time, 'end') }
}
