/**
 * `lic ledger copy`: the same ledger in another place, a file or a database on a server. Invariants: nobody writes to the one
 * that is copied until the copy is whole; the copy has the same head, worked out from its own rows; what goes wrong leaves no
 * half of one.
 */

import { existsSync, rmSync } from 'node:fs'
import { LicError } from '../core/errors.ts'
import { sameHead, type TreeHead } from '../core/merkle.ts'
import { copyLedger } from '../ledger/copy.ts'
import { type Ledger, openLedger } from '../ledger/open.ts'
import { isUrl } from '../ledger/place.ts'
import type { Authority } from './authority.ts'
import { refuseNetwork } from './file-systems.ts'
import { verifyLedger } from './verify-ledger.ts'

export interface CopyInput {
  /** An absolute path, or the URL of a server. */
  readonly to: string
  /** Milliseconds to wait for whoever writes there. */
  readonly busyTimeout?: number | undefined
  readonly onRows: (count: number) => Promise<void>
}

/**
 * @returns the head of both
 * @throws LicError CONFLICT when there is a ledger already, LEDGER_DAMAGED when what was copied is not whole, and as
 * `openLedger` does
 */
export const copyLedgerTo = async (
  { ledger, dryRun }: Pick<Authority, 'ledger' | 'dryRun'>,
  { to, busyTimeout, onRows }: CopyInput,
): Promise<TreeHead> => {
  if (!isUrl(to)) refuseNetwork(to)
  const wasThere = !isUrl(to) && existsSync(to)
  if (wasThere) throw new LicError('CONFLICT', `${to} is there already`, { hint: 'name a file that is not there yet' })
  const target = await openLedger({
    // Without a trace of a rehearsal.
    file: dryRun && !isUrl(to) ? ':memory:' : to,
    create: true,
    ...(busyTimeout !== undefined && { busyTimeout }),
  })
  try {
    const head = await copied(ledger, target, dryRun, onRows)
    target.fold()
    await target.close()
    return head
  } catch (error) {
    await target.close()
    if (!isUrl(to)) for (const ending of ['', '-wal', '-shm']) rmSync(`${to}${ending}`, { force: true })
    throw error
  }
}

const copied = (source: Ledger, target: Ledger, dryRun: boolean, onRows: CopyInput['onRows']): Promise<TreeHead> =>
  // The write lock is held, so that nothing is recorded here while the other is made.
  source.transaction(async (tx) => {
    const head = await copyLedger(tx, target, { dryRun, onRows })
    if (dryRun) return head
    const found = await verifyLedger(target, { quick: true, onStep: (_, count) => onRows(count) })
    const [first] = found.damages
    if (first !== undefined) {
      throw new LicError('LEDGER_DAMAGED', `what was copied is not whole: ${first.table} ${first.row}: ${first.what}`, {
        hint: 'see what is wrong with this ledger: lic ledger verify --all',
        data: { ...first },
      })
    }
    if (!sameHead({ size: found.events, root: found.root }, head)) {
      throw new LicError('UNEXPECTED', 'the copy has another head than the ledger that was copied')
    }
    return head
  })
