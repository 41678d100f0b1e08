/**
 * `lic ledger copy`: the same ledger in another place, a file or a database on a server. Invariants: nobody writes to the one
 * that is copied until the copy is whole; the copy has the same head, worked out from its own rows; what goes wrong leaves no
 * half of one: a file has its name once it is whole, a database holds all rows or none. Who is killed leaves a hidden file, which the
 * next copy to that place takes away.
 */

import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { toHex } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import { sameHead, type TreeHead } from '../core/merkle.ts'
import { copyLedger } from '../ledger/copy.ts'
import { type Ledger, openLedger } from '../ledger/open.ts'
import { isUrl } from '../ledger/place.ts'
import type { Authority } from './authority.ts'
import { refuseNetwork } from './file-systems.ts'
import { placeFile } from './place-file.ts'
import { verifyLedger } from './verify-ledger.ts'

export interface CopyInput {
  /** An absolute path, or the URL of a server. */
  readonly to: string
  /** Milliseconds to wait for whoever writes there. */
  readonly busyTimeout?: number | undefined
  readonly onRows: (count: number) => Promise<void>
  /** The process that this is, and whether another one still runs. */
  readonly pid: number
  readonly isRunning: (pid: number) => boolean
}

/**
 * @returns the head of both
 * @throws LicError CONFLICT when there is a ledger already, LEDGER_DAMAGED when what was copied is not whole, and as
 * `openLedger` does
 */
export const copyLedgerTo = async (
  { ledger, dryRun, random }: Pick<Authority, 'ledger' | 'dryRun' | 'random'>,
  { to, busyTimeout, onRows, pid, isRunning }: CopyInput,
): Promise<TreeHead> => {
  const into = async (file: string): Promise<TreeHead> => {
    const target = await openLedger({ file, create: true, ...(busyTimeout !== undefined && { busyTimeout }) })
    try {
      const head = await copied(ledger, target, dryRun, onRows)
      target.fold()
      return head
    } finally {
      await target.close()
    }
  }
  if (isUrl(to)) return into(to)
  refuseNetwork(to)
  if (!dryRun) await forgetKilled(to, isRunning)
  if (existsSync(to)) throw thereAlready(to)
  // Without a trace of a rehearsal.
  if (dryRun) return into(':memory:')
  const made = unfinished(to, `${pid}-${toHex(random(6))}`)
  try {
    const head = await into(made)
    placeFile(made, to, false)
    return head
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? thereAlready(to) : error
  } finally {
    forget(made)
  }
}

const thereAlready = (to: string): LicError =>
  new LicError('CONFLICT', `${to} is there already`, {
    hint: 'name a file that is not there yet; a copy has its name once it is whole: LIC_LEDGER=FILE lic ledger verify',
  })

/** The name of a file until it is whole, with the process that makes it. */
const unfinished = (to: string, mark: string): string => join(dirname(to), `.${basename(to)}.${mark}.part`)
const MARK = /\.(([1-9][0-9]*)-[0-9a-f]{12})\.part$/

const forget = (file: string): void => {
  for (const ending of ['', '-wal', '-shm']) rmSync(`${file}${ending}`, { force: true })
}

/**
 * What a copy left that was killed. Whoever makes one has not got it open at the very beginning and end, so their process is
 * looked for; and one that cannot be seen from here, in another container, has it open most of the time.
 */
const forgetKilled = async (to: string, isRunning: CopyInput['isRunning']): Promise<void> => {
  if (!existsSync(dirname(to))) return
  const { isInUse } = await import('../ledger/sqlite-file.ts')
  for (const name of readdirSync(dirname(to))) {
    const [, mark, maker] = MARK.exec(name) ?? []
    const file = join(dirname(to), name)
    if (mark === undefined || file !== unfinished(to, mark) || isRunning(Number(maker))) continue
    if (!(await isInUse(file))) forget(file)
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
