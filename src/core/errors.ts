/**
 * What is thrown when something goes wrong, everywhere: a code of the closed table (error-table.ts), which verifiers need not load,
 * a message for people, and what mends it.
 */

import type { ErrorCode } from './error-table.ts'

export type { Action, ErrorCode, ErrorRow } from './error-table.ts'

/** The stage of verification (FORMAT.md, "Verification") that an object failed. */
export type Stage = 'decode' | 'type' | 'chain' | 'signature' | 'rights' | 'time' | 'policy'

export interface ErrorDetail {
  /** The verification stage that failed; absent when nothing was being verified. */
  readonly stage?: Stage
  /** One command or step that mends it. Overrides the CLI's general hint for the code. */
  readonly hint?: string
  /** Machine-readable particulars: field, group, line, candidates. Never a secret. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The only error that lic throws on purpose. `message` is one lower-case sentence without a full stop. */
export class LicError extends Error {
  override readonly name = 'LicError'
  readonly code: ErrorCode
  readonly stage: Stage | undefined
  readonly hint: string | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.stage = detail.stage
    this.hint = detail.hint
    this.data = detail.data
  }
}
