/**
 * How a failure ends: its exit status, and the one step that mends it where the error itself names none.
 * Invariant: every code of the closed table has a hint; a code without one does not compile.
 */

import { ERRORS } from '../core/error-table.ts'
import type { ErrorCode, LicError } from '../core/errors.ts'

/** A failed verification is a negative finding, whatever its code means elsewhere. */
export const exitOf = (error: LicError): number => (error.stage === undefined ? ERRORS[error.code].exit : 7)

export const HINTS = {
  LICENSE_INVALID: 'get it from the vendor again; `lic inspect` shows what is in a file',
  UNKNOWN_KEY: 'check that --root is the key of the vendor who signed this, and that it is not out of date',
  BAD_SIGNATURE: 'the bytes were changed or damaged after signing; ask the vendor for a fresh copy',
  RIGHTS_EXCEEDED: 'sign with a key that holds the right: `lic key list` shows what each may sign',
  UNSUPPORTED_CLAIM: 'this license needs a newer lic; upgrade and try again',

  LICENSE_EXPIRED: 'ask the vendor to renew it; the vendor runs `lic renew KEY --for 1y`',
  LICENSE_NOT_YET_VALID: 'it starts later; check the clock, or ask the vendor for an earlier start',
  LICENSE_REVOKED: 'the vendor withdrew it; ask the vendor why',
  LICENSE_SUSPENDED: 'the vendor paused it: `lic reinstate KEY --reason R` ends the pause',
  LICENSE_SUPERSEDED: 'install the license that took its place',
  LICENSE_CANCELLED: 'a cancelled license stays so; issue a new one: `lic issue`',
  ACTIVATION_REQUIRED: 'ask for an activation: `lic request KEY`',
  LEASE_ENDED: 'ask for a new activation: `lic request KEY --prolong`',
  DEVICE_MISMATCH: 'activate on this device: `lic request KEY`',
  CLOCK_ROLLED_BACK: 'set the clock right, then try again',
  REVOCATION_CHECK_OVERDUE: 'take in the newest revocation list of the vendor',
  WRONG_PRODUCT: 'use the license of this product, or name another with --product',
  CUSTOMER_MISMATCH: 'use the license that was issued to this customer',
  VERSION_NOT_COVERED: 'renew the maintenance, or stay with a version that is covered',
  NOT_IN_LEDGER: 'if no import explains it, treat the signing key as stolen, and stop signing with it',
  PROOF_INVALID: 'ask whoever made it for a fresh one: `lic ledger prove KEY --out FILE`',
  TEST_LICENSE: 'a test license does not open a release build; issue one without --test',
  KEY_COMPROMISED: 'ask the vendor to issue the license again under a sound key',

  LICENSE_MISSING: 'install one: `lic install FILE --root ROOT`',
  FEATURE_NOT_LICENSED: 'ask the vendor for a license with this feature',
  INSUFFICIENT_LICENSE_TIER: 'ask the vendor for a higher tier',
  USAGE_LIMIT_EXCEEDED: 'wait for the next period, or ask the vendor for a higher limit',
  RESTRICTED: 'the license names where it may be used; ask the vendor to widen it',

  USAGE: '`lic help` lists the commands, `lic help COMMAND` explains one',
  INVALID_INPUT: '`lic help COMMAND` shows what is expected',
  CODE_MISTYPED: 'compare it with the original and type or copy it again',
  CODE_KIND: 'look for the other code: the message says which kind this one is',
  UNREADABLE: 'check the path and its permissions',
  UNWRITABLE: 'check that the directory exists and may be written to',
  FILE_EXISTS: 'choose another name, or replace it with --force',
  NOT_FOUND: '`lic list`, `lic customer list` and `lic product list` show what there is',
  AMBIGUOUS: 'give more characters, or the full id',
  CONFLICT: 'it is there already: show it, or choose another name',

  KEY_LOCKED: 'give the passphrase: --passphrase-file FILE, --passphrase-fd N or LIC_PASSPHRASE_FILE',
  WRONG_PASSPHRASE: 'try again; each key file may have a passphrase of its own',
  KEY_FILE_INVALID: 'restore the key file from its backup',
  KEY_FILE_EXPOSED: 'take the rights of others away: `chmod 600 FILE`',

  ILLEGAL_MOVE: '`lic show KEY` tells the state it is in',
  SEATS_EXHAUSTED: 'free a seat: `lic activation list KEY`, or raise the seats: `lic change KEY --seats N`',
  NO_EMERGENCY: 'issue the license again with --emergency',
  CLOCK_SUSPECT: 'set the clock right; if it is right, say so with --clock-ok',
  CONFIRMATION_REQUIRED: 'add --yes to confirm without being asked',

  STATE_EXPOSED: 'let nobody else into the directory of the state: `chmod 0700 DIR`',
  STATE_DAMAGED: 'move the directory of the state away, install and activate again; the vendor replaces the activation',
  STATE_BUSY: 'another lic command uses this state directory; try again when it has ended',

  NO_LEDGER: 'start one: `lic init --name NAME`, or point to yours with --home or LIC_HOME',
  LEDGER_BUSY: 'another command holds the ledger; try again',
  LEDGER_DAMAGED: 'stop issuing; see what is wrong: `lic ledger verify --all`; the way back: `lic ledger restore FILE`',
  LEDGER_NEWER: 'this ledger was written by a newer lic; upgrade',
  LEDGER_UNREACHABLE: 'see whether the database server runs, and what LIC_LEDGER says; then repeat',
  LEDGER_UNSUITABLE: 'use a PostgreSQL server of version 14 or later with the encoding UTF8',
  LEDGER_READ_ONLY: 'make the ledger and its directory writable for this user',
  UNHEALTHY: '`lic doctor` names what is wrong, and the command that mends it',
  DISK_FULL: 'free some room and try again',
  OUTPUT_CLOSED: 'what reads the output ended early; write to a file with --out',
  BATCH_PARTIAL: 'the rows that failed are named; mend them and run the batch again',
  INTERRUPTED: 'run it again when ready',
  UNEXPECTED: 'run it again with --debug and report what it prints',
} as const satisfies Record<ErrorCode, string>

export const hintOf = (error: LicError): string => error.hint ?? HINTS[error.code]
