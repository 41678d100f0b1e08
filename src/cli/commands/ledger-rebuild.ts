/** `lic ledger rebuild`: the tables made anew from the log. */

import { rebuildLedger } from '../../authority/rebuild-ledger.ts'
import { LicError } from '../../core/errors.ts'
import { withAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Outcome } from '../outcome.ts'
import { damageData } from './ledger-verify.ts'

interface RebuildOptions {
  readonly clockOk: boolean
}

const MOST = 1000

export const ledgerRebuild = async (context: Context, options: RebuildOptions): Promise<Outcome> => {
  const { home, dryRun, voice, io } = context
  return withAuthority(context, { ...options, brand: null }, async (authority) => {
    const progress = voice.progress('rows read')
    const { events, mended, more, copy } = await rebuildLedger(authority, home, MOST, async (count) => {
      await progress.step(count)
      await new Promise((listen) => setImmediate(listen))
      if (io.signal.aborted) throw new LicError('INTERRUPTED', 'interrupted')
    }).finally(() => progress.end())
    return {
      schema: 'rebuilt',
      data: { events, mended: mended.map(damageData), more, copy, ...(dryRun && { dryRun: true }) },
      show: [
        {
          fields: [
            ['events', String(events)],
            ['rows that were wrong', more ? `more than ${MOST}` : String(mended.length)],
            ['copy', copy ?? undefined],
          ],
        },
        ...(mended.length === 0
          ? []
          : [
              {
                table: {
                  columns: [
                    { title: 'table' },
                    { title: 'row', flexible: true },
                    { title: 'what was wrong', flexible: true },
                  ],
                  rows: mended.map(({ table, row, what }) => [table, row, what]),
                },
              },
            ]),
      ],
      notes: [
        dryRun
          ? 'dry run: nothing was changed'
          : mended.length === 0
            ? 'every table was as the events say; they were made anew all the same'
            : 'the tables are what the events say; find out who wrote there',
      ],
    }
  })
}
