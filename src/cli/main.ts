/**
 * From the words of the command line to an exit status. The only place that turns errors into statuses.
 * Invariants: nothing is thrown out of here; stdout is written only after the command has ended well.
 * Start-up: `--version` is answered before anything is loaded that it does not need.
 */

import { ERRORS, LicError } from '../core/errors.ts'
import type { Io } from './io.ts'
import { VERSION } from './version.ts'

export { realIo } from './io.ts'

/** @param argv the words after the program's name. Exit statuses: `lic help exit-codes`. */
export const main = async (argv: readonly string[], io: Io): Promise<number> => {
  try {
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
      await io.stdout.write(`lic ${VERSION}\n`)
      return 0
    }
    const { conduct } = await import('./conduct.ts')
    const finding = await untilInterrupted(io.signal, conduct(argv, io, VERSION))
    return finding === undefined ? 0 : ERRORS[finding.code].exit
  } catch (error) {
    return fail(argv, io, error)
  }
}

/** Ctrl-C ends the wait; what was being written is whole or absent, since every write is a transaction or a rename. */
const untilInterrupted = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  let stop = () => {}
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new LicError('INTERRUPTED', 'interrupted'))
  })
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, interrupted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const SYSTEM: Readonly<Record<string, 'DISK_FULL' | 'OUTPUT_CLOSED'>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EPIPE: 'OUTPUT_CLOSED',
}

const named = (error: unknown): LicError => {
  if (error instanceof LicError) return error
  const message = error instanceof Error ? error.message : String(error)
  const system = error instanceof Error && 'code' in error ? SYSTEM[String(error.code)] : undefined
  return new LicError(system ?? 'UNEXPECTED', message.split('\n')[0] ?? 'unknown', { cause: error })
}

/** The words may be what is wrong, so the few flags that shape an error are looked for directly. */
const fail = async (argv: readonly string[], io: Io, error: unknown): Promise<number> => {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  const given = named(error)
  const { commandIn, exitOf, hintOf, voiceOf } = await import('./conduct.ts')
  try {
    const voice = await voiceOf(io, { json: words.includes('--json'), color: !words.includes('--no-color') })
    const hint = hintOf(given).replace('COMMAND', commandIn(words) ?? 'COMMAND')
    await voice.failure(given, hint, words.includes('--debug'))
  } catch {
    // stderr is gone as well: the status still tells.
  }
  return exitOf(given)
}
