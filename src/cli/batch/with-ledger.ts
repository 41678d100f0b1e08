/** A batch whose rows are recorded: the ledger is opened before the first of them and closed behind the last. */

import type { Authority } from '../../authority/authority.ts'
import { openedAuthority } from '../authority.ts'
import type { Context } from '../context.ts'
import type { Stream } from '../outcome.ts'
import { type Batch, type BatchFlags, forMany, rowStream, type Work } from './run.ts'

export interface LedgerBatch extends Omit<Batch, 'begin'> {
  /** Called once, with the ledger open. What it gives back does rows, in one transaction where it can. */
  readonly begin: (authority: Authority) => Promise<Work['rows']>
}

export const batchStream = (context: Context, from: string, flags: BatchFlags, batch: LedgerBatch): Stream =>
  rowStream(context, from, flags, {
    ...batch,
    begin: async () => {
      const authority = forMany(await openedAuthority(context, flags))
      const close = () => authority.ledger.close()
      try {
        return { rows: await batch.begin(authority), close }
      } catch (error) {
        await close()
        throw error
      }
    },
  })
