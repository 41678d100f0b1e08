/** From the flags of a passphrase to a passphrase. Apart from the authority, since who holds a delegated key has none. */

import { closeSync, openSync, readSync } from 'node:fs'
import { LicError } from '../core/errors.ts'
import type { Context } from './context.ts'

export interface PassphraseFlags {
  readonly passphraseFile: string | undefined
  readonly passphraseFd: string | undefined
}

/** The passphrase that flags or LIC_PASSPHRASE_FILE supply; undefined when they do not. @throws LicError UNREADABLE, USAGE */
export const givenPassphrase = async (
  context: Pick<Context, 'io' | 'path'>,
  { passphraseFile, passphraseFd }: Partial<PassphraseFlags>,
): Promise<string | undefined> => {
  if (passphraseFile !== undefined && passphraseFd !== undefined) {
    throw new LicError('USAGE', '--passphrase-file and --passphrase-fd exclude each other')
  }
  if (passphraseFd !== undefined) {
    if (!/^\d{1,5}$/.test(passphraseFd))
      throw new LicError('USAGE', `--passphrase-fd takes a number, not ${passphraseFd}`)
    return firstLine(Number(passphraseFd), `file descriptor ${passphraseFd}`)
  }
  const file = passphraseFile ?? (context.io.env.LIC_PASSPHRASE_FILE || undefined)
  return file === undefined ? undefined : firstLine(context.path(file), file)
}

/** A passphrase is one line; files far longer are something else given by mistake. */
const LONGEST = 4096

const firstLine = (from: string | number, name: string): string => {
  const bytes = Buffer.alloc(LONGEST)
  let length = 0
  try {
    const fd = typeof from === 'number' ? from : openSync(from, 'r')
    try {
      for (let got = -1; got !== 0 && length < LONGEST && !bytes.subarray(0, length).includes(10); length += got) {
        got = readSync(fd, bytes, length, LONGEST - length, null)
      }
    } finally {
      if (typeof from === 'string') closeSync(fd)
    }
  } catch (cause) {
    throw new LicError('UNREADABLE', `cannot read the passphrase from ${name}`, { cause })
  }
  const [line = ''] = bytes.subarray(0, length).toString('utf8').split(/\r?\n/)
  if (line === '') throw new LicError('INVALID_INPUT', `the first line of ${name} holds no passphrase`)
  return line
}
