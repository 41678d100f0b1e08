/**
 * `lic ledger rebuild`: the tables and the tree made anew from the log, after a copy of what is there. Invariant: the log
 * itself has to be whole, for nothing follows from one that is not; all in one transaction, or nothing.
 */

import { LicError } from '../core/errors.ts'
import { copyBefore } from '../ledger/backup.ts'
import { rebuild } from '../ledger/rebuild.ts'
import { isDefinition } from './audit/damage.ts'
import { type Authority, write } from './authority.ts'
import { ledgerFile } from './ledger-place.ts'
import { type Damage, verifyLedger } from './verify-ledger.ts'

export interface Rebuilt {
  readonly events: number
  /** What was not as the events say, up to so many as were asked for. */
  readonly mended: readonly Damage[]
  readonly more: boolean
  /** The copy that was made before; null in a dry run and in memory. */
  readonly copy: string | null
}

/** Tables that are made anew from the log. */
const LOST: readonly string[] = ['events', 'private_texts', 'signed_objects', 'file', 'schema']

/** @throws LicError LEDGER_DAMAGED when the log is not whole, CLOCK_SUSPECT, and as the ledger does */
export const rebuildLedger = async (
  authority: Authority,
  home: string,
  most: number,
  onStep: (count: number) => Promise<void>,
): Promise<Rebuilt> => {
  const { ledger, dryRun } = authority
  const { damages, more, events } = await verifyLedger(ledger, { most, treeApart: true, onStep: (_, n) => onStep(n) })
  const lost = damages.find(({ table }) => LOST.includes(table))
  if (lost) {
    throw new LicError('LEDGER_DAMAGED', `the ledger is not whole: ${lost.table} ${lost.row}: ${lost.what}`, {
      hint: isDefinition(lost)
        ? 'find out who changed it, then make the ledger anew: lic ledger copy --to PLACE'
        : 'the tables follow from the log, and it from nothing: restore a good copy: lic ledger restore FILE',
      data: { ...lost },
    })
  }
  const copy = dryRun ? null : await copyBefore(ledger, ledgerFile(home), 'before-rebuild')
  await write(authority, rebuild)
  return { events, mended: damages, more, copy }
}
