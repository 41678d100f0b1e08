/**
 * The machine as this room sees it: a few questions, injected, so that a test passes a recorded machine. The only file of
 * the room that touches the operating system beside the state's own directories.
 * Invariant: nothing here needs rights that an unprivileged service has not, and what cannot be read is undefined.
 */

import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { hostname, platform, release, uptime } from 'node:os'

/** Where values come from: files, links, and the output of programs. */
export interface Source {
  /** As Node names it: linux, darwin, win32. */
  readonly platform: string
  /** A small text file; undefined when it is not there or not for us. */
  read(path: string): string | undefined
  /** The names in a directory, sorted; none when it cannot be read. */
  list(path: string): readonly string[]
  /** Where links lead to. */
  resolve(path: string): string | undefined
  /** What a program prints; undefined when it fails or is not there. */
  run(program: string, ...words: readonly string[]): Promise<string | undefined>
}

export interface Machine extends Source {
  readonly hostname: string
  /** Name and version of the operating system, for the details of a request. */
  readonly os: string
  /** Undefined where users have no number. */
  readonly uid: number | undefined
  /** Seconds since the machine was started, by a clock that nobody sets. */
  uptime(): number
  /** Names this start of the machine; undefined where there is no such name. */
  bootId(): string | undefined
}

/** Milliseconds for a program that tells of the hardware. */
const PATIENCE = 15_000
const FILE_BYTES = 1_048_576

const orUndefined = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch {
    return undefined
  }
}

const readText = (path: string): string | undefined =>
  orUndefined(() => readFileSync(path).subarray(0, FILE_BYTES).toString('utf8'))

const runProgram = async (program: string, words: readonly string[]): Promise<string | undefined> => {
  const { execFile } = await import('node:child_process')
  return new Promise((answer) => {
    execFile(program, [...words], { encoding: 'utf8', timeout: PATIENCE, windowsHide: true }, (error, stdout) =>
      answer(error === null ? stdout : undefined),
    )
  })
}

export const thisMachine = (): Machine => ({
  platform: platform(),
  hostname: hostname(),
  os: `${platform()} ${release()}`,
  // By number: a service may run under one that has no name, and its directories are looked at all the same.
  uid: process.geteuid?.(),
  read: readText,
  list: (path) => orUndefined(() => readdirSync(path).sort()) ?? [],
  resolve: (path) => orUndefined(() => realpathSync(path)),
  run: (program, ...words) => runProgram(program, words),
  uptime: () => Math.floor(uptime()),
  bootId: () => readText('/proc/sys/kernel/random/boot_id')?.trim() || undefined,
})
