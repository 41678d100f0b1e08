/**
 * What a command hands back instead of printing. Invariant: a command that throws has written nothing to stdout and
 * left no file, because both are written from this value after the command has ended.
 */

import type { ErrorCode, LicError } from '../core/errors.ts'
import type { Show } from './show.ts'

/** A negative result that is still a result: a genuine license refused (exit 7), part of a batch failed (exit 10). */
export interface Finding {
  readonly code: ErrorCode
  /** One lower-case sentence without a full stop. */
  readonly message: string
  readonly hint?: string
}

/** A file to write. The path `-` stands for stdout: the content then takes the place of what would be shown. */
export interface ResultFile {
  readonly path: string
  readonly content: string | Uint8Array
  /** Absent = 0644. */
  readonly mode?: number
}

export interface Outcome {
  /** Name of the JSON shape without its version: `license` is printed as `lic.license/1`. */
  readonly schema: string
  /** The value for --json. Byte arrays become base64. */
  readonly data: unknown
  /** The same for a person. */
  readonly show: Show
  readonly finding?: Finding
  readonly files?: readonly ResultFile[]
  /** Replace files that exist. */
  readonly force?: boolean
  /** What to run when a file could not be written although the ledger has recorded what it was to hold. */
  readonly again?: string
  /** Lines for stderr after the result: what was written, what to do next. */
  readonly notes?: readonly string[]
}

/**
 * A result too large to hold: one row at a time, NDJSON with --json. A failure before the first row leaves stdout empty.
 */
export interface Stream {
  readonly schema: string
  readonly rows: AsyncIterable<{ readonly data: unknown; readonly show: Show }>
  /** Asked after the last row, like `notes`. */
  readonly finding?: () => Finding | undefined
  readonly notes?: () => readonly string[]
  /** After Ctrl-C the rows go on until what is done has been told, and then throw INTERRUPTED themselves. */
  readonly lasting?: boolean
  /** Adds to what ends the rows, such as a reader that went away, how far they had come. */
  readonly ended?: (cause: LicError) => LicError
}

export type Result = Outcome | Stream
