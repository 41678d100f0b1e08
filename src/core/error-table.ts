/**
 * The closed table of everything that can go wrong, shared by verifier, products, CLI and server.
 * One row a code: exit status, HTTP status, what the holder of the license can do about it. Nothing elsewhere switches
 * on a code to find one of these. Exit statuses: FORMAT.md needs none of them; they are the CLI's contract.
 */

/** What the licensee can do: install or answer an activation, renew, upgrade, or ask the vendor. */
export type Action = 'activate' | 'renew' | 'upgrade' | 'contact'

export interface ErrorRow {
  /** Exit status of the CLI: 2 usage, 3 not found, 4 locked, 5 conflict, 6 policy, 7 negative finding, 8 damaged, 9 busy. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 130
  readonly http: number
  readonly action?: Action
}

const row = (exit: ErrorRow['exit'], http: number, action?: Action): ErrorRow =>
  action === undefined ? { exit, http } : { exit, http, action }

export const ERRORS = {
  // Forged or malformed: thrown by the verifier, never a verdict about a genuine license.
  /** Not a lic object, or one that breaks FORMAT.md. */
  LICENSE_INVALID: row(7, 400, 'contact'),
  /** No trusted key has the kid that the object names. */
  UNKNOWN_KEY: row(7, 401, 'contact'),
  /** The signature does not match the bytes. */
  BAD_SIGNATURE: row(7, 401, 'contact'),
  /** Genuinely signed, but by a key that may not say this. At the vendor: the key in hand may not sign this. */
  RIGHTS_EXCEEDED: row(6, 403, 'contact'),
  /** A field that must be understood is not known to this version. */
  UNSUPPORTED_CLAIM: row(7, 400, 'upgrade'),

  // Genuine, and refused: returned as a verdict with the license attached.
  LICENSE_EXPIRED: row(7, 402, 'renew'),
  LICENSE_NOT_YET_VALID: row(7, 403, 'contact'),
  LICENSE_REVOKED: row(7, 403, 'contact'),
  LICENSE_SUSPENDED: row(7, 403, 'contact'),
  /** Another license took this one's place (transfer), or a higher revision was seen. */
  LICENSE_SUPERSEDED: row(7, 403, 'contact'),
  LICENSE_CANCELLED: row(7, 403, 'contact'),
  ACTIVATION_REQUIRED: row(7, 403, 'activate'),
  /** The activation's lease has ended. */
  LEASE_ENDED: row(7, 403, 'activate'),
  DEVICE_MISMATCH: row(7, 403, 'activate'),
  CLOCK_ROLLED_BACK: row(7, 403, 'contact'),
  /** The license asks for newer word from the vendor than this device has. */
  REVOCATION_CHECK_OVERDUE: row(7, 403, 'contact'),
  WRONG_PRODUCT: row(7, 403, 'contact'),
  CUSTOMER_MISMATCH: row(7, 403, 'contact'),
  /** The build lies outside the licensed versions or was made after maintenance ended. */
  VERSION_NOT_COVERED: row(7, 403, 'renew'),
  /** Genuine, but the vendor's own ledger does not know it: someone else signed it with the vendor's key. */
  NOT_IN_LEDGER: row(7, 403, 'contact'),
  /** A proof about the log, or a checkpoint, that does not hold or does not lead to the one that was given. */
  PROOF_INVALID: row(7, 400, 'contact'),
  /** A test license met a release build. */
  TEST_LICENSE: row(7, 403, 'contact'),
  /** Signed under a key that was stolen, and nothing proves that it was signed before. */
  KEY_COMPROMISED: row(7, 403, 'contact'),

  // What a gate answers inside a running product.
  LICENSE_MISSING: row(7, 402, 'activate'),
  FEATURE_NOT_LICENSED: row(7, 403, 'upgrade'),
  INSUFFICIENT_LICENSE_TIER: row(7, 403, 'upgrade'),
  USAGE_LIMIT_EXCEEDED: row(7, 429, 'upgrade'),
  /** Restricted to other countries, domains or addresses. */
  RESTRICTED: row(7, 403, 'contact'),

  // Input.
  USAGE: row(2, 400),
  INVALID_INPUT: row(2, 400),
  /** A typed code fails its check symbols; the message names the group or line. */
  CODE_MISTYPED: row(2, 400),
  /** A code of one kind where another is due. */
  CODE_KIND: row(2, 400),
  /** A file or directory that was named cannot be read. */
  UNREADABLE: row(2, 400),
  /** A file that was named for output cannot be written. */
  UNWRITABLE: row(2, 400),
  FILE_EXISTS: row(5, 409),
  NOT_FOUND: row(3, 404),
  AMBIGUOUS: row(2, 409),
  CONFLICT: row(5, 409),

  // Keys.
  KEY_LOCKED: row(4, 401),
  WRONG_PASSPHRASE: row(4, 401),
  KEY_FILE_INVALID: row(4, 400),
  /** The key file can be read by others. */
  KEY_FILE_EXPOSED: row(4, 403),

  // Policy.
  /** The state machine has no such move. */
  ILLEGAL_MOVE: row(6, 409),
  SEATS_EXHAUSTED: row(6, 409, 'upgrade'),
  NO_EMERGENCY: row(6, 409, 'contact'),
  /** The clock disagrees with the ledger's newest event. */
  CLOCK_SUSPECT: row(6, 409),
  CONFIRMATION_REQUIRED: row(2, 400),

  // What a device remembers.
  /** Its directory is a symbolic link, or others may look into it. */
  STATE_EXPOSED: row(2, 403),
  /** No copy of it is whole. */
  STATE_DAMAGED: row(8, 500),
  STATE_BUSY: row(9, 503),

  // Ledger and machine.
  NO_LEDGER: row(3, 404),
  LEDGER_BUSY: row(9, 503),
  LEDGER_DAMAGED: row(8, 500),
  LEDGER_NEWER: row(8, 500),
  LEDGER_READ_ONLY: row(1, 503),
  /** A ledger's server is down, cut off, or does not let this user in. */
  LEDGER_UNREACHABLE: row(9, 503),
  /** A server of a version or encoding that cannot hold a ledger. */
  LEDGER_UNSUITABLE: row(1, 500),
  /** The checkup found what must be mended before work goes on. */
  UNHEALTHY: row(7, 503),
  DISK_FULL: row(1, 507),
  OUTPUT_CLOSED: row(1, 500),
  BATCH_PARTIAL: row(10, 207),
  INTERRUPTED: row(130, 499),
  UNEXPECTED: row(1, 500),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS
