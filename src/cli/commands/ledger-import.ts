/** `lic ledger import`: what runners have made with delegated keys, into the ledger, some hundred a transaction. */

import type { Authority } from '../../authority/authority.ts'
import { importTrials, type TakenIn, trialDesk } from '../../authority/import-trials.ts'
import { type TrialReport, trialReport } from '../../authority/trial-report.ts'
import { toHex } from '../../core/bytes.ts'
import { LicError } from '../../core/errors.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { hintOf } from '../exits.ts'
import type { Finding, Outcome } from '../outcome.ts'
import type { Show } from '../show.ts'
import { type Entry, entriesOf, journals } from '../trial-journal.ts'

interface ImportOptions {
  readonly file: readonly string[]
  readonly customer: string | undefined
  readonly brand: string | undefined
  readonly clockOk: boolean
}

/** Licenses a transaction. */
const MOST = 256

interface Refused {
  readonly place: string
  readonly key: string | null
  readonly code: string
  readonly message: string
  readonly hint: string
}

interface Told {
  taken: number
  again: number
  extended: number
  customers: number
  readonly refused: Refused[]
  readonly kids: Set<string>
  readonly touched: Set<string>
}

export const ledgerImport = async (context: Context, options: ImportOptions): Promise<Outcome> => {
  const { io, voice, dryRun } = context
  const sources = await journals(context, options.file)
  const told: Told = { taken: 0, again: 0, extended: 0, customers: 0, refused: [], kids: new Set(), touched: new Set() }
  return withAuthority(context, options, async (opened) => {
    const authority: Authority = { ...opened, source: 'import' }
    const desk = await trialDesk(authority)
    const progress = voice.progress('licenses')
    const all = sources.reduce((sum, { bytes }) => sum + bytes, 0)
    let read = 0
    const count = (bytes: number): void => {
      read += bytes
    }
    const settle = async (entries: readonly Entry[]): Promise<void> => {
      const good = entries.flatMap((each) => ('bytes' in each ? [each] : []))
      const answers = good.length === 0 ? [] : await importTrials(authority, desk, good, options.customer)
      const next = answers.values()
      for (const entry of entries) {
        const answer = 'bytes' in entry ? next.next().value : ({ ok: false, error: entry.error, masked: null } as const)
        if (answer) note(told, entry.place, answer)
      }
      await progress.step(entries.length, all > 0 ? Math.min(1, read / all) : undefined)
      // What was taken in is committed; the same command goes on.
      if (io.signal.aborted) throw new LicError('INTERRUPTED', 'interrupted')
    }
    try {
      for (const source of sources) {
        let entries: Entry[] = []
        for await (const entry of entriesOf(context, source, count)) {
          entries.push(entry)
          if (entries.length < MOST) continue
          await settle(entries)
          entries = []
        }
        if (entries.length > 0) await settle(entries)
      }
    } finally {
      await progress.end()
    }
    const report = await trialReport(authority, told.kids, told.touched)
    for (const text of warningsOf(report)) await voice.warn(text)
    return outcomeOf(told, report, dryRun)
  })
}

const note = (told: Told, place: string, answer: TakenIn): void => {
  if (!answer.ok) {
    const { error, masked } = answer
    told.refused.push({ place, key: masked, code: error.code, message: error.message, hint: hintOf(error) })
    return
  }
  told[answer.state] += 1
  if (answer.created) told.customers += 1
  told.kids.add(toHex(answer.kid))
  told.touched.add(answer.customer)
}

/** Named one by one as far as a page goes; `--json` has them all. */
const MOST_NAMED = 10

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

const warningsOf = ({ keys, addresses, domains }: TrialReport): readonly string[] => {
  const some = <T>(list: readonly T[], text: (each: T) => string): readonly string[] => [
    ...list.slice(0, MOST_NAMED).map(text),
    ...(list.length > MOST_NAMED ? [`and ${list.length - MOST_NAMED} more of these: --json has them all`] : []),
  ]
  return [
    ...some(
      keys.filter(({ over }) => over),
      ({ kid, name, taken, count }) =>
        `the key ${name ?? ''} ${kid} has made ${taken} licenses, and ${count} were stated`,
    ),
    ...some(
      addresses,
      ({ customer, email, product, licenses }) =>
        `${email ?? customer} has had ${counted(licenses, 'license')} for ${product} (customer ${customer})`,
    ),
    ...some(
      domains,
      ({ domain, product, addresses: several, licenses }) =>
        `${domain} has had ${counted(licenses, 'license')} for ${product} under ${several} addresses`,
    ),
  ]
}

const outcomeOf = (told: Told, { keys, addresses, domains }: TrialReport, dryRun: boolean): Outcome => {
  const { taken, again, extended, customers, refused } = told
  const show: Show = [
    {
      fields: [
        ['taken in', String(taken)],
        ['known', again === 0 ? undefined : String(again)],
        ['signed again', extended === 0 ? undefined : `${extended}, with a later end`],
        ['refused', refused.length === 0 ? undefined : { text: String(refused.length), tone: 'bad' }],
        ['customers', customers === 0 ? undefined : `${customers} created`],
        ...keys.map(({ kid, name, taken: all, count }): [string, string] => [
          'key',
          `${name ?? ''} ${kid}: ${all}${count === null ? '' : ` of ${count}`} so far`,
        ]),
      ],
    },
    ...(refused.length === 0 ? [] : [{ text: '' }, refusals(refused)]),
  ]
  return {
    schema: 'taken',
    data: {
      taken,
      again,
      extended,
      customers,
      refused,
      keys,
      repeated: { addresses, domains },
      ...(dryRun && { dryRun: true }),
    },
    show,
    ...(refused.length > 0 && { finding: findingOf(told) }),
    notes: dryRun ? ['dry run: nothing was recorded'] : [],
  }
}

const refusals = (refused: readonly Refused[]): Show => ({
  table: {
    columns: [{ title: 'where' }, { title: 'license' }, { title: 'code' }, { title: 'why', flexible: true }],
    rows: refused.map(({ place, key, code, message }) => [place, key ?? '', code, message]),
  },
})

const findingOf = ({ refused, taken, again, extended }: Told): Finding => {
  const [first] = refused
  const of = refused.length + taken + again + extended
  return {
    code: 'BATCH_PARTIAL',
    message: `${refused.length} of ${of} were not taken in, the first is ${first?.place}: ${first?.code}, ${first?.message}`,
    hint: first?.hint ?? '',
  }
}
