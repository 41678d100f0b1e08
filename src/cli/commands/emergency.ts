/** `lic emergency`: the codes of this hour, as they are read out over the phone. */

import { type Given, emergency as giveCodes } from '../../authority/emergency.ts'
import { formatTime } from '../../authority/term.ts'
import { spelledOut } from '../../render/spelling.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'
import type { Show } from '../show.ts'

interface EmergencyOptions {
  readonly key: string
  readonly device: string | undefined
  readonly reason: string | undefined
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
  readonly clockOk: boolean
}

export const emergency = async (context: Context, options: EmergencyOptions): Promise<Outcome> => {
  const { key, device } = options
  const reason = await context.ask.need(options.reason, '--reason', 'Why')
  return withAuthority(context, options, async (authority) =>
    outcome(await giveCodes(authority, { key, device, reason }), context.dryRun),
  )
}

const HOUR = 3600
/** A code may be typed from the hour before its own, and opens to the end of the 24th after it. */
const EARLY = 1
const OPENS = 24

const outcome = (given: Given, dryRun: boolean): Outcome => {
  const { hour, count, limit, codes } = given
  const from = formatTime((hour - EARLY) * HOUR)
  const until = formatTime((hour + OPENS + 1) * HOUR)
  const data = {
    key: given.key,
    customer: given.customer,
    activation: given.device,
    hour: formatTime(hour * HOUR),
    from,
    until,
    count,
    limit,
    ...(dryRun
      ? { dryRun: true }
      : {
          code: codes[0]?.groups.join('-') ?? '',
          codes: codes.map(({ revision, groups }) => ({
            revision,
            code: groups.join('-'),
            spelled: groups.map(spelledOut),
          })),
        }),
  }
  const fields: Show = {
    fields: [
      ['license', given.masked],
      ['customer', given.customer],
      ['device', given.device ?? 'every device of the license'],
      ['hour', `${formatTime(hour * HOUR)} (UTC)`],
      ['opens', `from ${from} until ${until}`],
      ['given', `codes of ${count} of ${limit} hours within a year`],
    ],
  }
  if (dryRun) return { schema: 'emergency', data, show: fields, notes: ['dry run: no code was given'] }
  const newest = codes[0]?.revision
  return {
    schema: 'emergency',
    data,
    show: [fields, ...codes.flatMap(({ revision, groups }) => codeShow(revision, groups, newest))],
    notes: [
      'the site types it with: lic unlock CODE',
      ...(codes.length > 1 ? ['the device shows its revision: lic status'] : []),
    ],
  }
}

const codeShow = (revision: number, groups: readonly string[], newest: number | undefined): readonly Show[] => [
  { text: `\nrevision ${revision}${revision === newest ? ', the newest' : ''}: ${groups.join('-')}` },
  { fields: groups.map((group, i) => [`  ${i + 1}. ${group}`, spelledOut(group)] as const) },
]
