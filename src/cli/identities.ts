/** An age identity file: one identity a line, as age-keygen writes them. */

import { readFileSync } from 'node:fs'
import { LicError } from '../core/errors.ts'
import type { Context } from './context.ts'

/** @throws LicError UNREADABLE, INVALID_INPUT */
export const identitiesIn = (context: Pick<Context, 'path'>, file: string): readonly string[] => {
  let text: string
  try {
    text = readFileSync(context.path(file), 'utf8')
  } catch (cause) {
    throw new LicError('UNREADABLE', `cannot read ${file}`, { cause })
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (identities.length > 0 && identities.every((line) => /^AGE-SECRET-KEY-/.test(line))) return identities
  throw new LicError('INVALID_INPUT', `${file} is no age identity file`, {
    hint: 'its lines begin with AGE-SECRET-KEY-; age-keygen -o FILE makes one',
  })
}
