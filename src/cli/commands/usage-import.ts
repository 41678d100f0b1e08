/** `lic usage import`: what sites counted, into the ledger. Reports come as files, codes, mails and pictures of codes in any order. */

import { type TakenUsage, takeUsage } from '../../authority/take-usage.ts'
import { partOf } from '../../core/codes/text.ts'
import { parseUsage, readUsage, type UsageReport } from '../../core/usage.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import { readEach, type Seen } from '../input.ts'
import { isoTime } from '../moment.ts'
import type { Outcome } from '../outcome.ts'
import { checkDue } from '../things.ts'
import { figuresOf, usageData, usageText } from '../usage.ts'

interface ImportOptions {
  readonly report: readonly string[]
  readonly clockOk: boolean
}

export const usageImport = async (context: Context, options: ImportOptions): Promise<Outcome> => {
  const seen = await readEach(context, options.report)
  for (const { content } of seen) {
    const each = 'bytes' in content ? [content] : content.texts.map((text) => ({ text }))
    for (const one of each) await checkDue(one, 'a report of usage', (thing) => thing === 'usage')
  }
  const reports = reportsIn(seen)
  const taken = await withAuthority(context, options, (authority) => takeUsage(authority, reports))
  const { dryRun } = context
  const count = (result: TakenUsage['result']): number => taken.filter((each) => each.result === result).length
  return {
    schema: 'usages',
    data: {
      reports: taken.map(({ key, id, customer, product, line, activation, result, report }) => ({
        ...{ key, id, customer, product, line, activation, result },
        ...usageData(figuresOf(report)),
      })),
      ...(dryRun && { dryRun: true }),
    },
    show: {
      table: {
        columns: [
          { title: 'license' },
          { title: 'product' },
          { title: 'activation' },
          { title: 'report', align: 'right' },
          { title: 'until' },
          { title: 'result' },
          { title: 'counted', flexible: true },
        ],
        rows: taken.map(({ masked, product, activation, result, report }) => [
          masked,
          product,
          activation ?? '',
          String(report.number ?? 0),
          isoTime(report.until) ?? '',
          result,
          usageText(figuresOf(report)),
        ]),
        empty: 'no report',
      },
    },
    notes: dryRun
      ? ['dry run: nothing was recorded']
      : [
          `${count('recorded')} recorded, ${count('repeated')} known already, ${count('older')} older than what is known`,
        ],
  }
}

/** Each text is a report, or a part of one; the parts of one are joined. */
const reportsIn = (seen: readonly Seen[]): readonly UsageReport[] => {
  const parts = new Map<string, string[]>()
  const whole: UsageReport[] = []
  for (const { content } of seen) {
    if ('bytes' in content) whole.push(readUsage(content.bytes))
    else {
      for (const text of content.texts) {
        const of = partOf(text)
        if (of === undefined) whole.push(parseUsage(text))
        else parts.set(of, [...(parts.get(of) ?? []), text])
      }
    }
  }
  return [...whole, ...[...parts.values()].map((texts) => parseUsage(texts.join('\n')))]
}
