/**
 * Everything of the outside world that a command may touch, as one value. Invariant: no other file of the CLI reads
 * `process`, the clock or randomness, so a test that passes its own Io decides all of them.
 * Node's stream modules are touched only when used: `lic --version` needs one write.
 */

import { fstatSync, writeSync } from 'node:fs'
import { homedir, hostname, userInfo } from 'node:os'
import { parse } from 'node:path'
import { LicError } from '../core/errors.ts'
import type { Machine } from '../device/machine.ts'
import type { Prompt } from './prompt.ts'

export interface Source {
  readonly isTTY: boolean
  /** All bytes up to the end. @throws LicError INVALID_INPUT when there are more than `limit`. */
  read(limit: number): Promise<Uint8Array>
  /** Piece by piece, for what is too long to hold. */
  pieces(): AsyncIterable<Uint8Array>
}

export interface Sink {
  readonly isTTY: boolean
  /** Width of the terminal; 80 where there is none. */
  readonly columns: number
  /** @throws LicError OUTPUT_CLOSED when the reader has gone away, DISK_FULL when it is a file without room. */
  write(data: string | Uint8Array): Promise<void>
}

export interface Io {
  readonly stdin: Source
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The user's home directory, below which the XDG defaults lie. */
  readonly homedir: string
  readonly hostname: string
  /** Who acts, for the ledger: LIC_ACTOR, else the name of the system's user. */
  readonly user: string
  /** Version of Node, `20.19.0`. */
  readonly node: string
  /** The process that this is, and whether another of this machine still runs. */
  readonly pid: number
  readonly isRunning: (pid: number) => boolean
  readonly prompt: Prompt
  /** Puts the name that the program was started by before its commands, where lic says `lic COMMAND`. */
  readonly called: (text: string) => string
  /** The hardware that this runs on; loaded for the commands of a customer alone. */
  machine(): Promise<Machine>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Unix time in whole seconds. */
  now(): number
  /** Milliseconds of a clock that never jumps; only differences mean something. */
  elapsed(): number
  random(length: number): Uint8Array
  /** log2 of scrypt's N for new key files. Absent = 18; only tests set it, and no environment variable can. */
  readonly scryptLogN?: number
  /** Milliseconds to wait for another writer of the ledger. Absent = 15,000; set by tests only, like the one above. */
  readonly busyTimeout?: number
}

const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds))

/** Writes to a descriptor in place. A pipe that another process made non-blocking answers EAGAIN: wait, then go on. */
const writeAll = async (fd: number, data: string | Uint8Array): Promise<void> => {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (cause) {
      const code = systemCode(cause)
      if (code === 'EAGAIN') await pause(2)
      else if (code === 'ENOSPC' || code === 'EDQUOT') {
        throw new LicError('DISK_FULL', 'no room left where the output goes', { cause })
      } else throw new LicError('OUTPUT_CLOSED', 'the output was closed before all of it was written', { cause })
    }
  }
}

const sink = (fd: number, stream: () => NodeJS.WriteStream): Sink => ({
  get isTTY() {
    // A pipe or a file is told apart without loading Node's streams.
    return fstatSync(fd).isCharacterDevice() && stream().isTTY === true
  },
  get columns() {
    return stream().columns ?? 80
  },
  write: (data) => writeAll(fd, data),
})

const stdin: Source = {
  get isTTY() {
    return process.stdin.isTTY === true
  },
  read: async (limit) => {
    const chunks: Uint8Array[] = []
    let total = 0
    for await (const chunk of process.stdin) {
      total += chunk.length
      if (total > limit) throw new LicError('INVALID_INPUT', `more than ${limit} bytes on stdin`)
      chunks.push(chunk)
    }
    return new Uint8Array(Buffer.concat(chunks))
  },
  pieces: () => process.stdin,
}

/** A container may run under a number that has no name. */
const systemUser = (): string => {
  try {
    return userInfo().username
  } catch {
    return process.env.USER ?? `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

/** Who has no name has no home either, unless HOME says one: then it is that of the machine. */
const systemHome = (): string => {
  try {
    return homedir()
  } catch {
    return parse(process.cwd()).root
  }
}

/** The prompts' library is loaded by the first question. */
const prompt: Prompt = {
  confirm: async (question) => (await terminal()).confirm(question),
  input: async (question, preset) => (await terminal()).input(question, preset),
  select: async (question, choices, preset) => (await terminal()).select(question, choices, preset),
  selectSome: async (question, choices) => (await terminal()).selectSome(question, choices),
  password: async (question) => (await terminal()).password(question),
}
const terminal = async (): Promise<Prompt> => {
  const { terminalPrompt } = await import('./prompt.ts')
  return terminalPrompt(process.stdin, process.stderr)
}

/** Another user's may not be signalled, but is there. */
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}

/** Listening begins with the first look at the signal. A second Ctrl-C ends the process at once. */
const interruption = (): (() => AbortSignal) => {
  let interrupt: AbortController | undefined
  return () => {
    if (interrupt !== undefined) return interrupt.signal
    const made = new AbortController()
    process.once('SIGINT', () => made.abort())
    interrupt = made
    return made.signal
  }
}

/** @param called as in Io; absent = it was started as `lic` */
export const realIo = (called: Io['called'] = (text) => text): Io => {
  const signal = interruption()
  return {
    stdin,
    stdout: sink(1, () => process.stdout),
    stderr: sink(2, () => process.stderr),
    env: process.env,
    cwd: process.cwd(),
    get homedir() {
      return systemHome()
    },
    get hostname() {
      return hostname()
    },
    get user() {
      return process.env.LIC_ACTOR || systemUser()
    },
    node: process.versions.node,
    pid: process.pid,
    isRunning,
    prompt,
    called,
    machine: async () => (await import('../device/machine.ts')).thisMachine(),
    get signal() {
      return signal()
    },
    now: () => Math.floor(Date.now() / 1000),
    elapsed: () => performance.now(),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  }
}
