/**
 * A delegated key as a CI gives it: a file, a descriptor, or LIC_KEY. Invariant: it comes from one place, and the key itself
 * never stands on the command line.
 */

import { DELEGATED, type DelegatedKey, delegatedKey } from '../authority/delegated-key.ts'
import type { KeyContents } from '../authority/key-pem.ts'
import { checkWindow } from '../authority/trial.ts'
import { readKeyDescriptor, readKeyFile, readKeyText } from '../authority/vault.ts'
import { utf8 } from '../core/bytes.ts'
import { LicError } from '../core/errors.ts'
import type { Context } from './context.ts'
import { isoTime } from './moment.ts'
import { givenPassphrase, type PassphraseFlags } from './passphrase.ts'

export interface DelegatedKeyFlags extends PassphraseFlags {
  readonly key: string | undefined
  readonly keyFd: string | undefined
}

/**
 * The key, inside its window; its last 14 days are warned of.
 * @throws LicError USAGE, KEY_LOCKED, WRONG_PASSPHRASE, KEY_FILE_INVALID, KEY_FILE_EXPOSED, NOT_FOUND, UNREADABLE,
 * RIGHTS_EXCEEDED once its certificate has ended, CLOCK_SUSPECT before it begins
 */
export const openDelegatedKey = async (context: Context, flags: DelegatedKeyFlags): Promise<DelegatedKey> => {
  const key = delegatedKey(await contentsOf(context, flags))
  const ends = checkWindow(key, context.io.now())
  if (ends !== undefined) {
    await context.voice.warn(
      `the key ends on ${isoTime(ends)}: ask the vendor for the next one (lic key delegate) before that day`,
    )
  }
  return key
}

/** Whoever makes trials keeps no other key, and no backup of this one. */
const forTrials = async (reading: Promise<KeyContents>): Promise<KeyContents> => {
  try {
    return await reading
  } catch (cause) {
    if (!(cause instanceof LicError) || !['KEY_FILE_INVALID', 'NOT_FOUND'].includes(cause.code)) throw cause
    throw new LicError(cause.code, cause.message, { hint: DELEGATED, ...(cause.data && { data: cause.data }), cause })
  }
}

const contentsOf = (context: Context, flags: DelegatedKeyFlags): Promise<KeyContents> => {
  const { key, keyFd } = flags
  const passphrase = async () => (await givenPassphrase(context, flags)) ?? (await asked(context))
  if (key !== undefined && keyFd !== undefined) throw new LicError('USAGE', '--key and --key-fd exclude each other')
  if (key !== undefined) return forTrials(readKeyFile(context.path(key), passphrase))
  if (keyFd !== undefined) {
    if (!/^\d{1,5}$/.test(keyFd)) throw new LicError('USAGE', `--key-fd takes a number, not ${keyFd}`)
    const text = readKeyDescriptor(Number(keyFd))
    return forTrials(readKeyText(text, `file descriptor ${keyFd}`, passphrase))
  }
  const variable = context.io.env.LIC_KEY
  if (variable) return forTrials(readKeyText(utf8(textIn(variable)), 'LIC_KEY', passphrase))
  throw new LicError('USAGE', 'no key is given', {
    hint: 'add --key ci.key, or set LIC_KEY to the text of the key: lic help keys',
    data: { flag: '--key' },
  })
}

const asked = async ({ ask }: Context): Promise<string | undefined> =>
  ask.interactive ? ask.secret('Passphrase of the key') : undefined

/** Some CIs hide a secret only when it is one line: then it is the same text in base64. @throws LicError KEY_FILE_INVALID */
const textIn = (variable: string): string => {
  if (variable.includes('-----BEGIN ')) return variable
  const text = /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(variable) ? Buffer.from(variable, 'base64').toString('latin1') : ''
  if (text.includes('-----BEGIN ')) return text
  throw new LicError('KEY_FILE_INVALID', 'LIC_KEY holds neither the text of a key nor its base64', {
    hint: 'it is what stands in the file: LIC_KEY="$(cat ci.key)"; for a path use --key',
  })
}
