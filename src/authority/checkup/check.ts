/**
 * A finding of the checkup: what was looked at, how it stands, and the one step that mends it. Invariant: a finding that
 * is not ok has a fix, and one that is ok has none; nothing here changes anything, asks anybody or opens a locked key.
 */

export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was looked at and what was seen: one lower-case sentence without a full stop. */
  readonly found: string
  /** A command, or the one step where no command does it; null when all is well. */
  readonly fix: string | null
  /** The ledger itself is not whole. */
  readonly damaged?: true
}

/** The machine around an authority, as far as the checkup looks at it. */
export interface Machine {
  readonly home: string
  /** Where the ledger lies: a path, or the URL of a server. */
  readonly ledger: string
  /** Unix seconds. */
  readonly now: number
  /** Version of Node, `20.19.0`. */
  readonly node: string
  /** Version of this program. */
  readonly program: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `linux`, `darwin`, `win32` ... */
  readonly platform: string
  /** Type (Linux: magic number) and room of the file system that a path lies on. */
  readonly fileSystem: (path: string) => FileSystem
  /** Milliseconds to wait for a writer of the ledger. */
  readonly busyTimeout?: number | undefined
  /** Leaves the reading of the whole ledger out. */
  readonly quick: boolean
  /** Called for each table of the ledger that was read. */
  readonly onTable?: (done: number, total: number) => Promise<void>
}

export interface FileSystem {
  readonly type: number
  readonly bsize: number
  readonly bavail: number
}

export const ok = (name: string, found: string): Check => ({ name, status: 'ok', found, fix: null })
export const warn = (name: string, found: string, fix: string): Check => ({ name, status: 'warn', found, fix })
export const fail = (name: string, found: string, fix: string): Check => ({ name, status: 'fail', found, fix })
export const damaged = (name: string, found: string, fix: string): Check => ({
  ...fail(name, found, fix),
  damaged: true,
})

/** `3 files`, `1 file`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
