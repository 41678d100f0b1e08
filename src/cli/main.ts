/**
 * From the words of the command line to an exit status. The only place that turns errors into statuses.
 * Invariants: nothing is thrown out of here; stdout is written only after the command has ended well.
 * Start-up: `--version` is answered before anything is loaded that it does not need.
 */

import { ERRORS } from '../core/error-table.ts'
import { LicError } from '../core/errors.ts'
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
    if (argv[0] === 'complete') return await complete(argv.slice(1), io)
    const { conduct } = await import('./conduct.ts')
    let waits = false
    const work = conduct(argv, io, VERSION, () => {
      waits = true
    })
    const finding = await untilInterrupted(io.signal, work, () => waits)
    return finding === undefined ? 0 : ERRORS[finding.code].exit
  } catch (error) {
    return fail(argv, io, error)
  }
}

/** A shell asks while somebody types: whatever goes wrong, there is nothing to offer and nothing to say. */
const complete = async (words: readonly string[], io: Io): Promise<number> => {
  try {
    const { answer } = await import('./completion/answer.ts')
    await answer(words, io)
  } catch {
    // No ledger, a newer one, a locked one, no driver: the shell offers nothing.
  }
  return 0
}

/**
 * Ctrl-C ends the wait; what was being written is whole or absent, since every write is a transaction or a rename.
 * @param waits whether the work notices by itself, and has to tell first what is done
 */
const untilInterrupted = async <T>(signal: AbortSignal, work: Promise<T>, waits: () => boolean): Promise<T> => {
  let stop = () => {}
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => {
      if (!waits()) reject(new LicError('INTERRUPTED', 'interrupted'))
    }
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

/** Of a code that was given to another command. Loaded when it is needed: most commands that fail fail otherwise. */
const belongingOf = async (error: LicError): Promise<string | undefined> =>
  error.code === 'CODE_KIND' ? (error.hint ?? (await import('./belongs.ts')).belonging(error)) : undefined

/** The words may be what is wrong, so the few flags that shape an error are looked for directly. */
const fail = async (argv: readonly string[], io: Io, error: unknown): Promise<number> => {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  const given = named(error)
  const { changesIn, commandIn, exitOf, hintOf, voiceOf } = await import('./conduct.ts')
  // `lic list | head`: whoever read has had enough, and nothing was changed that they ought to hear of.
  if (given.code === 'OUTPUT_CLOSED' && !words.includes('--debug') && !changesIn(words)) return exitOf(given)
  try {
    const voice = await voiceOf(io, {
      json: words.includes('--json'),
      color: !words.includes('--no-color'),
      plain: words.includes('--plain'),
    })
    const hint = ((await belongingOf(given)) ?? hintOf(given)).replace('COMMAND', commandIn(words) ?? 'COMMAND')
    await voice.failure(given, hint, words.includes('--debug'))
  } catch {
    // stderr is gone as well: the status still tells.
  }
  return exitOf(given)
}
