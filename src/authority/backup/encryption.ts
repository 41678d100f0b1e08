/**
 * Encryption of a whole backup: age v1, to recipients or to a passphrase, in pieces, so that memory stays flat and stock
 * `age -d` opens it.
 */

import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { LicError } from '../../core/errors.ts'
import { passphraseIdentity, passphraseRecipient } from '../age-scrypt.ts'

export type Lock =
  | { readonly recipients: readonly string[] }
  | { readonly passphrase: string; readonly logN?: number | undefined }

/** What opens a backup: asked for only when it is encrypted. */
export interface Unlock {
  /** Lines of an age identity file. */
  readonly identities?: readonly string[] | undefined
  readonly passphrase?: (() => Promise<string | undefined>) | undefined
}

type Pieces = AsyncIterable<Uint8Array>

const web = (pieces: Pieces): globalThis.ReadableStream<Uint8Array> =>
  Readable.toWeb(Readable.from(pieces, { objectMode: false })) as globalThis.ReadableStream<Uint8Array>

/** What encrypts; nothing is read yet. @throws LicError INVALID_INPUT for a recipient that is none */
export const encryption = async (lock: Lock): Promise<(pieces: Pieces) => Promise<Pieces>> => {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  if ('recipients' in lock) {
    for (const recipient of lock.recipients) {
      try {
        encrypter.addRecipient(recipient)
      } catch (cause) {
        throw new LicError('INVALID_INPUT', `${recipient} is no age recipient`, {
          hint: 'one begins with age1; age-keygen -y FILE prints that of an identity',
          cause,
        })
      }
    }
  } else {
    encrypter.addRecipient(await passphraseRecipient(lock.passphrase, lock.logN))
  }
  return async (pieces) => (await encrypter.encrypt(web(pieces))) as ReadableStream<Uint8Array>
}

/** The first bytes of an age file. */
export const isEncrypted = (beginning: Uint8Array): boolean =>
  Buffer.from(beginning.subarray(0, 22)).toString('latin1') === 'age-encryption.org/v1\n'

/** Whether the passphrase, rather than an identity, opens it. */
const takesPassphrase = (beginning: Uint8Array): boolean =>
  Buffer.from(beginning).toString('latin1').slice(22).startsWith('-> scrypt ')

/** @param beginning the first bytes of the file. @throws LicError KEY_LOCKED, WRONG_PASSPHRASE, LEDGER_DAMAGED */
export const decrypted = async (pieces: Pieces, beginning: Uint8Array, unlock: Unlock): Promise<Pieces> => {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  const byPassphrase = takesPassphrase(beginning)
  if (byPassphrase) {
    const passphrase = await unlock.passphrase?.()
    if (passphrase === undefined) {
      throw new LicError('KEY_LOCKED', 'the backup is encrypted with a passphrase, and there is none')
    }
    decrypter.addIdentity(passphraseIdentity(async () => passphrase))
  } else {
    const identities = unlock.identities ?? []
    if (identities.length === 0) {
      throw new LicError('KEY_LOCKED', 'the backup is encrypted to an age recipient', {
        hint: 'give the identity that opens it: --identity FILE',
      })
    }
    for (const identity of identities) {
      try {
        decrypter.addIdentity(identity)
      } catch (cause) {
        throw new LicError('INVALID_INPUT', 'the identity file holds a line that is no age identity', { cause })
      }
    }
  }
  try {
    return (await decrypter.decrypt(web(pieces))) as ReadableStream<Uint8Array>
  } catch (cause) {
    if (cause instanceof LicError && cause.code !== 'WRONG_PASSPHRASE') throw cause
    throw new LicError('WRONG_PASSPHRASE', `the ${byPassphrase ? 'passphrase' : 'identity'} does not open the backup`, {
      hint: 'try another; a backup that is cut at its beginning looks the same',
      cause,
    })
  }
}
