/**
 * What a PostgreSQL server's errors, and its silence, mean to a person: the one place where SQLSTATEs become LicError codes.
 * Invariant: no error of the driver leaves this room in its own words only; the original is kept as `cause`.
 */

import { type ErrorCode, LicError } from '../core/errors.ts'
import { lacking } from './faults.ts'

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
const CROWDED: Fault = {
  code: 'LEDGER_BUSY',
  message: 'the database server takes no more connections',
  hint: 'try again in a moment, or raise max_connections on the server',
}
const STARTING: Fault = {
  code: 'LEDGER_BUSY',
  message: 'the database server is starting or stopping',
  hint: 'try again in a moment',
}
const GONE: Fault = {
  code: 'LEDGER_UNREACHABLE',
  message: 'the database server does not answer',
  hint: 'see whether it runs and whether LIC_LEDGER names it: lic doctor',
}
const REFUSED: Fault = {
  code: 'LEDGER_UNREACHABLE',
  message: 'the database server does not let this user in',
  hint: 'check user and password in LIC_LEDGER, PGPASSWORD or ~/.pgpass',
}
const UNTRUSTED: Fault = {
  code: 'LEDGER_UNREACHABLE',
  message: 'the certificate of the database server is not vouched for',
  hint: 'name who vouches for it in the URL: sslrootcert=FILE; more: lic help server',
}
const NO_FILE: Fault = {
  code: 'UNREADABLE',
  message: 'a file that the URL of the ledger names cannot be read',
  hint: 'check sslrootcert, sslcert and sslkey in the URL',
}
const NO_DATABASE: Fault = {
  code: 'NO_LEDGER',
  message: 'the server has no such database',
  hint: 'make it: createdb NAME; then lic init --ledger URL',
}
const FORBIDDEN: Fault = {
  code: 'LEDGER_READ_ONLY',
  message: 'this user may not write to the ledger',
  hint: 'grant the user what it needs on the schema of the ledger',
}
const READ_ONLY: Fault = {
  code: 'LEDGER_READ_ONLY',
  message: 'the database server takes no changes: it is a replica, or set to read only',
  hint: 'name the primary server in LIC_LEDGER',
}
const FULL: Fault = {
  code: 'DISK_FULL',
  message: 'no space is left on the database server',
  hint: 'free some space there, then repeat',
}
const TAKEN: Fault = { code: 'CONFLICT', message: 'this is in the ledger already' }
const UNKNOWN: Fault = { code: 'NOT_FOUND', message: 'this names something that is not in the ledger' }
const KEPT: Fault = { code: 'CONFLICT', message: 'history is append-only' }
const DAMAGED: Fault = {
  code: 'LEDGER_DAMAGED',
  message: 'the database server finds its data damaged',
  hint: 'stop issuing, and restore the newest good copy of the ledger',
}
const UNWRITABLE: Fault = {
  code: 'INVALID_INPUT',
  message: 'text holds a character that the database server cannot keep',
  hint: 'leave out NUL and other control characters',
}

/** By the first SQLSTATE or system error that the error's code begins with. */
const FAULTS: readonly (readonly [string, Fault])[] = [
  ['23505', TAKEN],
  ['23503', UNKNOWN],
  // Raised by the ledger's own triggers.
  ['LIC01', KEPT],
  ['55P03', BUSY],
  ['40', BUSY],
  ['57014', BUSY],
  ['53300', CROWDED],
  ['57P03', STARTING],
  ['57P0', GONE],
  ['53100', FULL],
  ['25006', READ_ONLY],
  ['42501', FORBIDDEN],
  ['28', REFUSED],
  ['3D000', NO_DATABASE],
  ['22021', UNWRITABLE],
  ['XX001', DAMAGED],
  ['XX002', DAMAGED],
  ['08', GONE],
  // What OpenSSL says of a certificate.
  ...['CERT_', 'DEPTH_ZERO', 'SELF_SIGNED', 'UNABLE_TO_', 'INVALID_', 'HOSTNAME_', 'ERR_TLS_', 'ERR_SSL_'].map(
    (prefix) => [prefix, UNTRUSTED] as const,
  ),
  ['E', GONE],
]

/** The LicError that an error of the driver stands for; one without a code is a connection that ended. */
export const serverFault = (error: unknown): unknown => {
  if (error instanceof LicError || !(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const missing =
    code === '42P01' || code === '42703' ? /"?([\w.]+)"? does not exist/.exec(error.message)?.[1] : undefined
  if (code !== undefined && missing !== undefined) return lacking(missing, code, error)
  const fault = isFile(error)
    ? NO_FILE
    : code === undefined
      ? GONE
      : FAULTS.find(([prefix]) => code.startsWith(prefix))?.[1]
  if (fault === undefined) return error
  return new LicError(fault.code, fault.message, {
    ...(fault.hint !== undefined && { hint: fault.hint }),
    data: { ...(code !== undefined && { database: code }), detail: error.message },
    cause: error,
  })
}

/** A socket is connected to, a file is opened. */
const isFile = (error: Error): boolean =>
  'syscall' in error && (error.syscall === 'open' || error.syscall === 'read') && 'path' in error
