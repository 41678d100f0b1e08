/**
 * Checkpoints and proofs as they come back from files, mails and pictures. What comes out is judged as if it had been sent
 * so: lines that e-mail ended otherwise are made what they were, and none is changed.
 */

import { LicError } from '../core/errors.ts'
import { noteText } from '../core/log-proof.ts'
import type { Context } from './context.ts'
import { COMMAND_LINE, noFile, readGiven } from './input.ts'

/** @throws LicError UNREADABLE, INVALID_INPUT */
export const readNote = async (context: Pick<Context, 'io' | 'path'>, given: string): Promise<string> => {
  const { source, content } = await readGiven(context, given)
  if (source === COMMAND_LINE) throw noFile(given)
  if ('bytes' in content) throw new LicError('INVALID_INPUT', `${source} holds no text`)
  return noteText(content.text)
}
