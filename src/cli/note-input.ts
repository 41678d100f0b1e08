/**
 * Checkpoints and proofs as they come back from files, mails and pictures: lines that e-mail ended otherwise are made what
 * they were. Invariant: it changes no character of a line, so what comes out is judged as if it had been sent so.
 */

import { LicError } from '../core/errors.ts'
import type { Context } from './context.ts'
import { COMMAND_LINE, noFile, readGiven } from './input.ts'

/** @throws LicError UNREADABLE, INVALID_INPUT */
export const readNote = async (context: Pick<Context, 'io' | 'path'>, given: string): Promise<string> => {
  const { source, content } = await readGiven(context, given)
  if (source === COMMAND_LINE) throw noFile(given)
  if ('bytes' in content) throw new LicError('INVALID_INPUT', `${source} holds no text`)
  const lines = content.text.replace(/^\ufeff/, '').replaceAll(/[ \t\r]*\n/g, '\n')
  const text = lines.trim()
  const signed = /\n\n\u2014 /.test(text)
  // A head that nobody signed ends in its empty line.
  return signed ? `${text}\n` : `${text}\n\n`
}
