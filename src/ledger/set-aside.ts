/**
 * Taking a ledger out of its place, whatever state it is in, so that another can be put there. Invariants: nobody has it
 * open at that moment; nothing of it is deleted.
 */

import { existsSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { LicError } from '../core/errors.ts'
import { backupsBeside } from './backup.ts'
import { ledgerFault } from './faults.ts'
import { openFile } from './sqlite-file.ts'

/**
 * Moves the ledger into `backups/` beside it. @returns where it lies now
 * @throws LicError LEDGER_BUSY while another process has it open
 */
export const setAside = async (file: string, busyTimeout?: number): Promise<string> => {
  await closeForAll(file, busyTimeout)
  try {
    const directory = backupsBeside(file)
    const stem = join(directory, `${basename(file)}.replaced`)
    const target = Array.from({ length: 10_000 }, (_, n) => (n === 0 ? stem : `${stem}.${n + 1}`)).find(
      (name) => !existsSync(name),
    )
    if (target === undefined) throw new LicError('CONFLICT', `${directory} is full of replaced ledgers`)
    // The log of one that could not be opened goes with it: what it holds may be all that can be saved.
    for (const ending of ['-wal', '-shm', '']) {
      if (existsSync(`${file}${ending}`)) renameSync(`${file}${ending}`, `${target}${ending}`)
    }
    return target
  } catch (error) {
    throw ledgerFault(error)
  }
}

/** Leaving WAL mode takes the file for oneself, and folds the log in. One that is damaged is taken as it is. */
const closeForAll = async (file: string, busyTimeout: number | undefined): Promise<void> => {
  try {
    const sqlite = await openFile({ file, ...(busyTimeout !== undefined && { busyTimeout }) })
    try {
      sqlite.pragma('journal_mode = DELETE')
    } finally {
      sqlite.close()
    }
  } catch (error) {
    const fault = ledgerFault(error)
    if (fault instanceof LicError && fault.code === 'LEDGER_DAMAGED') return
    throw fault
  }
}
