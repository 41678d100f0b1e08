/** The passphrase that a key file or a page gets: from a file, from a person who types it twice, or none, said openly. */

import type { Sealing } from '../authority/vault.ts'
import { LicError } from '../core/errors.ts'
import type { Context } from './context.ts'
import { givenPassphrase } from './passphrase.ts'

export interface NewPassphraseFlags {
  readonly newPassphraseFile: string | undefined
  /** Undefined: the command leaves nothing open. */
  readonly noPassphrase: boolean | undefined
}

/** @throws LicError USAGE when the flags contradict each other */
export const checkNewPassphrase = ({ newPassphraseFile, noPassphrase }: NewPassphraseFlags): void => {
  if (noPassphrase && newPassphraseFile !== undefined) {
    throw new LicError('USAGE', '--no-passphrase and --new-passphrase-file exclude each other')
  }
}

/**
 * @param what is sealed, for the question: `the root key`
 * @throws LicError KEY_LOCKED when nobody can be asked, UNREADABLE, INVALID_INPUT
 */
export const newSealing = async (
  context: Context,
  { newPassphraseFile, noPassphrase }: NewPassphraseFlags,
  what: string,
): Promise<Sealing> => {
  if (noPassphrase) return {}
  const passphrase =
    newPassphraseFile === undefined
      ? await typed(context, what, noPassphrase !== undefined)
      : await givenPassphrase(context, { passphraseFile: newPassphraseFile })
  return sealedWith(context, passphrase)
}

/** Of what leaves its machine: `--seal` asks for a passphrase of its own. */
export interface SealFlags {
  readonly seal: boolean
  readonly newPassphraseFile: string | undefined
}

/** @throws LicError USAGE */
export const checkSeal = ({ seal, newPassphraseFile }: SealFlags): void => {
  if (!seal && newPassphraseFile !== undefined) throw new LicError('USAGE', '--new-passphrase-file goes with --seal')
}

/** Undefined without `--seal`. @throws LicError as newSealing */
export const ownSealing = async (
  context: Context,
  { seal, newPassphraseFile }: SealFlags,
  what: string,
): Promise<Sealing | undefined> =>
  seal ? newSealing(context, { newPassphraseFile, noPassphrase: undefined }, what) : undefined

export const sealedWith = ({ io: { scryptLogN: logN } }: Context, passphrase: string | undefined): Sealing => ({
  ...(passphrase !== undefined && { passphrase }),
  ...(logN !== undefined && { logN }),
})

const typed = async ({ ask, io }: Context, what: string, mayBeOpen: boolean): Promise<string> => {
  if (!ask.interactive) {
    throw new LicError('KEY_LOCKED', `no new passphrase for ${what}`, {
      hint: `add --new-passphrase-file FILE${mayBeOpen ? ', or --no-passphrase to leave it open' : ''}`,
    })
  }
  for (;;) {
    const answer = await ask.newSecret(`New passphrase of ${what}`)
    if (answer !== '') return answer
    const openly = mayBeOpen ? '; --no-passphrase says so openly' : ''
    await io.stderr.write(`lic: an empty passphrase protects nothing${openly}\n`)
  }
}
