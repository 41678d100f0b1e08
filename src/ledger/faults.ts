/**
 * What the database's own errors mean to a person: the one place where SQLite codes become LicError codes.
 * Invariant: no error of the driver leaves this room in its own words only; the original is kept as `cause`.
 */

import { type ErrorCode, LicError } from '../core/errors.ts'

interface Fault {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
}

const BUSY: Fault = {
  code: 'LEDGER_BUSY',
  message: 'another process is writing to the ledger',
  hint: 'try again in a moment',
}
const READ_ONLY: Fault = {
  code: 'LEDGER_READ_ONLY',
  message: 'the ledger cannot be written here',
  hint: 'check the owner and mode of the ledger and of its directory',
}
const FULL: Fault = {
  code: 'DISK_FULL',
  message: 'no space is left for the ledger',
  hint: 'free some space, then repeat',
}
const DAMAGED: Fault = {
  code: 'LEDGER_DAMAGED',
  message: 'the ledger file is damaged or is not a ledger',
  hint: 'stop issuing, and restore the newest good copy: lic ledger restore FILE --replace',
}
const FAILING: Fault = { code: 'UNEXPECTED', message: 'the disk under the ledger does not answer' }
const TAKEN: Fault = { code: 'CONFLICT', message: 'this is in the ledger already' }
const UNKNOWN: Fault = { code: 'NOT_FOUND', message: 'this names something that is not in the ledger' }
const KEPT: Fault = { code: 'CONFLICT', message: 'history is append-only' }

/** By the first name that the error's code begins with: extended codes (SQLITE_BUSY_SNAPSHOT) mean what their base means. */
const FAULTS: readonly (readonly [string, Fault])[] = [
  ['SQLITE_CONSTRAINT_UNIQUE', TAKEN],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', TAKEN],
  ['SQLITE_CONSTRAINT_ROWID', TAKEN],
  ['SQLITE_CONSTRAINT_FOREIGNKEY', UNKNOWN],
  ['SQLITE_CONSTRAINT_TRIGGER', KEPT],
  ['SQLITE_BUSY', BUSY],
  ['SQLITE_LOCKED', BUSY],
  ['SQLITE_READONLY', READ_ONLY],
  ['SQLITE_CANTOPEN', READ_ONLY],
  ['SQLITE_PERM', READ_ONLY],
  ['EACCES', READ_ONLY],
  ['EPERM', READ_ONLY],
  ['EROFS', READ_ONLY],
  ['SQLITE_FULL', FULL],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  // The file that readers share grows when a ledger is opened: on a full disk that is what fails first.
  ['SQLITE_IOERR_SHMSIZE', FULL],
  ['SQLITE_IOERR', FAILING],
  ['EIO', FAILING],
  ['SQLITE_CORRUPT', DAMAGED],
  ['SQLITE_NOTADB', DAMAGED],
]

/** The LicError that `error` stands for; errors that are none of the database's come back as they are. */
export const ledgerFault = (error: unknown): unknown => {
  if (error instanceof LicError || !(error instanceof Error) || !('code' in error)) return error
  const name = error.code
  if (typeof name !== 'string') return error
  const missing = name === 'SQLITE_ERROR' ? /^no such (?:table|column): (\S+)$/.exec(error.message)?.[1] : undefined
  if (missing !== undefined) return lacking(missing, name, error)
  const fault = FAULTS.find(([prefix]) => name.startsWith(prefix))?.[1]
  if (fault === undefined) return error
  const data = { database: name, detail: error.message }
  return new LicError(fault.code, fault.message, {
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    data,
    cause: error,
  })
}

/** Every statement names what each version of the program makes: what is not there was taken away. */
export const lacking = (missing: string, database: string, cause: Error): LicError =>
  new LicError('LEDGER_DAMAGED', `the ledger has no ${missing} any more`, {
    hint: 'stop issuing, and restore the newest good copy: lic ledger restore FILE --replace',
    data: { database, detail: cause.message, missing },
    cause,
  })

/** Whether it says that a table is not there: so it is with what is no ledger yet. */
export const isLacking = (error: unknown): boolean => error instanceof LicError && error.data?.missing !== undefined
