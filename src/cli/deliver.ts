/**
 * The last step of every command: its value to files, stdout and stderr, in this order, so that a file which cannot
 * be written leaves stdout empty, and what stdout says of a file is true.
 */

import { LicError } from '../core/errors.ts'
import type { Context } from './context.ts'
import type { Finding, Outcome, Result, ResultFile } from './outcome.ts'
import type { Show } from './show.ts'

export const deliver = async (context: Context, result: Result): Promise<Finding | undefined> => {
  const { voice, io } = context
  // After Ctrl-C the status is 130 already; what still ends after it must not print a result.
  if (io.signal.aborted) throw new LicError('INTERRUPTED', 'interrupted')
  if ('rows' in result) {
    for await (const { data, show } of result.rows) {
      if (io.signal.aborted && !result.lasting) throw new LicError('INTERRUPTED', 'interrupted')
      try {
        await voice.row(result.schema, data, show)
      } catch (cause) {
        throw cause instanceof LicError ? (result.ended?.(cause) ?? cause) : cause
      }
    }
    const finding = result.finding?.()
    if (finding !== undefined) await voice.finding(finding)
    await voice.notes({ notes: result.notes?.() ?? [] })
    return finding
  }
  const files = result.files ?? []
  const direct = files.filter(({ path }) => path === '-')
  await orTell(result, async () => {
    await write(
      context,
      result,
      files.filter(({ path }) => path !== '-'),
    )
    await voice.result(
      result.schema,
      result.data,
      direct.length === 0 ? result.show : direct.map((file) => raw(file, io.stdout.isTTY)),
    )
  })
  if (result.finding !== undefined) await voice.finding(result.finding)
  await voice.notes(result)
  return result.finding
}

/** When the ledger already holds what was to be handed over, the way to get it again matters more than the reason. */
const orTell = async ({ again }: Outcome, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof LicError) || again === undefined) throw cause
    throw new LicError(cause.code, `${cause.message}; it is recorded all the same`, { hint: again, cause })
  }
}

const write = async (context: Context, { force }: Outcome, files: readonly ResultFile[]): Promise<void> => {
  if (files.length === 0) return
  const { writeFiles } = await import('./output.ts')
  await writeFiles(context, files, force === true)
}

const raw = ({ content }: ResultFile, terminal: boolean): Show => {
  if (typeof content === 'string') return { text: content }
  if (terminal) {
    throw new LicError('USAGE', 'binary output is not written to a terminal', { hint: 'name a file, or pipe it on' })
  }
  return { bytes: content }
}
