/**
 * Bytes that must not be shown. Invariant: whatever prints a Secret by accident (a log line, JSON, a template string, an
 * assertion's diff) prints `[redacted]`; the bytes come out by `reveal` only, and its callers can be counted.
 */

const REDACTED = '[redacted]'

export class Secret {
  readonly #bytes: Uint8Array

  /** Keeps a copy: the caller may overwrite its own. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes)
  }

  /** Number of bytes. */
  get length(): number {
    return this.#bytes.length
  }

  /** A copy of the bytes, for a primitive or for the file they are kept in. */
  reveal(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED
  }
}

/** One epoch of the emergency secret K_e (FORMAT 14.1). */
export interface EmergencySecret {
  /** Rises by one with each fresh secret. */
  readonly epoch: number
  /** 32 bytes. */
  readonly secret: Secret
}
