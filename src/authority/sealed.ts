/**
 * Key files at rest: age v1 with one scrypt recipient (age-scrypt.ts), so that stock `age -d` opens them.
 * Invariant: the passphrase is asked for only when the header is well-formed and its work factor bounded.
 */

import { LicError } from '../core/errors.ts'
import { type AskPassphrase, passphraseIdentity, passphraseRecipient } from './age-scrypt.ts'
import { invalidKeyFile } from './key-pem.ts'

const BINARY = 'age-encryption.org/v1\n'

/**
 * Encrypts to a passphrase. `logN` 1..22; less than the default is for tests.
 * @throws LicError INVALID_INPUT for an empty passphrase or another work factor.
 */
export const seal = async (plaintext: Uint8Array, passphrase: string, logN?: number): Promise<Uint8Array> => {
  const recipient = await passphraseRecipient(passphrase, logN)
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  return encrypter.encrypt(plaintext)
}

/**
 * Decrypts an age file.
 * @throws LicError WRONG_PASSPHRASE; KEY_LOCKED when `ask` gives none; KEY_FILE_INVALID for a file that is damaged, cut
 * short, encrypted to a recipient instead of a passphrase, or demands more work than 2^22.
 */
export const unseal = async (file: Uint8Array, ask: AskPassphrase): Promise<Uint8Array> => {
  const { armor, Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  decrypter.addIdentity(passphraseIdentity(ask))
  try {
    const text = Buffer.from(file).toString('latin1')
    return await decrypter.decrypt(text.startsWith(BINARY) ? file : armor.decode(text))
  } catch (error) {
    if (error instanceof LicError) throw error
    throw invalidKeyFile('the age file is damaged or cut short', error)
  }
}
